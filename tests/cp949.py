"""한국어 Windows처럼 글자를 cp949로 읽고 쓰는 로캘을 만듭니다.

export LOCPATH=폴더 LC_ALL=$(python3 tests/cp949.py 폴더) PYTHONUTF8=0
"""

import os
import subprocess
import sys
from pathlib import Path

NAME = "ko_KR.CP949"
SOURCE = Path("/usr/share/i18n/locales/ko_KR")


def _run(*command):
    # 표준 출력에는 로캘의 이름만 나갑니다.
    subprocess.run(command, check=True, stdout=2)


def make_locale(folder):
    """`folder` 안에 로캘을 만들고, 그 로캘을 쓰게 하는 환경 변수들을 돌려줍니다.

    로캘의 정의(Debian의 locales)가 없으면 root일 때만 설치하고, 만들지 못하면 RuntimeError입니다.
    """
    compiled = Path(folder).resolve() / NAME
    try:
        if not SOURCE.exists() and os.geteuid() == 0:
            _run("apt-get", "update")
            _run("apt-get", "install", "--yes", "--no-install-recommends", "locales")
        _run("localedef", "-i", "ko_KR", "-f", "CP949", str(compiled))
    except (OSError, subprocess.CalledProcessError) as error:
        raise RuntimeError(f"cp949 로캘을 만들지 못했습니다: {error}") from error
    return {"LOCPATH": str(folder), "LC_ALL": NAME, "PYTHONUTF8": "0"}


if __name__ == "__main__":
    print(make_locale(sys.argv[1])["LC_ALL"])
