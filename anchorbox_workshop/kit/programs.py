"""다른 프로그램을 부르고, npm의 꾸러미를 한 번만 받습니다."""

import os
import shutil
import subprocess

from anchorbox_workshop.kit.lessons import ROOT, KitError


def run(command, cwd=None, env=None, hear=lambda line: None):
    """명령을 실행하고, 없거나 실패하면 까닭을 담은 :class:`KitError`를 냅니다.

    나온 글은 한 줄씩 ``hear``에 넘깁니다.
    """
    program = shutil.which(command[0])
    if program is None:
        raise KitError(f"{command[0]}: 없는 명령입니다. 설치한 다음 다시 실행하세요.")
    said = []
    with subprocess.Popen(
        [program, *command[1:]],
        cwd=cwd,
        env=os.environ | (env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as running:
        for line in running.stdout:
            said.append(line)
            hear(line)
    if running.returncode:
        raise KitError(f"{' '.join(map(str, command))}\n{''.join(said)}")


def npm_packages(folder):
    """``folder/package.json``에 적힌 꾸러미를 받아 둔 폴더(node_modules).

    Raises:
        KitError: npm이 없거나 받지 못했을 때.
    """
    wanted = (folder / "package.json").read_bytes()
    kept = ROOT / "build" / f"{folder.name}-npm"
    stamp = kept / "node_modules" / "installed.json"
    if not stamp.exists() or stamp.read_bytes() != wanted:
        kept.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "package.json", kept)
        options = ["--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"]
        # 브라우저는 이미 있는 것을 씁니다.
        run(["npm", "install", *options], cwd=kept, env={"PUPPETEER_SKIP_DOWNLOAD": "1"})
        stamp.write_bytes(wanted)
    return kept / "node_modules"
