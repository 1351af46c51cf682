"""채점의 벽(bubblewrap)을 쓸 수 있는지 보고, Debian의 root이면 설치합니다."""

import shutil
import subprocess
from functools import cache

from browser_setup import APT_GET, Machine, trouble_with

PACKAGES = ("bubblewrap", "libseccomp2")
FENCE = ("bwrap", "--unshare-all", "--ro-bind", "/", "/", "true")
INSTALL = (
    (*APT_GET, "update"),
    (*APT_GET, "install", "--yes", "--no-install-recommends", *PACKAGES),
)


@cache
def forbidden():
    """이 컴퓨터가 벽을 허락하지 않는 까닭. 허락하면 None입니다.

    bubblewrap이 스스로 이름 공간을 만들 수 있는지만 봅니다. 만들 수 있는데 벽이 서지 않으면 그것은
    채점기의 잘못이라 건너뛰지 않습니다.
    """
    machine = Machine.here()
    if machine.system != "linux":
        return f"리눅스가 아닙니다({machine.system})."
    if not shutil.which("bwrap") and machine.root and machine.distribution in ("debian", "ubuntu"):
        for command in INSTALL:
            trouble_with(command, 600)
    if not shutil.which("bwrap"):
        return "bubblewrap이 없습니다. sudo apt install bubblewrap libseccomp2"
    tried = subprocess.run(FENCE, capture_output=True, text=True)
    return tried.stderr.strip() or None if tried.returncode else None
