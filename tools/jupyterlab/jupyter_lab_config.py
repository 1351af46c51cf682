# `jupyter lab`이 강좌 폴더에서 한국어로, 첫 레슨을 연 채로 시작하게 합니다. JupyterLab은 작업
# 폴더의 설정을 읽지 않으므로, 패키지를 설치할 때 그 가상 환경의 etc/jupyter에
# 놓입니다(pyproject.toml의 shared-data). 같은 환경에서 다른 폴더를 열 때는 바꾸는 것이 없습니다.
import os
import sys
from pathlib import Path

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

FIRST_LESSON = "notebooks/00_intro.ipynb"


class CourseContents(AsyncLargeFileManager):
    """노트북의 language_info에 파이썬 버전을 열 때 채우고 저장할 때 뺍니다.

    JupyterLab은 커널의 language_info가 파일의 것과 다르면 손대지 않은 노트북도 바뀐 것으로 봅니다.
    파일에 버전을 적으면 파이썬이 다른 컴퓨터마다 다시 바뀌므로, 파일에는 버전이 없습니다.
    """

    async def get(self, path, content=True, **options):
        model = await super().get(path, content=content, **options)
        if model["type"] == "notebook" and content:
            language = model["content"]["metadata"].get("language_info", {})
            if language.get("name") == "python":
                language.setdefault("version", sys.version.split()[0])
        return model

    async def save(self, model, path=""):
        if model.get("type") == "notebook" and "content" in model:
            model["content"]["metadata"].get("language_info", {}).pop("version", None)
        return await super().save(model, path)


if Path(FIRST_LESSON).is_file():
    c = get_config()  # noqa: F821
    course = str(Path("tools/jupyterlab").resolve())
    c.LabApp.default_url = f"/lab/tree/{FIRST_LESSON}"
    # overrides.json: 한국어 화면. 첫 화면을 가리는 소식과 인터넷이 필요한 새 버전 찾기는 끕니다.
    c.LabApp.app_settings_dir = course
    # custom.css: 어두운 테마에서 그림이 눈부시지 않게 합니다. JupyterLab은 이 파일을 사용자의 설정
    # 폴더에서만 찾고 그 자리를 바꾸는 설정이 없어, 서버의 설정에 강좌의 폴더를 적습니다.
    c.LabApp.custom_css = True
    c.ServerApp.tornado_settings = {"static_custom_path": [course]}
    c.ServerApp.contents_manager_class = CourseContents
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        print("root로 실행 중입니다. 강좌 폴더에서는 그대로 시작합니다.", file=sys.stderr)
        c.ServerApp.allow_root = True
