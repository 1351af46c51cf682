"""tests/warm_kernels.py가 켜는 프로세스: 라이브러리를 불러 두고 커널을 갈라 냅니다.

강좌와 저장소의 것은 불러오지 않습니다. 레슨의 import는 커널마다 처음부터 합니다.
"""

import importlib
import json
import os
import runpy
import signal
import sys

LIBRARIES = (
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "matplotlib.backends.backend_agg",
    "matplotlib.pyplot",
    "numpy",
    "PIL.Image",
    "PIL.PngImagePlugin",
)


def serve():
    """stdin의 한 줄마다 커널 하나를 갈라 냅니다."""
    # 검사하는 프로세스의 자식으로 남지 않습니다. 자식이 남았는지 보는 검사가 있습니다.
    if os.fork():
        os._exit(0)
    # 커널은 부모가 끝나면 따라 끝납니다. 부모의 번호를 ipykernel은 불러올 때 읽습니다.
    os.environ["JPY_PARENT_PID"] = str(os.getpid())
    # 검사의 폴더는 레슨의 커널에서 보이지 않아야 합니다.
    del sys.path[0]
    for name in LIBRARIES:
        importlib.import_module(name)
    # 끝난 커널을 기다려 거두지 않아도 됩니다.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if os.fork() == 0:
            become_kernel(**json.loads(line))


def become_kernel(arguments, env, cwd):
    """`python -m ipykernel_launcher`로 시작한 프로세스처럼 됩니다."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    # 커널의 그룹이 생긴 다음에 알려야, 커널에 보낸 신호가 남에게 가지 않습니다.
    os.write(1, b"%d\n" % os.getpid())
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = arguments
    sys.path.insert(0, cwd)
    sys.exit(runpy.run_module(arguments[0], run_name="__main__", alter_sys=True))


if __name__ == "__main__":
    serve()
