"""박스 10만 개짜리 COCO 파일을 읽고 진단하는 시간과 메모리를 잽니다.

python tools/benchmark_loading.py [박스 수]
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from anchorbox_utils import AnchorGrid, diagnose, load_coco

BOXES_PER_IMAGE = 10
IMAGE_SIZE = (480, 640)


def write_coco(path, n_boxes, rng):
    """분할까지 든, 실제 파일과 비슷한 COCO JSON을 씁니다."""
    n_images = -(-n_boxes // BOXES_PER_IMAGE)
    height, width = IMAGE_SIZE
    images = [
        {"id": i, "file_name": f"{i:012}.jpg", "width": width, "height": height}
        for i in range(n_images)
    ]
    size = np.exp(rng.uniform(np.log(16), np.log(240), (n_boxes, 2)))
    corner = rng.uniform(0, 1, (n_boxes, 2)) * ([width, height] - size)
    rows = np.round(np.concatenate([corner, size], axis=1), 2).tolist()
    annotations = [
        {
            "id": i,
            "image_id": i // BOXES_PER_IMAGE,
            "category_id": i % 80,
            "bbox": row,
            "iscrowd": 0,
            "area": row[2] * row[3],
            "segmentation": [row * 5],
        }
        for i, row in enumerate(rows)
    ]
    categories = [{"id": i, "name": f"클래스 {i}"} for i in range(80)]
    document = {"images": images, "annotations": annotations, "categories": categories}
    path.write_text(json.dumps(document), encoding="utf-8")


def peak_megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    n_boxes = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    strides = (8, 16, 32, 64, 128)
    scales = [[4 * s * 2 ** (i / 3) for i in range(3)] for s in strides]
    grid = AnchorGrid(IMAGE_SIZE, strides, scales)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "instances.json")
        write_coco(path, n_boxes, np.random.default_rng(0))
        print(
            f"파일 {path.stat().st_size / 2**20:.0f} MB, 시작할 때 최대 {peak_megabytes():.0f} MB"
        )
        start = time.perf_counter()
        dataset = load_coco(path)
        loaded = time.perf_counter()
        print(f"읽기 {loaded - start:.2f}초, {dataset}, 최대 {peak_megabytes():.0f} MB")
        data_only = diagnose(dataset)
        checked = time.perf_counter()
        print(f"데이터 진단 {checked - loaded:.2f}초, {data_only.names}")
        report = diagnose(dataset, grid)
        finished = time.perf_counter()
        print(f"앵커까지 진단 {finished - checked:.2f}초, {report.names}")
        size = len(report.to_html()) / 1024
        print(f"HTML {time.perf_counter() - finished:.2f}초, {size:.0f} KB")
        print(f"최대 메모리 {peak_megabytes():.0f} MB")


if __name__ == "__main__":
    main()
