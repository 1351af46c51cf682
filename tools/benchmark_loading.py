"""큰 데이터를 진단하는 데 드는 CPU 시간과 메모리를 다른 도구와 나란히 잽니다.

    uv run --with pycocotools --with hotcoco python tools/benchmark_loading.py

COCO train2017만 한 파일(이미지 118,287장, 박스 860,001개, 다각형까지 384 MB)과 YOLO 파일 10만 개를
임시 폴더에 만들어 재고 지웁니다. 다른 도구는 이 명령에만 잠깐 설치되고, 없으면 그렇다고 알립니다.
다른 일을 하는 컴퓨터에서도 견줄 수 있게 자식 프로세스의 CPU 시간을 보고, 되풀이한 것 가운데 가장
적게 든 것을 적습니다. Linux와 macOS에서만 됩니다.
"""

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

N_IMAGES, N_BOXES = 118_287, 860_001
# train2017에는 박스가 없는 이미지가 이만큼 있습니다.
N_EMPTY = 1_021
N_CLASSES = 80
N_SHAPES = 20_011
N_NEIGHBOURS = 100_000
N_YOLO = 100_000
WIDTH, HEIGHT = 640, 480
_NEEDED_DISK = 3e9
# 한 파일에 걸 수 있는 하드 링크에는 한계가 있습니다(ext4는 65,000개).
_MOST_LINKS = 30_000


class Spent(NamedTuple):
    cpu: float
    wall: float
    megabytes: float


class Peer(NamedTuple):
    """견줄 도구: 꾸러미의 이름과, 파일 하나를 읽는 파이썬 글."""

    package: str
    title: str
    code: str


PEERS = (
    Peer(
        "pycocotools",
        "pycocotools COCO()",
        "import sys; from pycocotools.coco import COCO; COCO(sys.argv[1])",
    ),
    Peer(
        "hotcoco",
        "hotcoco healthcheck()",
        "import sys; from hotcoco import COCO; COCO(sys.argv[1]).healthcheck()",
    ),
)


def measure(command):
    """자식 프로세스 하나가 끝날 때까지 쓴 것."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command}: 종료 상태 {process.returncode}")
    # macOS는 바이트로, Linux는 킬로바이트로 말합니다.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    wall = time.perf_counter() - start
    return Spent(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / unit)


def diagnosis_of(path):
    return [sys.executable, "-m", "anchorbox_utils.diagnosis", str(path)]


def write_coco(path, rng):
    """분할까지 든, train2017과 크기와 생김새가 비슷한 COCO JSON을 씁니다."""
    shapes = [_shape(rng) for _ in range(N_SHAPES)]
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"info": {"year": 2017}, "licenses": [], "images": [')
        file.write(", ".join(json.dumps(_image(number)) for number in range(1, N_IMAGES + 1)))
        file.write('], "annotations": [')
        for i in range(N_BOXES):
            shape, rest = shapes[i % N_SHAPES]
            owner = i % (N_IMAGES - N_EMPTY) + 1
            numbers = f'"image_id": {owner}, "category_id": {i % N_CLASSES + 1}, "id": {i + 1}'
            file.write(f"{', ' * (i > 0)}{{{shape}, {numbers}, {rest}}}")
        categories = [{"id": i + 1, "name": f"클래스 {i + 1}"} for i in range(N_CLASSES)]
        file.write(f'], "categories": {json.dumps(categories)}}}')


def _image(number):
    name = f"{number:012}.jpg"
    return {
        "license": 3,
        "file_name": name,
        "coco_url": f"http://images.example.org/train2017/{name}",
        "height": HEIGHT,
        "width": WIDTH,
        "date_captured": "2013-11-14 11:18:45",
        "flickr_url": f"http://farm9.example.org/8186/{number:010}_z.jpg",
        "id": number,
    }


def _shape(rng):
    """타원 하나의 (다각형과 넓이, 박스) JSON 글."""
    size = np.exp(rng.uniform(np.log(8), np.log(240), 2))
    corner = rng.uniform(0, 1, 2) * ([WIDTH, HEIGHT] - size)
    angles = np.linspace(0, 2 * np.pi, rng.integers(6, 32), endpoint=False)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    polygon = np.round(corner + size * (circle + 1) / 2, 2).ravel().tolist()
    area = round(float(np.pi / 4 * size.prod()), 4)
    box = np.round([*corner, *size], 2).tolist()
    shape = f'"segmentation": [{json.dumps(polygon)}], "area": {area}, "iscrowd": 0'
    return shape, f'"bbox": {json.dumps(box)}'


def write_pictures(folder, count):
    """이름만 다른 그림들. 자리를 아끼려고 하드 링크로 만듭니다."""
    folder.mkdir(parents=True)
    first = None
    for number in range(count):
        path = folder / f"picture{number}.jpg"
        if number % _MOST_LINKS == 0:
            Image.new("RGB", (WIDTH, HEIGHT), (90, 120, 150)).save(path)
            first = path
        else:
            os.link(first, path)


def write_yolo(folder, rng):
    write_pictures(folder / "images", N_YOLO)
    (folder / "labels").mkdir()
    (folder / "classes.txt").write_text("개\n새\n배\n", encoding="utf-8")
    for number in range(N_YOLO):
        size = rng.uniform(0.05, 0.3, (rng.integers(4, 12), 2))
        centre = rng.uniform(size / 2, 1 - size / 2)
        rows = np.concatenate([centre, size], axis=1).tolist()
        lines = [f"{i % 3} " + " ".join(f"{v:.6f}" for v in row) for i, row in enumerate(rows)]
        path = folder / "labels" / f"picture{number}.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="되풀이할 수 (기본값 5)")
    repeats = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        free = shutil.disk_usage(folder).free
        if free < _NEEDED_DISK:
            raise SystemExit(f"{folder}: {_NEEDED_DISK / 1e9:.0f} GB가 비어 있어야 합니다.")
        folder, rng = Path(folder), np.random.default_rng(0)
        alone, crowded, yolo = folder / "alone", folder / "crowded", folder / "yolo"
        alone.mkdir()
        write_coco(alone / "instances.json", rng)
        write_pictures(crowded / "pictures", N_NEIGHBOURS)
        os.link(alone / "instances.json", crowded / "instances.json")
        write_yolo(yolo, rng)
        file = alone / "instances.json"
        print(f"COCO 파일 {file.stat().st_size / 2**20:.0f} MB, 박스 {N_BOXES:,}개")
        commands = {
            "anchorbox-diagnose": diagnosis_of(file),
            f"〃, 곁에 무관한 그림 {N_NEIGHBOURS:,}장": diagnosis_of(crowded / "instances.json"),
        }
        for peer in PEERS:
            if importlib.util.find_spec(peer.package) is None:
                print(
                    f"{peer.title}: 설치되어 있지 않아 재지 않습니다(uv run --with {peer.package})."
                )
            else:
                commands[peer.title] = [sys.executable, "-c", peer.code, str(file)]
        commands[f"anchorbox-diagnose, YOLO 파일 {N_YOLO:,}개"] = diagnosis_of(yolo)
        # 한 바퀴씩 돌아야, 컴퓨터가 바빠지는 때가 한 도구에 몰리지 않습니다.
        rounds = [{name: measure(line) for name, line in commands.items()} for _ in range(repeats)]
        best = {name: min(one[name] for one in rounds) for name in commands}
        report(best)


def report(best):
    ours, crowded = list(best.values())[:2]
    print(f"{'CPU 초':>8} {'걸린 초':>8} {'최대 MB':>8} {'CPU 비':>7}")
    for name, spent in best.items():
        row = f"{spent.cpu:9.2f} {spent.wall:10.2f} {spent.megabytes:9.0f}"
        print(f"{row} {ours.cpu / spent.cpu:8.2f}  {name}")
    print("CPU 비는 첫 줄의 CPU 시간을 그 줄의 것으로 나눈 값입니다.")
    print(f"곁의 그림 때문에 {crowded.cpu / ours.cpu:.2f}배가 됩니다.")


if __name__ == "__main__":
    main()
