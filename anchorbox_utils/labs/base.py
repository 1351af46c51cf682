"""실험대의 공통 부분: 값의 검사, 색, 글 요약, 커널이 없을 때 보일 그림, 보내는 꼴."""

import base64
import contextlib
import io
import re
from pathlib import Path

import anywidget
import matplotlib as mpl
import numpy as np
import traitlets as t
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imsave

from anchorbox_utils.feedback import safe_repr
from anchorbox_utils.korean import with_particle
from anchorbox_utils.plotting import COLORS, setup_plotting

_HERE = Path(__file__).parent
INVITATION = "이 셀을 고르고 Shift+Enter를 누르면 이 그림을 손으로 움직일 수 있습니다"


def source(*names):
    """이 폴더의 파일들을 이은 글."""
    # 위젯의 코드는 파일 하나로 전해지므로 서로 import하지 못합니다. 그래서 이어 붙입니다.
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


class Refused(ValueError, t.TraitError):
    """받을 수 없는 값. 파이썬에서는 ValueError이고, traitlets는 바꾸기 전으로 되돌립니다."""


def refusing(*names):
    """``check(self, 값)``을 ``names``의 검사로. 무엇이 잘못되었든 :class:`Refused`로 거절합니다."""

    def decorate(check):
        def validate(self, proposal):
            with _refusing(proposal.trait.name, proposal.value):
                return check(self, proposal)

        return t.validate(*names)(validate)

    return decorate


class Value(t.TraitType):
    """:func:`refusing`이 검사하는 값. ``t.Any``는 None을 검사하지 않고 받습니다."""

    def __init__(self, default=None):
        super().__init__(default)


@contextlib.contextmanager
def _refusing(name, value):
    try:
        yield
    except Refused:
        raise
    except ValueError as error:
        # 강좌의 함수는 우리말로, NumPy는 영어로 거절합니다.
        said = str(error)
        raise Refused(said if HANGUL.search(said) else _cannot_use(name, value)) from None
    except (ArithmeticError, LookupError, MemoryError, RecursionError, TypeError, t.TraitError):
        raise Refused(_cannot_use(name, value)) from None


# 이보다 먼 박스는 그릴 수 없고, 더 멀면 넓이가 무한대가 됩니다. 픽셀.
FARTHEST = 1e6
HANGUL = re.compile("[가-힣]")


def _cannot_use(name, value):
    return f"{name}: {with_particle(safe_repr(value), '은/는')} 쓸 수 없는 값입니다."


def numbers(value, name):
    """수 하나나 수의 목록을 파이썬 실수의 목록으로. 글, 참/거짓, 목록 속의 목록은 거절합니다.

    Examples:
        >>> numbers((1, np.float32(0.5)), "scales"), numbers(3, "stride")
        ([1.0, 0.5], [3.0])
    """
    array = np.atleast_1d(np.asarray(value))
    # 바이트는 수의 목록이 아닙니다.
    bad = isinstance(value, (bytes, bytearray, memoryview, np.ma.MaskedArray))
    if bad or array.ndim != 1 or array.dtype.kind not in "iuf":
        raise Refused(_cannot_use(name, value))
    # 정수와 참/거짓을 함께 담은 목록은 정수의 배열이 됩니다.
    if isinstance(value, (list, tuple)) and any(isinstance(v, (bool, np.bool_)) for v in value):
        raise Refused(_cannot_use(name, value))
    return array.astype(np.float64).tolist()


def is_number(value, low, high):
    """``low`` 이상 ``high`` 이하의 수 하나인지. 참/거짓은 수가 아닙니다.

    Examples:
        >>> is_number(0.5, 0, 1), is_number(np.float32(1), 0, 1), is_number(True, 0, 1)
        (True, True, False)
    """
    plain = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return plain and bool(low <= value <= high)


class Synced(anywidget.AnyWidget):
    """화면과 값을 주고받는 위젯. 화면이 보낸 것도 파이썬에서 넣은 것도 검사를 거칩니다.

    화면이 보낸 값이 올바르지 않으면 말없이 거절하고 지금 값을 다시 보냅니다. 노트북에는 아무것도
    나타나지 않고 화면은 파이썬의 값으로 돌아옵니다.
    """

    # 화면이 바꿀 수 있는 이름들. 나머지(판정, 그림, 코드)는 파이썬만 바꿉니다.
    _from_page = ()

    def __setattr__(self, name, value):
        if not self.has_trait(name):
            return super().__setattr__(name, value)
        with _refusing(name, value):
            return super().__setattr__(name, value)

    def set_state(self, sync_data):
        """화면이 보낸 값들 가운데 받을 수 있는 것만 받습니다."""
        given = sync_data if isinstance(sync_data, dict) else {}
        taken = {name: value for name, value in given.items() if self._takes(name, value)}
        super().set_state(taken)
        refused = [name for name in given if name in self.keys and name not in taken]
        if refused or given is not sync_data:
            self.send_state(refused or None)

    def _takes(self, name, value):
        if name not in self._from_page:
            return False
        try:
            with _refusing(name, value):
                self.traits()[name]._validate(self, value)
        except Refused:
            return False
        return True


class Lab(Synced):
    """실험대의 공통 부분: 색, 글 요약, 커널이 없을 때 보일 그림."""

    _css = source("style.css")
    _palette = t.Dict(COLORS).tag(sync=True)
    _image_size = t.Tuple(t.Float(), t.Float(), default_value=(240.0, 320.0)).tag(sync=True)

    def summary(self):
        """지금 상태를 글로 돌려줍니다. 그림을 볼 수 없을 때 대신 읽습니다."""
        raise NotImplementedError

    def draw(self, figure):
        """지금 상태를 Matplotlib Figure에 그립니다."""
        raise NotImplementedError

    def to_png(self):
        """지금 상태를 그린 PNG의 바이트. 상태가 같으면 바이트도 같습니다."""
        with mpl.rc_context():
            setup_plotting()
            figure = Figure(layout="constrained", dpi=100)
            self.draw(figure)
            picture = np.concatenate([_invitation(figure.get_figwidth()), _pixels(figure)])
        return _png(picture)

    def __repr__(self):
        return self.summary()

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        # 저장된 노트북이 바이트까지 같도록, 길면 줄이는 anywidget의 글 대신 요약을 씁니다.
        data["text/plain"] = self.summary()
        data["image/png"] = base64.b64encode(self.to_png()).decode("ascii")
        return data, metadata


def _pixels(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def _invitation(width):
    """그림 위에 붙일 띠의 픽셀. 이 그림은 커널이 없을 때만 보이므로 살리는 법을 적어 둡니다."""
    strip = Figure(figsize=(width, 0.36), dpi=100)
    badge = {"boxstyle": "round,pad=0.3", "fc": "#EEF4FA", "ec": "#B9CFE3"}
    strip.text(0.5, 0.45, INVITATION, ha="center", va="center", bbox=badge)
    return _pixels(strip)


def _png(pixels):
    buffer = io.BytesIO()
    imsave(buffer, pixels, format="png", metadata={"Software": None})
    return buffer.getvalue()


def short_number(value):
    """화면의 ``shortNumber``와 같은 글: 둘째 자리까지 적고, 끝의 0은 뺍니다."""
    return f"{value:z.2f}".rstrip("0").rstrip(".")


def floats(values):
    """튜플 속성에 넣을 파이썬 실수들."""
    return tuple(float(value) for value in values)


def to_bytes(boxes):
    """박스를 브라우저가 Float64Array로 읽을 바이트로."""
    return np.ascontiguousarray(boxes, dtype="<f8").tobytes()


def data_url(image):
    """이미지를 ``<img src>``에 쓸 PNG 주소로."""
    return "data:image/png;base64," + base64.b64encode(_png(image)).decode("ascii")
