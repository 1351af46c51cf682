"""예측 카드: 먼저 예측을 정하고(commit), 그다음에 결과를 봅니다.

화면은 ``prediction_card.js``입니다. 묻는 글과 답마다의 풀이는 ``predictions/``의 데이터이고, 답은
레슨의 함수가 그 자리에서 계산합니다.
"""

import base64
import html
import json
import pickle
import re
import textwrap
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import traitlets as t
from IPython.core.pylabtools import print_figure
from IPython.utils.capture import capture_output
from matplotlib.figure import Figure

from anchorbox_utils.boxes import validate_boxes
from anchorbox_utils.feedback import Event, error_text, report, restoring, safe_repr
from anchorbox_utils.labs.base import Refused, Synced, data_url, refusing, source
from anchorbox_utils.labs.questions import QUESTIONS
from anchorbox_utils.plotting import (
    COLORS,
    draw_boxes,
    draw_image,
    setup_plotting,
)
from anchorbox_utils.validation import as_callable, as_choice, as_image, as_list, refuse

NUMERALS = "①②③④⑤⑥"
INVITATION = "이 셀을 고르고 Shift+Enter를 누르면 예측을 적고 결과를 볼 수 있습니다"
# 물음마다 마지막에 만든 카드. `_`를 변수로 쓰는 노트북에서는 셀의 결과를 아무도 붙들지 않아, 여기서
# 붙들지 않으면 화면의 카드가 커널에서 사라집니다.
CARDS = {}


class PredictionCard(Synced):
    """예측을 정한 다음에야 결과를 보여 주는 카드. 레슨에서는 :func:`predict`로 만듭니다.

    Attributes:
        question: :class:`Question`.
        prediction: 정한 예측. 아직이면 None. 보기의 번호(1부터)나 수들, 고른 상자의 번호들입니다.
        result: 예측을 정한 다음의 결과 사전. 그 전에는 None.
    """

    _esm = source("common.js", "prediction_card.js")
    _css = source("style.css")
    _from_page = ("prediction",)
    _palette = t.Dict(COLORS).tag(sync=True)
    prediction = t.Any(None).tag(sync=True)
    result = t.Dict(default_value=None, allow_none=True, read_only=True).tag(sync=True)
    _asked = t.Dict().tag(sync=True)

    def __init__(self, question, reveal, parameters, picture=None):
        self.question = question
        self._reveal = reveal
        self._parameters = parameters
        self._picture = _checked_picture(question, picture)
        self._told = set()
        super().__init__(_asked=self._render())

    def ask(self, **parameters):
        """값을 바꾸어 다시 묻습니다. 값이 그대로면 정한 예측도 그대로 둡니다."""
        changed = self._parameters | parameters
        if _fingerprint(changed) == _fingerprint(self._parameters):
            return
        self._parameters = changed
        self._asked = self._render()
        self.prediction = None

    def commit(self, *prediction):
        """예측을 정합니다. 화면에서 고르고 단추를 누르는 것과 같습니다.

        Args:
            *prediction: 보기의 번호(1부터) 하나, 또는 차례로 적은 수들, 또는 고른 상자의 번호들.

        Raises:
            ValueError: 이 물음의 답이 될 수 없는 예측이거나, 이미 예측을 정했을 때.
        """
        # commit([1, 3])처럼 목록 하나로 주어도 받습니다.
        together = len(prediction) == 1 and isinstance(prediction[0], (list, tuple, np.ndarray))
        self.prediction = list(*prediction) if together else list(prediction)
        return self

    @refusing("prediction")
    def _validate_prediction(self, proposal):
        if proposal.value is None:
            return None
        if self.result is not None and proposal.value != self.prediction:
            raise Refused("prediction: 이미 정했습니다. 다시 예측하려면 None을 넣으세요.")
        return self.question.check(proposal.value, len(self._picture[1]) if self._picture else 0)

    @t.observe("prediction")
    def _answer(self, change):
        try:
            result = None if change.new is None else self._judge(change.new)
        except KeyboardInterrupt:
            # 답을 보지 못했으니 정하지 않은 것입니다.
            self.prediction = None
            raise
        self.set_trait("result", result)
        if result and result["status"] != "error" and self._is_first():
            report(Event(self.question.name, result["status"], result["misconception"]))

    def _is_first(self):
        """답을 보기 전에 정한 것인지. 결과를 보고 다시 정한 것은 예측이 아닙니다."""
        asked = _fingerprint(self._parameters)
        first = asked not in self._told
        self._told.add(asked)
        return first

    def _judge(self, prediction):
        try:
            answer, printed, pictures = run(self._reveal, self._parameters)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            said = error_text(error)
            why = f"답을 계산하다 멈추었습니다. 카드의 함수를 고쳤는지 확인하세요. `{said}`"
            return _result("error", None, markup(why))
        question = self.question
        judgement = question.judge(prediction, answer)
        return _result(
            "passed" if judgement.right else "failed",
            judgement.misconception,
            markup(judgement.why),
            said=markup(question.say(answer)),
            others=[[markup(other.text), markup(other.why)] for other in judgement.others],
            right=question.right_choices(answer),
            printed=printed,
            pictures=pictures,
        )

    def _render(self):
        shown = asked_of(self.question, self._parameters)
        if self._picture:
            image, boxes = self._picture
            height, width = image.shape[:2]
            shown |= {"image": data_url(image), "size": [width, height], "boxes": boxes.tolist()}
        return shown

    def summary(self):
        """물음과 보기를 글로 돌려줍니다. 답은 들어 있지 않습니다."""
        question = self.question
        rows = [
            f"{n} {_plain(option.text)}"
            for n, option in zip(NUMERALS, question.choices, strict=False)
        ]
        rows += [f"{_plain(field)}: ?" for field in question.fields]
        if self._picture:
            rows += [f"□ {question.item} {number}" for number in range(len(self._picture[1]))]
        return "\n".join([f"예측: {_plain(question.ask.format(**self._parameters))}", *rows])

    def export(self, path):
        """물음, 답, 풀이, 그림을 JSON 파일에 씁니다. 커널이 없는 화면에서 이 파일을 씁니다."""
        answer, printed, pictures = run(self._reveal, self._parameters)
        question = self.question
        content = {
            "name": question.name,
            "lesson": question.lesson,
            **self._asked,
            **key_of(question, answer),
            "printed": printed,
            "pictures": pictures,
        }
        Path(path).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")

    def __repr__(self):
        return self.summary()

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data["text/plain"] = self.summary()
        if self._picture:
            # 그림이 든 HTML은 무겁고, 저장된 그림은 색을 줄여 둘 수 있습니다.
            data["image/png"] = _picture_without_kernel(self.summary(), *self._picture)
        else:
            data["text/html"] = _page_without_kernel(self._asked)
        return data, metadata


def asked_of(question, parameters):
    """카드가 묻는 것. 답은 들어 있지 않습니다."""
    return {
        "kind": question.kind,
        "ask": markup(question.ask.format(**parameters)),
        "choices": [markup(option.text) for option in question.choices],
        "fields": [markup(field) for field in question.fields],
        "item": question.item,
    }


def key_of(question, answer):
    """커널이 없는 화면(``web/live/judging.js``)이 판정하는 데 드는 것."""
    return {
        "right": question.right_choices(answer),
        "answer": np.ravel(answer).tolist(),
        "said": markup(question.say(answer)),
        "whys": [markup(option.why) for option in question.choices or question.slips],
        "slips": [np.ravel(slip.value).tolist() for slip in question.slips],
        "within": question.within,
        "right_why": markup(question.right),
        "wrong_why": markup(question.wrong),
    }


def predict(name, reveal, picture=None, **parameters):
    """예측 카드를 만듭니다. 예측을 정하면 ``reveal``을 실행해 그 글과 그림, 판정을 보여 줍니다.

    Args:
        name: 물음의 이름. ``predictions/``에 있습니다.
        reveal: 답을 계산해 돌려주는 함수. ``print``한 글과 그린 그림은 카드에 나타납니다.
        picture: 그림에서 고르는 물음이면 (이미지, (N, 4) xyxy 상자들 [픽셀]).
        **parameters: 물음의 글과 ``reveal``에 넣을 값. 바꾸면 새로 묻습니다.

    Returns:
        :class:`PredictionCard`. 마우스 없이는 ``card.commit(2)``처럼 예측을 정합니다.

    Raises:
        ValueError: 없는 이름이거나 그림이 맞지 않을 때.

    Examples:
        >>> card = predict("shift_signs", lambda: [1, -1])
        >>> card.commit(3).result["status"]
        'passed'

    출처: 문서 「3분 미니 연습」과 「빠른 실험: 임계값」의 "예측해 보세요".
    """
    as_choice(name, "name", QUESTIONS, "물음")
    as_callable(reveal, "reveal")
    CARDS[name] = PredictionCard(QUESTIONS[name], reveal, parameters, picture)
    return CARDS[name]


def run(reveal, parameters):
    """``reveal``을 실행해 (답, print한 글, 그린 그림들의 주소)를 돌려줍니다."""
    before = set(plt.get_fignums())
    try:
        with restoring(), capture_output() as captured:
            answer = reveal(**parameters)
        drawn = [plt.figure(number) for number in plt.get_fignums() if number not in before]
        pictures = [print_figure(figure, "png") for figure in drawn]
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)
    shown = [output.data.get("image/png") for output in captured.outputs]
    encoded = [base64.b64encode(picture).decode("ascii") for picture in pictures]
    urls = [f"data:image/png;base64,{png}" for png in [*filter(None, shown), *encoded]]
    return np.asarray(answer).tolist(), captured.stdout.strip("\n"), urls


def _fingerprint(parameters):
    try:
        return pickle.dumps(parameters)
    except Exception:
        # 람다처럼 절일 수 없는 값은 글로 견줍니다.
        return safe_repr(parameters)


def _result(status, misconception, why, **rest):
    empty = {"said": "", "others": [], "right": [], "printed": "", "pictures": []}
    return empty | {"status": status, "misconception": misconception, "why": why} | rest


def _checked_picture(question, picture):
    if (picture is None) != (question.kind != "boxes"):
        raise ValueError(
            "picture: 그림에서 고르는 물음에만 (이미지, 상자들)을 줍니다. "
            f"{question.name!r}은 {question.kind!r} 물음입니다."
        )
    if picture is None:
        return None
    pair = as_list(picture, "picture")
    if len(pair) != 2:
        refuse("picture", "(이미지, 상자들)", picture)
    image, boxes = pair
    return as_image(image).copy(), validate_boxes(boxes).astype(np.float64)


def markup(text):
    """짧은 글의 `코드`, **굵은 글씨**, t_x를 HTML로."""
    bold = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html.escape(text))
    return re.sub(r"`([^`]+)`|(?<!\w)t_([xywh])(?![A-Za-z0-9_])", _mark, bold).replace("\n", "<br>")


def _mark(found):
    code, side = found.groups()
    return f"<code>{code}</code>" if code else f"<i>t</i><sub>{side}</sub>"


def _plain(text):
    return re.sub(r"[`]|\*\*", "", text)


def _page_without_kernel(asked):
    """커널이 없는 화면에 보일 물음과 보기."""
    choices = "".join(f"<li>{choice}</li>" for choice in asked["choices"])
    fields = "".join(f"<li>{field}: ?</li>" for field in asked["fields"])
    return (
        f"<p><b>예측</b> · {asked['ask']}</p>"
        f"{choices and f'<ol>{choices}</ol>'}{fields and f'<ul>{fields}</ul>'}"
        f"<p><i>{INVITATION}</i></p>"
    )


def _picture_without_kernel(summary, image, boxes):
    """커널이 없는 화면에 보일 물음과, 고를 상자를 그린 그림의 PNG(base64)."""
    ask, *rows = summary.split("\n")
    with mpl.rc_context():
        setup_plotting()
        figure = Figure(figsize=(7, 5), layout="constrained", dpi=100)
        ax = figure.subplots()
        draw_image(ax, image)
        draw_boxes(ax, boxes, "gt", labels=[row.removeprefix("□ ") for row in rows])
        ax.set_title("\n".join([*textwrap.wrap(ask, 42), INVITATION]), fontsize=11)
        return base64.b64encode(print_figure(figure, "png")).decode("ascii")
