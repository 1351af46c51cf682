"""노트북 검사의 커널을, 라이브러리를 불러 둔 프로세스에서 갈라 냅니다.

커널을 켜고 IPython과 matplotlib을 불러오는 데 CPU를 1초 가까이 쓰는데, 검사는 커널을 수십 개
켭니다. 강좌의 모듈은 미리 불러 두지 않으므로 레슨의 import는 커널마다 처음부터 합니다. 새로 켠
커널은 브라우저 검사가 진짜 JupyterLab에서 봅니다.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

from jupyter_client.launcher import launch_kernel
from jupyter_client.provisioning import local_provisioner

from tools.notebooks import KERNEL_ENV

KERNEL = "ipykernel_launcher"
SERVER = Path(__file__).with_name("kernel_nursery.py")
# 프로세스가 시작할 때나 라이브러리를 불러올 때만 읽혀, 나중에 바꿀 수 없는 환경 변수들
AT_START = ("PYTHON", "MPL", "OMP_", "OPENBLAS_", "LC_", "LANG", "HOME", "XDG_", "VIRTUAL_ENV")
INLINE = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


def at_start(environment):
    """환경 변수 가운데 나중에 바꿀 수 없는 것들."""
    return {k: v for k, v in environment.items() if k.startswith(AT_START)}


class WarmKernel:
    """갈라 낸 커널. jupyter_client가 쓰는 만큼만 Popen과 같습니다."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid = pid

    def poll(self):
        """끝났으면 0. 우리의 자식이 아니어서 종료 상태는 모릅니다."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0

    def wait(self, timeout=float("inf")):
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(KERNEL, timeout)
            time.sleep(0.01)
        return 0

    def send_signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Nursery:
    """커널을 갈라 내는 프로세스. 처음 쓸 때 켜집니다."""

    def __init__(self):
        self.environment = os.environ | KERNEL_ENV | INLINE
        self.process = None

    def launch(self, command, env=None, cwd=None, **rest):
        """커널을 갈라 냅니다. 그럴 수 없는 것은 새로 켭니다."""
        env = dict(os.environ if env is None else env)
        started = at_start(self.environment)
        same = at_start(started | env) == started
        if not (same and command[0] == sys.executable and KERNEL in command):
            return launch_kernel(command, env=env, cwd=cwd, **rest)
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, str(SERVER)],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            self.process.wait()
        arguments = command[command.index(KERNEL) :]
        wanted = {"arguments": arguments, "env": env, "cwd": str(cwd or os.getcwd())}
        self.process.stdin.write(json.dumps(wanted).encode() + b"\n")
        self.process.stdin.flush()
        return WarmKernel(int(self.process.stdout.readline()))

    @contextlib.contextmanager
    def instead(self):
        """그동안 jupyter_client가 이것으로 커널을 켭니다."""
        try:
            with patch.object(local_provisioner, "launch_kernel", self.launch):
                yield
        finally:
            if self.process:
                # stdin이 닫히면 끝나고, 남은 커널도 부모가 없어져 끝납니다.
                self.process.communicate()
