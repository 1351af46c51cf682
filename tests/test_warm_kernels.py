"""갈라 낸 커널이 새로 켠 커널과 같은가, 남김없이 끝나는가."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from jupyter_client import KernelManager
from jupyter_client.launcher import launch_kernel
from jupyter_client.manager import start_new_kernel
from jupyter_client.provisioning import local_provisioner
from warm_kernels import Nursery, WarmKernel

from tools.notebooks import KERNEL_ENV

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="리눅스에서만 갈라 냅니다."),
    pytest.mark.heavy,
]

SEEN = """
import json, os, signal, sys
import matplotlib
print(json.dumps({
    "path": sys.path,
    "flags": str(sys.flags),
    "folder": os.getcwd(),
    "environment": {k: v for k, v in os.environ.items() if k != "JPY_PARENT_PID"},
    "hash": hash("앵커"),
    "backend": matplotlib.get_backend(),
    "signals": [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGCHLD)],
    "leads its group": os.getpgid(0) == os.getpid(),
    "ours": [name for name in sys.modules if name.startswith(("anchorbox", "tools", "browser"))],
}))
"""


@contextmanager
def kernel(**options):
    """켠 커널의 (관리자, 클라이언트)."""
    manager, client = start_new_kernel(**options)
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def printed(client, code):
    """코드를 실행해 찍은 글."""
    texts = []
    client.execute_interactive(
        code, timeout=60, output_hook=lambda m: texts.append(m["content"].get("text", ""))
    )
    return "".join(texts)


@pytest.fixture
def nursery():
    nursery = Nursery()
    with nursery.instead():
        yield nursery


def seen_in(folder):
    with kernel(cwd=folder, env=os.environ | KERNEL_ENV) as (manager, client):
        seen = json.loads(printed(client, SEEN))
        return type(manager.provisioner.process), seen


def test_a_warm_kernel_sees_what_a_cold_one_sees(tmp_path, nursery):
    kind, warm = seen_in(tmp_path)
    with patch.object(local_provisioner, "launch_kernel", launch_kernel):
        cold_kind, cold = seen_in(tmp_path)
    assert (kind, cold_kind) == (WarmKernel, subprocess.Popen)
    assert warm == cold
    assert warm["ours"] == [] and warm["folder"] == str(tmp_path)


def test_kernels_do_not_share_what_they_change(tmp_path, nursery):
    with kernel(cwd=tmp_path) as (_, first), kernel(cwd=tmp_path) as (_, second):
        printed(first, "import math, numpy as np; math.pi = np.pi = 3; kept = 1")
        code = "import math, numpy as np; print(math.pi == np.pi != 3, 'kept' in dir())"
        assert printed(second, code) == "True False\n"


def test_what_only_a_start_can_change_starts_a_cold_one(tmp_path, nursery):
    with kernel(cwd=tmp_path, env=os.environ | {"PYTHONHASHSEED": "1"}) as (manager, client):
        assert isinstance(manager.provisioner.process, subprocess.Popen)
        assert printed(client, "import sys; print(sys.flags.hash_randomization)") == "1\n"


def test_an_interrupt_reaches_the_kernel_only(tmp_path, nursery):
    with kernel(cwd=tmp_path) as (manager, client):
        request = client.execute("print('시작', flush=True)\nwhile True: pass")
        while client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
            pass
        manager.interrupt_kernel()
        while (reply := client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != request:
            pass
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert printed(client, "print(1)") == "1\n"


def test_no_kernel_outlives_the_nursery():
    with Nursery().instead():
        manager = KernelManager()
        manager.start_kernel(env=os.environ | KERNEL_ENV)
        process = manager.provisioner.process
        assert isinstance(process, WarmKernel) and process.poll() is None
    process.wait(60)
    manager.cleanup_resources()
