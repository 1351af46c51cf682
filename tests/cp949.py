"""한국어 Windows처럼 글자를 cp949로 읽고 쓰는 로캘을 만듭니다.

python3 tests/cp949.py 폴더
LOCPATH=폴더 LC_ALL=ko_KR.CP949 PYTHONUTF8=0 python3 …
"""

import os
import subprocess
import sys
from pathlib import Path

NAME = "ko_KR.CP949"
SOURCE = Path("/usr/share/i18n/locales/ko_KR")
INSTALL = "apt-get install --yes --no-install-recommends locales"


def make_locale(folder):
    """`folder` 안에 로캘을 만들고, 그 로캘을 쓰게 하는 환경 변수들을 돌려줍니다.

    로캘의 정의(Debian의 locales)가 없으면 root일 때만 설치하고, 만들지 못하면 RuntimeError입니다.
    """
    compiled = Path(folder, NAME)
    try:
        if not SOURCE.exists() and os.geteuid() == 0:
            subprocess.run(["apt-get", "update"], check=True)
            subprocess.run(INSTALL.split(), check=True)
        subprocess.run(["localedef", "-i", "ko_KR", "-f", "CP949", compiled], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise RuntimeError(f"cp949 로캘을 만들지 못했습니다: {error}") from error
    return {"LOCPATH": str(folder), "LC_ALL": NAME, "PYTHONUTF8": "0"}


if __name__ == "__main__":
    make_locale(sys.argv[1])
