"""채점의 벽(bubblewrap)을 찾고, Debian의 root이면 설치합니다. CI에서 없으면 실패입니다."""

import shutil
from functools import cache

from browser_setup import APT_GET, Machine, trouble_with

from anchorbox_workshop.judge.wall import problem

PACKAGES = ("bubblewrap", "libseccomp2")


@cache
def find(machine=None):
    """벽을 세울 수 없는 까닭. 세울 수 있으면 None입니다."""
    machine = machine or Machine.here()
    can_install = machine.root and machine.distribution in ("debian", "ubuntu")
    if machine.system == "linux" and not shutil.which("bwrap") and can_install:
        for command in (("update",), ("install", "--yes", "--no-install-recommends", *PACKAGES)):
            trouble_with((*APT_GET, *command), 600)
    return problem()
