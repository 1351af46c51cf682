"""DIAGNOSE.md의 표를 코드의 표에서 다시 만듭니다.

uv run python tools/reference.py
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from anchorbox_utils.datasets.images import MOST_PIXELS  # noqa: E402
from anchorbox_utils.datasets.reading import BOUNDS  # noqa: E402
from anchorbox_utils.datasets.records import MOST_PROBLEMS  # noqa: E402
from anchorbox_utils.diagnosis import KINDS, SEVERITIES  # noqa: E402
from anchorbox_utils.diagnosis.balance import LIMITS  # noqa: E402
from anchorbox_utils.diagnosis.command import MOST_ANCHORS  # noqa: E402
from anchorbox_utils.diagnosis.html import MOST_ROWS  # noqa: E402
from anchorbox_utils.diagnosis.missed_html import EXAMPLES  # noqa: E402
from anchorbox_utils.diagnosis.options import EXIT_CODES, OPTIONS  # noqa: E402
from anchorbox_utils.diagnosis.repairs import REPAIRS  # noqa: E402
from anchorbox_utils.diagnosis.sheet import BUDGET, SAMPLES, SHOTS  # noqa: E402
from anchorbox_utils.misses import CAUSES, FALSE_KINDS  # noqa: E402
from anchorbox_utils.misses.causes import MATERIALS  # noqa: E402

PAGE = ROOT / "DIAGNOSE.md"


def table(columns, rows):
    """마크다운의 표."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _option(name, arguments):
    value = arguments.get("metavar", "")
    shown = " ".join(value) if isinstance(value, tuple) else value
    return f"`--{name}{' ' if shown else ''}{shown}`"


def blocks():
    """표의 이름 → 내용."""
    return {
        "options": table(
            ("선택", "뜻"),
            [("`path`", "진단할 폴더나 파일")]
            + [(_option(name, rest), rest["help"]) for name, rest in OPTIONS.items()]
            + [("`--config FILE`", "설정 파일")],
        ),
        "exit": table(("값", "뜻"), [(f"{code}", text) for code, text in EXIT_CODES.items()]),
        "html": table(
            ("무엇", "한도"),
            [
                ("표본 사진", f"{SAMPLES}장"),
                ("진단마다 그리는 이미지", f"{SHOTS}장"),
                ("놓친 까닭마다의 보기", f"{EXAMPLES}장"),
                ("표의 행", f"{MOST_ROWS}행"),
                ("사진의 바이트(base64)", f"{BUDGET:,}. 넘으면 빈 바탕에 박스만 그립니다"),
            ],
        ),
        "causes": table(
            ("까닭", "보이는 이름", "있어야 물을 수 있는 것", "먼저 해 볼 것"),
            [
                (f"`{name}`", cause.title, MATERIALS[cause.needs], cause.advice)
                for name, cause in CAUSES.items()
            ],
        ),
        "false": table(
            ("종류", "보이는 이름", "뜻"),
            [(f"`{name}`", kind.title, kind.meaning) for name, kind in FALSE_KINDS.items()],
        ),
        "limits": table(
            ("이름", "값", "뜻"),
            [(f"`{name}`", f"{limit.value}", limit.meaning) for name, limit in LIMITS.items()],
        ),
        "bounds": table(
            ("한도", "뜻"),
            [
                *((f"{bound.value:,}", bound.meaning) for bound in BOUNDS.values()),
                (f"{MOST_PROBLEMS:,}", "박스가 되지 못한 기록. 넘으면 까닭을 말하고 멈춥니다"),
                (f"{MOST_PIXELS:,}", "풀어서 그릴 사진의 픽셀. 넘으면 크기만 잽니다"),
                (f"{MOST_ANCHORS:,}", "`--input-size`와 `--strides`로 깔 앵커"),
            ],
        ),
        "repairs": table(
            ("진단", "고치는 방법"),
            [(f"`{kind}`", remedy.meaning) for kind, remedy in REPAIRS.items()],
        ),
        "kinds": table(
            ("종류", "심각도", "제목"),
            [
                (f"`{name}`", SEVERITIES[kind.severity].label, kind.title)
                for name, kind in KINDS.items()
            ],
        ),
    }


def render(text):
    """표를 채운 글."""
    for name, block in blocks().items():
        pattern = rf"(<!-- {name}: [^\n]*만듭니다\. -->\n).*?(<!-- {name}: 여기까지 -->)"
        text, found = re.subn(
            pattern, lambda m, block=block: f"{m[1]}{block}\n{m[2]}", text, flags=re.DOTALL
        )
        if found != 1:
            raise ValueError(f"{PAGE}: {name} 표의 자리가 {found}곳입니다.")
    return text


def main():
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(render(text), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
