"""명령줄의 선택과 설정 파일. 선택 하나를 더하려면 OPTIONS에 한 줄을 더하면 됩니다."""

import argparse
import difflib
import os
import re
import tomllib
from pathlib import Path

from anchorbox_utils.datasets.formats import FILE_TITLES, FORMATS, TITLES
from anchorbox_utils.datasets.reading import UnreadableFile, plain_numbers, read_text
from anchorbox_utils.diagnosis.findings import KINDS
from anchorbox_utils.visible import visible

CONFIG_NAME = "anchorbox.toml"

# --fail-on의 값 → 종료 상태를 1로 만드는 심각도들.
FAIL_ON = {
    "error": ("error",),
    "warning": ("error", "warning"),
    "never": (),
}

EXIT_CODES = {
    0: "--fail-on에 걸리는 진단이 없음",
    1: "--fail-on(기본: error)에 걸리는 진단이 있음",
    2: "선택이 틀렸거나, 파일을 읽거나 쓸 수 없음",
    130: "Ctrl-C로 멈춤",
}


def one_of(table, title):
    """``table``의 열쇠만 받고, 아니면 비슷한 것을 알려 주는 argparse의 type."""

    def convert(text):
        if text not in table:
            near = difflib.get_close_matches(text, table, n=3, cutoff=0.5)
            told = f"비슷한 것: {', '.join(near)}" if near else f"가능한 값: {', '.join(table)}"
            raise argparse.ArgumentTypeError(f"{text!r}은(는) 모르는 {title}입니다. {told}")
        return text

    return convert


def _number(low, high):
    """``low`` 이상 ``high`` 이하의 수를 받는 argparse의 type."""

    def convert(text):
        found = plain_numbers([text], False)
        if found is None:
            raise argparse.ArgumentTypeError(f"{text[:40]!r}은(는) 수가 아닙니다.")
        if not low <= found[0] <= high:
            told = f"{low:g} 이상 {high:g} 이하여야 하는데 {text[:40]}입니다."
            raise argparse.ArgumentTypeError(told)
        return found[0]

    return convert


_side, _scale, _ratio, _fraction = (
    _number(low, high) for low, high in ((1, 1e5), (1e-3, 1e6), (1e-3, 1e3), (0, 1))
)


def _scales(text):
    return [_scale(part) for part in text.split(",")]


def _whole(least):
    def convert(text):
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise argparse.ArgumentTypeError(f"{text[:40]!r}은(는) 정수가 아닙니다.")
        if int(text) < least:
            raise argparse.ArgumentTypeError(f"{least} 이상의 정수여야 하는데 {text}입니다.")
        return int(text)

    return convert


def _path(text):
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("경로로 쓸 수 없는 글입니다.")
    return text


def _list(kind):
    return {"nargs": "+", "type": kind, "metavar": "N"}


# argparse가 스스로 하는 말 → 우리말. 값의 검사가 한 말은 앞의 "argument"만 뺍니다.
_TRANSLATIONS = (
    (r"argument (\S+): expected (\d+) arguments?", r"\1: 값을 \2개 적어 주세요."),
    (r"argument (\S+): expected (?:at least )?one argument", r"\1: 값을 적어 주세요."),
    (r"argument (\S+): ignored explicit argument .*", r"\1: 값을 받지 않는 선택입니다."),
    (r"unrecognized arguments: (.*)", r"모르는 선택이거나 남는 값입니다: \1"),
    (r"argument (\S+): (.*)", r"\1: \2"),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        for pattern, told in _TRANSLATIONS:
            if match := re.fullmatch(pattern, message, re.DOTALL):
                message = match.expand(told)
                break
        super().error(visible(message, 1000, lines=True))


# 이름 → add_argument의 인수. default는 명령줄에도 설정 파일에도 없을 때의 값입니다.
OPTIONS = {
    "format": {
        "type": one_of(FORMATS, "형식"),
        "metavar": "{" + ",".join(FORMATS) + "}",
        "help": "읽을 형식. 기본: 내용으로 알아봄",
    },
    "images": {"type": _path, "metavar": "DIR", "help": "이미지 폴더. 기본: path와 이웃에서 찾음"},
    "names": {"type": _path, "metavar": "FILE", "help": "YOLO 클래스 이름 파일"},
    "one-based": {"action": "store_true", "help": "VOC 좌표를 1부터 센 것으로 읽기"},
    "predictions": {
        "type": _path,
        "metavar": "PATH",
        "help": "예측한 결과. COCO의 결과 JSON이나 YOLO의 글 폴더(--save-txt --save-conf). 주면 "
        "왜 놓쳤는지도 봅니다",
    },
    "before-nms": {
        "type": _path,
        "metavar": "PATH",
        "help": "NMS 전의 예측. 주면 NMS가 지운 것도 가립니다",
    },
    "score-thr": {
        "type": _fraction,
        "default": 0.25,
        "help": "찾은 것으로 칠 가장 낮은 점수. 기본: 0.25",
    },
    "html": {"type": _path, "metavar": "FILE", "help": "그림이 든 HTML 진단서를 저장할 파일"},
    "json": {
        "type": _path,
        "metavar": "FILE",
        "help": "걸린 기록 모두와 통계를 JSON으로 저장할 파일",
    },
    "csv": {"type": _path, "metavar": "FILE", "help": "걸린 기록 모두를 CSV로 저장할 파일"},
    "fix": {
        "type": _path,
        "metavar": "DIR",
        "help": "짐작 없이 고칠 수 있는 것만 고친 사본을 쓸 새 폴더",
    },
    "fail-on": {
        "type": one_of(FAIL_ON, "값"),
        "metavar": "{" + ",".join(FAIL_ON) + "}",
        "default": "error",
        "help": "종료 상태를 1로 만들 심각도. 기본: error",
    },
    "ignore": {
        "action": "append",
        "type": one_of(KINDS, "종류"),
        "metavar": "KIND",
        "default": (),
        "help": "결론에서 뺄 진단의 종류. 되풀이할 수 있고, 설정 파일의 것에 더합니다",
    },
    "input-size": {
        "nargs": 2,
        "type": _side,
        "metavar": ("H", "W"),
        "help": "학습 입력 크기. 주면 앵커도 검사합니다",
    },
    "strides": _list(_side)
    | {"default": (8.0, 16.0, 32.0, 64.0, 128.0), "help": "기본: 8 16 32 64 128"},
    "scales": {
        "action": "append",
        "type": _scales,
        "metavar": "N,N,…",
        "help": "앵커 크기(px). 단계 수만큼 되풀이하거나 한 번. 기본: 스트라이드의 4, 5.04, 6.35배",
    },
    "ratios": _list(_ratio) | {"default": (0.5, 1.0, 2.0), "help": "h/w. 기본: 0.5 1 2"},
    "pos-thr": {"type": _fraction, "default": 0.5, "help": "양성 임계값. 기본: 0.5"},
    "neg-thr": {"type": _fraction, "default": 0.4, "help": "음성 임계값. 기본: 0.4"},
    "num-classes": {"type": _whole(1), "help": "모델의 출력 수"},
    "background": {"type": _whole(-1), "help": "모델이 배경으로 쓰는 번호"},
}

# 설정 파일에서는 그 파일이 있는 폴더에서 본 경로입니다.
_PATHS = {
    *("path", "images", "names", "predictions", "before-nms"),
    *("html", "json", "csv", "fix"),
}
_KEYS = ("path", *OPTIONS)


def build_parser():
    """명령줄의 해석기. 적지 않은 선택은 결과에 없습니다."""
    codes = ", ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items())
    parser = _Parser(
        prog="anchorbox-diagnose",
        description=f"{TITLES} 라벨을 디버깅 체크리스트로 진단합니다.",
        epilog=f"종료 상태: {codes}.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument(
        "path", nargs="?", type=_path, help=f"폴더, {FILE_TITLES} 파일, 또는 YOLO의 data.yaml"
    )
    for name, arguments in OPTIONS.items():
        parser.add_argument(f"--{name}", **{**arguments, "default": argparse.SUPPRESS})
    parser.add_argument(
        "--config",
        type=_path,
        metavar="FILE",
        help=f"설정 파일. 기본: 지금 폴더부터 위로 찾은 {CONFIG_NAME}",
    )
    return parser


def parse_options(arguments=None):
    """명령줄과 설정 파일을 합친 선택들. 명령줄이 이깁니다.

    Examples:
        >>> options = parse_options(["데이터", "--fail-on", "warning"])
        >>> options.path, options.fail_on, options.pos_thr
        ('데이터', 'warning', 0.5)
    """
    parser = build_parser()
    given = vars(parser.parse_args(arguments))
    file = given.pop("config", None) or find_config(_here())
    configured = {}
    if file is not None:
        try:
            configured = vars(parser.parse_args(list(_config_arguments(Path(file)))))
        except ValueError as error:
            parser.error(str(error))
    defaults = {
        name.replace("-", "_"): arguments.get("default", False if "action" in arguments else None)
        for name, arguments in OPTIONS.items()
    }
    ignored = [*configured.get("ignore", ()), *given.get("ignore", ())]
    merged = defaults | {"scales": None} | configured | given | {"ignore": ignored}
    if "path" not in merged:
        parser.error("진단할 폴더나 파일을 주세요.")
    return argparse.Namespace(**merged, config=file)


def _here():
    try:
        return Path.cwd()
    except OSError:
        # 지금 폴더가 지워졌습니다. 위로 올라갈 길도 없습니다.
        return Path("/")


def find_config(folder):
    """``folder``부터 위로 올라가며 처음 만나는 설정 파일. 없으면 None입니다."""
    files = (parent / CONFIG_NAME for parent in (folder, *folder.parents))
    return next((file for file in files if os.path.isfile(file)), None)


def _config_arguments(file):
    """설정 파일을 명령줄의 인수로. 값의 검사는 명령줄과 똑같이 argparse가 합니다."""
    try:
        settings = tomllib.loads(read_text(file))
    except UnreadableFile:
        raise
    except (ValueError, RecursionError) as error:
        told = "너무 깊이 겹쳤습니다." if isinstance(error, RecursionError) else error
        raise ValueError(f"{file}: TOML 문법이 틀렸습니다. {told}") from None
    # 수의 목록 뒤에 오면 그 목록의 값으로 읽히므로, 이름 없는 path가 먼저입니다.
    for key, value in sorted(settings.items(), key=lambda item: item[0] != "path"):
        name = key.replace("_", "-")
        if name not in _KEYS:
            near = difflib.get_close_matches(name, _KEYS, n=3, cutoff=0.5)
            told = f" 비슷한 것: {', '.join(near)}" if near else ""
            raise ValueError(f"{file}: {key!r}은(는) 모르는 설정입니다.{told}")
        if isinstance(value, dict):
            raise ValueError(f"{file}: {key!r}의 값이 표(table)입니다. 값을 바로 적어 주세요.")
        if name in _PATHS:
            value = str(file.parent / str(value))
        if name == "path":
            yield value
        elif isinstance(value, bool):
            if OPTIONS[name].get("action") != "store_true":
                raise ValueError(f"{file}: {key!r}의 값은 참/거짓이 아니어야 합니다.")
            yield from [f"--{name}"] * value
        elif OPTIONS[name].get("action") == "append":
            for part in value if isinstance(value, list) else [value]:
                yield f"--{name}={_joined(part)}"
        elif isinstance(value, list):
            yield from (f"--{name}", *map(str, value))
        else:
            yield f"--{name}={value}"


def _joined(part):
    return ",".join(map(str, part)) if isinstance(part, list) else str(part)


def exit_code(report, fail_on):
    """진단서의 종료 상태."""
    return int(any(finding.severity in FAIL_ON[fail_on] for finding in report.findings))
