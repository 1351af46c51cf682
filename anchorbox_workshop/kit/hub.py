"""교실의 JupyterHub를 시험 삼아 켭니다. 설정은 ``workshop/hub/jupyterhub_config.py``입니다."""

import importlib.util
import os
import subprocess
import sys

from anchorbox_workshop.kit.lessons import TEXTS, KitError
from anchorbox_workshop.kit.programs import npm_packages

HUB = TEXTS / "hub"


def hub_command():
    """허브를 켜는 (명령, 환경 변수).

    Raises:
        KitError: 허브의 꾸러미가 없을 때.
    """
    missing = [
        name
        for name in ("jupyterhub", "jupyterhub_idle_culler")
        if importlib.util.find_spec(name) is None
    ]
    if missing:
        raise KitError(
            f"{', '.join(missing)}이(가) 없습니다. "
            "`uv run --extra hub anchorbox-workshop hub`로 실행하세요."
        )
    proxy = npm_packages(HUB) / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
    environment = os.environ | {"ANCHORBOX_HUB_PROXY": f"node\n{proxy}"}
    config = HUB / "jupyterhub_config.py"
    return [sys.executable, "-m", "jupyterhub", "-f", str(config)], environment


def run_hub():
    """허브를 켜고, 끝날 때까지 기다립니다."""
    command, environment = hub_command()
    print("허브를 켭니다. 멈추려면 Ctrl+C를 누르세요.", flush=True)
    # Ctrl+C는 허브에도 가고, 허브가 사람들의 서버까지 정리한 다음 끝납니다.
    with subprocess.Popen(command, env=environment) as hub:
        while True:
            try:
                return hub.wait()
            except KeyboardInterrupt:
                continue
