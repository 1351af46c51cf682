# `jupyter lab`이 첫 강의를 바로 열게 합니다. JupyterLab은 작업 폴더의 설정을 읽지 않으므로,
# 패키지를 설치할 때 그 가상 환경의 etc/jupyter에 놓입니다(pyproject.toml의 shared-data).
# 같은 환경에서 다른 폴더를 열 때는 아무것도 바꾸지 않습니다.
from pathlib import Path

FIRST_LESSON = "notebooks/00_intro.ipynb"

if Path(FIRST_LESSON).is_file():
    c = get_config()  # noqa: F821
    c.LabApp.default_url = f"/lab/tree/{FIRST_LESSON}"
    # overrides.json은 첫 화면을 가리는 소식 알림과, 인터넷이 필요한 새 버전 찾기를 끕니다.
    c.LabApp.app_settings_dir = str(Path("tools/jupyterlab").resolve())
