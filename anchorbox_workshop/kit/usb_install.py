"""USB 꾸러미를 네트워크 없이 설치합니다. 꾸러미의 폴더에서 `python install.py`로 실행합니다."""

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
COURSE, WHEELS = HERE / "course", HERE / "wheels"
PLATFORM = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
FOLDER = "Scripts" if sys.platform == "win32" else "bin"


def main():
    if hasattr(sys.stdout, "reconfigure"):
        # 한국어 Windows의 터미널에서도 글자가 깨지지 않게 합니다.
        sys.stdout.reconfigure(errors="replace")
    pins = WHEELS / f"{PLATFORM}-{VERSION}.txt"
    if not pins.exists():
        kinds = ", ".join(sorted(path.stem for path in WHEELS.glob("*-*.txt")))
        print(f"이 컴퓨터는 {PLATFORM}-{VERSION}인데, 꾸러미에는 이것만 있습니다: {kinds}")
        print("꾸러미에 있는 Python이 설치되어 있으면 그것으로 다시 실행하세요. 없으면 강사에게")
        print(f"`--platform {PLATFORM} --python {VERSION}`으로 만든 꾸러미를 달라고 하세요.")
        return 1
    environment = COURSE / ".venv"
    print("설치합니다. 1~3분쯤 걸립니다.", flush=True)
    venv.create(environment, with_pip=True, clear=True)
    python = environment / FOLDER / ("python.exe" if sys.platform == "win32" else "python")
    install = [str(python), "-m", "pip", "install", "--no-index", "--no-deps", "--quiet"]
    install += ["--disable-pip-version-check", "--find-links", str(WHEELS)]
    if subprocess.run([*install, "-r", str(pins), "anchorbox-utils"]).returncode:
        print("설치하지 못했습니다. 위의 글을 강사에게 보여 주세요.")
        return 1
    jupyter = environment / FOLDER / "jupyter"
    print(f'끝났습니다. 이제 이 명령으로 엽니다:\n\n    cd "{COURSE}"\n    "{jupyter}" lab\n')
    return 0


if __name__ == "__main__":
    sys.exit(main())
