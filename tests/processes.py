"""검사가 시작한 프로세스를 반드시 끝내는 도구."""

import contextlib
import os
import signal
import socket
import subprocess


def free_port():
    """아무도 쓰지 않는 포트."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _end(process, kill=False):
    # 자식만 죽이면 손자(내려받던 node 따위)가 남으므로, 할 수 있는 곳에서는 그룹째 끝냅니다.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGTERM)
        elif kill:
            process.kill()
        else:
            process.terminate()


@contextlib.contextmanager
def running(command, grace=10, **options):
    """`command`를 시작합니다. 블록이 어떻게 끝나든 프로세스를 끝내고 파이프를 닫습니다.

    끝내라고 한 뒤 `grace`초 안에 끝나지 않으면 죽입니다. 나머지 인수는 Popen의 것입니다.
    """
    with subprocess.Popen(command, start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            _end(process)
            try:
                process.wait(grace)
            except subprocess.TimeoutExpired:
                pass  # 늦게 끝나는 것은 검사의 잘못이 아닙니다.
            finally:
                _end(process, kill=True)
