# 교실에서 시험 삼아 켜는 JupyterHub. 켜는 명령: `uv run --extra hub anchorbox-workshop hub`
# 모두가 한 운영 체제 사용자로 돌기 때문에 서로의 파일을 읽을 수 있습니다. 시험이나 성적에는 쓰지
# 마세요. 사람마다 나누려면 README.md의 TLJH나 컨테이너를 씁니다.
import os
import resource
import shutil
import sys
from pathlib import Path

from jupyterhub.spawner import SimpleLocalProcessSpawner

from anchorbox_utils.course.lessons import LESSONS

COURSE = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ANCHORBOX_HUB_DATA", COURSE / "build" / "hub"))
ADDRESS = os.environ.get("ANCHORBOX_HUB_ADDRESS", "127.0.0.1")
# 허브와 프록시끼리는 이 다음의 두 포트를 씁니다.
PORT = int(os.environ.get("ANCHORBOX_HUB_PORT", "8000"))
PASSWORD = os.environ.get("ANCHORBOX_HUB_PASSWORD", "")
# 학습자에게 주는 것. 정답(solutions/)은 주지 않습니다.
GIVEN = ("notebooks", "exercises", "tools/jupyterlab")
MEMORY = 4 * 1024**3
IDLE_SECONDS = 3600
LARGEST_ROOM = 40

if ADDRESS != "127.0.0.1" and not PASSWORD:
    sys.exit(
        "다른 컴퓨터에서 들어오게 하려면 교실 암호를 정하세요. "
        "예: ANCHORBOX_HUB_PASSWORD=암호 ANCHORBOX_HUB_ADDRESS=0.0.0.0"
    )


class RoomSpawner(SimpleLocalProcessSpawner):
    """서버와 커널의 프로세스마다 메모리를 막습니다. mem_limit은 알리기만 하고 막지 않습니다."""

    def make_preexec_fn(self, name):
        prepare = super().make_preexec_fn(name)

        def limited():
            prepare()
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

        return limited


def give_course(spawner):
    """처음 들어온 사람의 폴더에 레슨을 놓습니다. 이미 있는 것은 건드리지 않습니다."""
    home = Path(spawner.home_dir)
    for name in GIVEN:
        if not (home / name).exists():
            ignore = shutil.ignore_patterns(".ipynb_checkpoints", "*.backup-*")
            shutil.copytree(COURSE / name, home / name, ignore=ignore)


DATA.mkdir(parents=True, exist_ok=True)
c = get_config()  # noqa: F821

c.JupyterHub.bind_url = f"http://{ADDRESS}:{PORT}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{PORT + 1}"
c.JupyterHub.db_url = f"sqlite:///{DATA / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(DATA / "cookie_secret")
c.ConfigurableHTTPProxy.command = os.environ["ANCHORBOX_HUB_PROXY"].split("\n")
c.ConfigurableHTTPProxy.pid_file = str(DATA / "proxy.pid")
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PORT + 2}"

# 이름은 아무것이나, 암호는 교실에 하나입니다.
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = PASSWORD
c.Authenticator.allow_all = True

c.JupyterHub.spawner_class = RoomSpawner
c.SimpleLocalProcessSpawner.home_dir_template = str(DATA / "home" / "{username}")
c.Spawner.pre_spawn_hook = give_course
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
# 허브는 강좌의 첫 화면 설정을 /lab으로 덮어씁니다.
c.Spawner.default_url = f"/lab/tree/notebooks/{LESSONS[0].file}"
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
# 서른 명의 행렬곱이 저마다 모든 코어를 쓰려 하면 모두 느려집니다.
c.Spawner.environment = {
    name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
}

# 한꺼번에 들어오는 처음 5분에는 차례로 켭니다.
c.JupyterHub.concurrent_spawn_limit = 8
c.JupyterHub.active_server_limit = LARGEST_ROOM

c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={IDLE_SECONDS}"],
    }
]
