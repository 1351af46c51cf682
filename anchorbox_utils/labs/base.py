"""실험대의 공통 부분: 색, 글 요약, 커널이 없을 때 보일 그림, 브라우저로 보내는 꼴."""

import base64
import io
from pathlib import Path

import anywidget
import matplotlib as mpl
import numpy as np
import traitlets as t
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imsave

from anchorbox_utils.plotting import COLORS, setup_plotting

_HERE = Path(__file__).parent
INVITATION = "이 셀을 고르고 Shift+Enter를 누르면 이 그림을 손으로 움직일 수 있습니다"


def source(*names):
    """이 폴더의 파일들을 이은 글."""
    # 위젯의 코드는 파일 하나로 전해지므로 서로 import하지 못합니다. 그래서 이어 붙입니다.
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


class Lab(anywidget.AnyWidget):
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
