"""저장된 노트북을 다시 실행해, 같은 내용이면 언제나 같은 바이트가 되도록 저장하거나 비교합니다.

uv run python tools/notebooks.py                    # 모두 실행하고 저장
uv run python tools/notebooks.py notebooks/00_intro.ipynb
uv run python tools/notebooks.py --check            # 저장하지 않고 비교만 (다르면 종료 코드 1)
uv run python tools/notebooks.py --normalize-only   # 실행하지 않고 모양만 정리
"""

import argparse
import asyncio
import base64
import hashlib
import io
import json
import os
import platform
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from difflib import unified_diff
from itertools import zip_longest
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbval.plugin import get_sanitize_patterns
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
STORED = ("notebooks/*.ipynb", "solutions/*/*.ipynb")

SANITIZE = [
    (re.compile(regex), replacement)
    for regex, replacement in get_sanitize_patterns(
        (ROOT / "tests" / "nbval_sanitize.cfg").read_text(encoding="utf-8")
    )
]
# 글꼴을 그리는 방식이 플랫폼마다 조금씩 달라, 그림의 바이트는 한 곳에서만 비교합니다.
COMPARE_IMAGES = (sys.platform, platform.machine()) == ("linux", "x86_64")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
PNG = "image/png"

NOTEBOOK_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    # 파이썬 버전은 적지 않습니다. 버전이 다른 컴퓨터에서 실행해도 파일이 같아야 하기 때문입니다.
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
CELL_METADATA = {"jupyter", "nbgrader", "slideshow", "tags"}
KERNEL_ENV = {
    # 해시 순서와 스레드 수에 따라 출력의 순서나 끝자리가 달라질 수 있습니다.
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NO_COLOR": "1",
    # 저장된 출력은 처음 여는 사람의 화면입니다. 실행하는 사람의 진도를 읽지도 적지도 않습니다.
    "ANCHORBOX_HOME": "-",
}


class NotebookError(Exception):
    """노트북을 읽거나 끝까지 실행하지 못했습니다."""


def stored_notebooks() -> list[Path]:
    """출력까지 저장소에 두는 노트북을 이름순으로 돌려줍니다."""
    found = (path for pattern in STORED for path in ROOT.glob(pattern))
    # 이름에 점이 더 있는 것은 anchorbox-reset이 남긴, 학습자가 고친 노트북입니다.
    return sorted(path for path in found if "." not in path.stem)


def read(text: str) -> NotebookNode:
    """노트북 파일의 내용을 읽습니다. 검증은 저장할 때 합니다(`serialize`)."""
    return nbformat.v4.reads(text)


def serialize(nb: NotebookNode) -> str:
    """노트북을 파일에 쓸 글자로 바꿉니다: 열쇠 정렬, 들여쓰기 1, 한글 그대로, 끝 줄바꿈 하나."""
    nbformat.validate(nb)
    return nbformat.writes(nb, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def normalize(nb: NotebookNode) -> NotebookNode:
    """실행할 때마다 달라지는 것과 편집기가 남긴 것을 없앤 새 노트북을 돌려줍니다.

    두 번 적용해도 결과는 같습니다.
    """
    cells = list(map(Normalizer().cell, nb.cells))
    return nbformat.from_dict(
        {"cells": cells, "metadata": NOTEBOOK_METADATA, "nbformat": 4, "nbformat_minor": 5}
    )


class Normalizer:
    """노트북 하나의 셀들을 차례로 정규형으로 바꿉니다. 번호들은 셀에서 셀로 이어집니다."""

    def __init__(self):
        self._ids: Counter[str] = Counter()
        self._widgets: dict[str, str] = {}
        self._count = 0

    def cell(self, cell: NotebookNode) -> NotebookNode:
        """셀 하나의 정규형입니다. 노트북에 놓인 순서대로 불러야 합니다."""
        new = NotebookNode(
            cell_type=cell.cell_type,
            id=self._id(cell),
            metadata={k: v for k, v in cell.metadata.items() if k in CELL_METADATA},
            source=cell.source,
        )
        if cell.get("attachments"):
            new.attachments = cell.attachments
        if cell.cell_type == "code":
            self._count += cell.execution_count is not None
            new.execution_count = self._count if cell.execution_count is not None else None
            new.outputs = [self._output(out, new) for out in cell.outputs]
        return new

    def _id(self, cell: NotebookNode) -> str:
        # 아이디를 셀 내용에서 만들면, 같은 내용은 누가 언제 저장해도 같은 바이트가 되고,
        # 셀을 끼우거나 옮겨도 다른 셀의 아이디는 그대로라 diff가 작습니다.
        # 내용이 같은 셀끼리는 몇 번째인지로 가립니다.
        key = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        self._ids[key] += 1
        return key if self._ids[key] == 1 else f"{key}-{self._ids[key]}"

    def _output(self, out: NotebookNode, cell: NotebookNode) -> NotebookNode:
        match out.output_type:
            case "stream":
                return NotebookNode(output_type="stream", name=out.name, text=_sanitize(out.text))
            case "error":
                evalue = _sanitize(out.evalue)
                # 호출 경로에는 컴퓨터마다 다른 폴더와 모듈의 줄 번호가 섞여 있어 마지막 줄만
                # 남깁니다.
                return NotebookNode(
                    output_type="error",
                    ename=out.ename,
                    evalue=evalue,
                    traceback=[f"{out.ename}: {evalue}"],
                )
        data = {
            mime: _sanitize(value) if mime.startswith("text/") else value
            for mime, value in out.data.items()
        }
        if png := data.get(PNG):
            data[PNG] = compact(png)
        if view := data.get(WIDGET_VIEW):
            number = self._widgets.setdefault(view["model_id"], f"{len(self._widgets) + 1:032x}")
            data[WIDGET_VIEW] = {**view, "model_id": number}
        # 그림의 크기(레티나 화면용)만 뜻이 있고, 나머지는 편집기가 잠시 남긴 값입니다.
        metadata = {
            mime: value for mime, value in out.metadata.items() if mime.startswith("image/")
        }
        new = NotebookNode(output_type=out.output_type, data=data, metadata=metadata)
        if out.output_type == "execute_result":
            new.execution_count = cell.execution_count
        return new


def compact(png: str) -> str:
    """색을 256가지로 줄인 PNG(base64): 눈에는 같고 크기는 4분의 1. 줄인 것은 그대로 둡니다."""
    image = Image.open(io.BytesIO(base64.b64decode(png)))
    if image.mode == "P":
        return png
    buffer = io.BytesIO()
    palette = image.convert("RGB").quantize(method=Image.Quantize.FASTOCTREE)
    palette.save(buffer, "png", optimize=True, dpi=image.info.get("dpi"))
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _sanitize(text: str) -> str:
    for pattern, replacement in SANITIZE:
        text = pattern.sub(replacement, text)
    return text


def execute(path: Path, timeout: int = 300) -> NotebookNode:
    """노트북을 새 커널에서, 그 노트북이 있는 폴더를 작업 폴더로 하여 처음부터 실행합니다.

    정규형 노트북을 돌려주며 파일은 고치지 않습니다. `raises-exception` 태그가 없는 셀이 예외를
    내거나, 어느 셀이든 stderr에 쓰면 `NotebookError`가 납니다.
    `timeout`은 셀 하나의 제한 시간(초)입니다.
    """
    nb = read(path.read_text(encoding="utf-8"))
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        nb,
        kernel_name=NOTEBOOK_METADATA["kernelspec"]["name"],
        timeout=timeout,
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
    )
    try:
        # 커널이 켜질 때 내는 안내는 노트북의 출력이 아닙니다.
        run = client.async_execute(env=os.environ | KERNEL_ENV, stderr=subprocess.DEVNULL)
        # client.execute()는 이벤트 루프를 닫지 않습니다. 윈도우의 기본 루프는 zmq와 맞지 않습니다.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(run)
    except CellExecutionError as error:
        raise NotebookError(next(_failures(nb), str(error))) from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise NotebookError(f"실행을 끝내지 못했습니다: {error}") from None
    for failure in _failures(nb):
        raise NotebookError(failure)
    return normalize(nb)


def _failures(nb: NotebookNode) -> Iterator[str]:
    for index, cell in enumerate(nb.cells):
        where = f"셀 {index} ({_first_line(cell)})"
        for out in cell.get("outputs", []):
            if out.output_type == "error" and not _may_raise(cell):
                traceback = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(out.traceback))
                yield f"{where}에서 {out.ename}: {out.evalue}\n{traceback}"
            elif out.output_type == "stream" and out.name == "stderr":
                yield f"{where}에서 stderr 출력이 나왔습니다.\n{out.text}"


def _may_raise(cell: NotebookNode) -> bool:
    return "raises-exception" in cell.metadata.get("tags", [])


def _first_line(cell: NotebookNode) -> str:
    return cell.source.partition("\n")[0]


def differences(stored: NotebookNode, new: NotebookNode, images: bool = True) -> str:
    """두 정규형 노트북에서 서로 다른 셀만 unified diff로 보여 줍니다. 같으면 빈 글자입니다.

    `images=False`이면 그림은 있는지만 보고 내용은 비교하지 않습니다.
    """
    pairs = enumerate(zip_longest(stored.cells, new.cells))
    found = (cell_difference(index, *pair, images) for index, pair in pairs)
    return "\n".join(filter(None, found))


def cell_difference(
    index: int, old: NotebookNode | None, new: NotebookNode | None, images: bool = True
) -> str:
    """정규형 셀 둘의 다른 점입니다. `differences`의 한 조각이고 `index`는 셀의 번호입니다."""
    before, after = (_lines(cell, images) for cell in (old, new))
    if before == after:
        return ""
    found = [f"셀 {index} ({_first_line(new or old)})"]
    found += unified_diff(before, after, "저장된 것", "새로 실행한 것", lineterm="")
    if _pictures(before) != _pictures(after):
        found.append("그림이 달라졌습니다.")
    return "\n".join(found)


def _pictures(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("[그림 ")]


def _lines(cell: NotebookNode | None, images: bool) -> list[str]:
    """셀 하나를 사람이 읽을 줄들로 폅니다. 그림은 내용의 해시로 나타냅니다."""
    if cell is None:
        return []
    rest = {k: v for k, v in cell.items() if k not in ("source", "outputs")}
    lines = [*cell.source.splitlines(), _json(rest)]
    for out in cell.get("outputs", []):
        match out.output_type:
            case "stream":
                lines += [f"[{out.name}]", *out.text.splitlines()]
            case "error":
                lines += ["[error]", f"{out.ename}: {out.evalue}"]
            case _:
                lines.append(f"[{out.output_type}] {_json(out.metadata)}")
                for mime, value in sorted(out.data.items()):
                    if mime.startswith("image/"):
                        digest = hashlib.sha256(str(value).encode()).hexdigest()[:12]
                        lines.append(f"[그림 {mime}] {digest if images else ''}".rstrip())
                    else:
                        text = value if isinstance(value, str) else _json(value)
                        lines += [f"[{mime}]", *text.splitlines()]
    return lines


def _json(value: dict) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _process(path: Path, check: bool, normalize_only: bool) -> tuple[bool, str]:
    """노트북 하나를 처리하고 (잘 되었는지, 할 말)을 돌려줍니다."""
    try:
        # 줄바꿈까지 비교하려고 글자가 아닌 바이트로 읽습니다.
        stored = path.read_bytes().decode("utf-8")
        new = normalize(read(stored)) if normalize_only else execute(path)
        text = serialize(new)
    except NotebookError as error:
        return False, f"실패: {error}"
    except (OSError, ValueError, nbformat.ValidationError) as error:
        return False, f"읽지 못했습니다: {error}"
    if text == stored:
        return True, "그대로"
    if not check:
        path.write_text(text, encoding="utf-8", newline="\n")
        return True, "저장"
    diff = differences(normalize(read(stored)), new)
    return False, f"다릅니다.\n{diff}" if diff else "정규형이 아닙니다 (--normalize-only로 정리)."


def main(argv: list[str] | None = None) -> int:
    """명령줄에서 부르는 곳입니다. 모두 잘 되면 0, 하나라도 아니면 1을 돌려줍니다."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, help="노트북 (없으면 저장된 것 모두)")
    parser.add_argument("--check", action="store_true", help="저장하지 않고 비교만 합니다")
    parser.add_argument("--normalize-only", action="store_true", help="실행하지 않습니다")
    parser.add_argument("--jobs", type=int, default=2, help="한꺼번에 실행할 개수 (기본 2)")
    args = parser.parse_args(argv)

    def timed(path: Path) -> tuple[bool, str, float]:
        start = time.perf_counter()
        return *_process(path, args.check, args.normalize_only), time.perf_counter() - start

    paths = args.paths or stored_notebooks()
    all_good = bool(paths)
    with ThreadPoolExecutor(args.jobs) as pool:
        futures = {pool.submit(timed, path): path for path in paths}
        for future in as_completed(futures):
            good, message, seconds = future.result()
            all_good &= good
            print(f"{futures[future]}  {seconds:.1f}초  {message}", flush=True)
    if not paths:
        print("노트북이 없습니다.", file=sys.stderr)
    return 0 if all_good else 1


if __name__ == "__main__":
    sys.exit(main())
