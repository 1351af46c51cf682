"""커널이 없는 곳(웹사이트, 슬라이드)에서 실험대와 카드를 켜는 데 드는 것: 값, 코드, 그림."""

import io
import re

from PIL import Image

# 위젯 틀의 속성들. 화면의 코드는 이것을 묻지 않습니다.
FRAME = ("_model_", "_view_", "_dom_classes", "_esm", "_css", "_anywidget_id")
FRAME += ("layout", "tabbable", "tooltip")
# 저장된 그림 위의, 셀을 실행하라고 권하는 띠의 높이(px). 커널이 없으면 실행할 일도 없습니다.
STRIP = 36


def state_of(lab):
    """화면의 코드가 읽는 값들.

    Examples:
        >>> from anchorbox_utils import FormulaLab
        >>> "anchor" in state_of(FormulaLab()), "_esm" in state_of(FormulaLab())
        (True, False)
    """
    return {name: value for name, value in lab.get_state().items() if not name.startswith(FRAME)}


def code_of(lab):
    """실험대의 화면 코드를 모듈이 아닌 글로. 값은 ``{ render }``입니다."""
    code = re.sub(r"^export (?!default)", "", lab._esm, flags=re.MULTILINE)
    return f"(() => {{\n{code.replace('export default {', 'return {')}\n}})()"


def without_strip(png):
    """실험대의 저장된 그림에서 맨 위의 띠를 잘라 낸 PNG."""
    image = Image.open(io.BytesIO(png))
    buffer = io.BytesIO()
    image.crop((0, STRIP, *image.size)).save(buffer, "png", optimize=True)
    return buffer.getvalue()
