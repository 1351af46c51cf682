"""앵커 매칭의 시간과 메모리를 한 프로세스에서 번갈아 잽니다.

    uv run python tools/benchmark_matching.py               # 표
    uv run python tools/benchmark_matching.py --json out.json --plot out.png

라벨, 양성 앵커의 정답, 인코딩한 회귀 타깃을 만드는 데까지 잽니다. torch가 있으면 torchvision과
detectron2의 방식을 논문과 문서대로 옮긴 비교 코드(스레드 2개)도 함께 잽니다. 돌림마다 모든 방법을
번갈아 재어 중앙값과 최솟값을 냅니다. 기계가 바쁘면 스레드를 둘 쓰는 쪽이 더 느려지므로, 한가할 때
재고 두 값이 크게 다르면 믿지 마세요.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
import tracemalloc

import numpy as np

from anchorbox_utils import AnchorGrid, box_iou, count_window_pairs, encode_boxes, match_anchors

POS_THR, NEG_THR = 0.5, 0.4
IMAGE_SIZES = ((320, 320), (640, 640), (800, 1333))
GT_COUNTS = (1, 10, 50, 200)
MAIN = ((640, 640), 50)

LABELS = {
    "naive": "전체 행렬 (NumPy)",
    "blocked": "토막 계산 (NumPy)",
    "grid_exact": "격자, 모든 IoU",
    "grid_labels": "격자, 라벨만",
    "torchvision": "torchvision 방식",
    "detectron2": "detectron2 방식",
}
TORCH_METHODS = ("torchvision", "detectron2")

IMPORTS = (
    "import numpy",
    "import anchorbox_utils",
    "from anchorbox_utils import match_anchors",
)


def make_gt_boxes(count, image_size, seed=0):
    """변의 길이는 16픽셀부터 이미지의 절반까지 로그 균등, 종횡비는 1/3부터 3까지."""
    rng = np.random.default_rng(seed)
    height, width = image_size
    side = np.exp(rng.uniform(np.log(16), np.log(min(image_size) / 2), count))
    root = np.sqrt(np.exp(rng.uniform(-np.log(3), np.log(3), count)))
    size = np.minimum(np.stack([side / root, side * root], axis=1), [width, height])
    corner = rng.uniform(0, 1, (count, 2)) * ([width, height] - size)
    return np.concatenate([corner, corner + size], axis=1)


# --- 재는 대상: (격자, 앵커, 정답) → (라벨, 양성 앵커의 정답, 타깃) -----------------------------


def naive(grid, anchors, gt_boxes):
    iou = box_iou(anchors, gt_boxes)
    iou_max, matched_gt = iou.max(axis=1), iou.argmax(axis=1)
    labels = np.where(iou_max >= POS_THR, 1, np.where(iou_max < NEG_THR, 0, -1))
    labels[((iou == iou.max(axis=0)) & (iou > 0)).any(axis=1)] = 1
    positive = np.flatnonzero(labels == 1)
    matched = matched_gt[positive]
    return labels, matched, encode_boxes(anchors[positive], gt_boxes[matched])


def blocked(grid, anchors, gt_boxes):
    result = match_anchors(anchors, gt_boxes, POS_THR, NEG_THR)
    targets = encode_boxes(anchors[result.pos_anchors], gt_boxes[result.pos_gt])
    return result.labels, result.pos_gt, targets


def grid_labels(grid, anchors, gt_boxes):
    result = match_anchors(grid, gt_boxes, POS_THR, NEG_THR)
    targets = encode_boxes(grid.boxes_at(result.pos_anchors), gt_boxes[result.pos_gt])
    return result.labels, result.pos_gt, targets


def grid_exact(grid, anchors, gt_boxes):
    result = match_anchors(grid, gt_boxes, POS_THR, NEG_THR)
    targets = encode_boxes(grid.boxes_at(result.pos_anchors), gt_boxes[result.pos_gt])
    return result.labels, result.pos_gt, targets, result.iou_max, result.matched_gt


def torch_methods():
    """torch로 옮긴 두 방식. 텐서로 바꾸는 시간은 재지 않도록 준비를 나눕니다."""
    import torch

    torch.set_num_threads(2)

    def prepare(boxes):
        return torch.tensor(boxes, dtype=torch.float32)

    def area(boxes):
        return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])

    def intersection(gt_boxes, anchors):
        low = torch.max(gt_boxes[:, None, :2], anchors[:, :2])
        high = torch.min(gt_boxes[:, None, 2:], anchors[:, 2:])
        return (high - low).clamp_(min=0)

    def encode(anchors, gt_boxes):
        size, gt_size = anchors[:, 2:] - anchors[:, :2], gt_boxes[:, 2:] - gt_boxes[:, :2]
        center = anchors[:, :2] + 0.5 * size
        gt_center = gt_boxes[:, :2] + 0.5 * gt_size
        return torch.cat([(gt_center - center) / size, torch.log(gt_size / size)], dim=1)

    def torchvision(grid, anchors, gt_boxes):
        size = intersection(gt_boxes, anchors)
        overlap = size[..., 0] * size[..., 1]
        iou = overlap / (area(gt_boxes)[:, None] + area(anchors) - overlap)
        best, matches = iou.max(dim=0)
        every_match = matches.clone()
        below = best < NEG_THR
        between = (best >= NEG_THR) & (best < POS_THR)
        matches[below], matches[between] = -1, -2
        forced = torch.where(iou == iou.max(dim=1)[0][:, None])[1]
        matches[forced] = every_match[forced]
        positive = torch.where(matches >= 0)[0]
        matched = matches[positive]
        labels = torch.where(matches >= 0, 1, torch.where(matches == -1, 0, -1))
        return labels, matched, encode(anchors[positive], gt_boxes[matched])

    def detectron2(grid, anchors, gt_boxes):
        overlap = intersection(gt_boxes, anchors).prod(dim=2)
        union = area(gt_boxes)[:, None] + area(anchors) - overlap
        iou = torch.where(overlap > 0, overlap / union, torch.zeros(1))
        assert torch.all(iou >= 0)
        best, matches = iou.max(dim=0)
        labels = torch.ones_like(matches, dtype=torch.int8)
        bounds = (-float("inf"), NEG_THR, POS_THR, float("inf"))
        for label, low, high in zip((0, -1, 1), bounds, bounds[1:], strict=False):
            labels[(best >= low) & (best < high)] = label
        labels[torch.nonzero(iou == iou.max(dim=1)[0][:, None])[:, 1]] = 1
        positive = torch.where(labels == 1)[0]
        matched = matches[positive]
        return labels, matched, encode(anchors[positive], gt_boxes[matched])

    return {"torchvision": torchvision, "detectron2": detectron2}, prepare


def methods():
    """이름 → (함수, 박스를 준비하는 함수). torch가 없으면 NumPy 방법만."""
    found = {
        function.__name__: (function, np.asarray)
        for function in (naive, blocked, grid_exact, grid_labels)
    }
    try:
        torch_functions, prepare = torch_methods()
    except ImportError:
        return found
    return found | {name: (function, prepare) for name, function in torch_functions.items()}


# --- 재기 ---------------------------------------------------------------------------------


def measure(image_size, gt_count, rounds):
    """한 장면에서 모든 방법을 번갈아 재어, 방법마다 한 줄씩 돌려줍니다."""
    grid = AnchorGrid.preset("retinanet", image_size)
    gt_boxes = make_gt_boxes(gt_count, image_size)
    calls = {
        name: (function, (grid, prepare(grid.boxes), prepare(gt_boxes)))
        for name, (function, prepare) in methods().items()
    }
    check_agreement({name: function(*inputs) for name, (function, inputs) in calls.items()})
    seconds = {name: [] for name in calls}
    for _ in range(rounds):
        for name, (function, inputs) in calls.items():
            start = time.perf_counter()
            function(*inputs)
            seconds[name].append(time.perf_counter() - start)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    best = {name: min(times) for name, times in seconds.items()}
    return [
        {
            "image_size": list(image_size),
            "anchors": len(grid),
            "gt": gt_count,
            "method": name,
            "ms": 1e3 * median[name],
            "min_ms": 1e3 * best[name],
            "speedup": ratio(median, name),
            "min_speedup": ratio(best, name),
            "peak_bytes_per_anchor": None
            if name in TORCH_METHODS
            else peak_memory(function, inputs) / len(grid),
            "pairs": pairs(name, grid, gt_boxes),
        }
        for name, (function, inputs) in calls.items()
    ]


def ratio(seconds, name):
    return seconds["torchvision"] / seconds[name] if "torchvision" in seconds else None


def check_agreement(results):
    """NumPy 방법끼리는 같아야 하고, float32인 torch는 문턱에 걸린 몇 개만 다를 수 있습니다."""
    labels, matched, targets, *_ = results["naive"]
    for name, (other, other_matched, other_targets, *_) in results.items():
        if name in TORCH_METHODS:
            different = np.count_nonzero(labels != np.asarray(other))
            assert different <= 1e-3 * len(labels), f"{name}: 라벨 {different}개가 다릅니다."
        else:
            assert np.array_equal(labels, other), name
            assert np.array_equal(matched, other_matched), name
            assert np.array_equal(targets, other_targets), name


def peak_memory(function, inputs):
    """호출 동안 새로 잡힌 메모리의 최댓값(결과 포함), 바이트. NumPy 할당을 tracemalloc이 셉니다."""
    tracemalloc.start()
    try:
        function(*inputs)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def pairs(name, grid, gt_boxes):
    """그 방법이 살펴야 하는 (앵커, 정답) 짝의 수. 격자에서는 겹칠 수 있는 창 안의 짝입니다."""
    visited = {"grid_labels": NEG_THR, "grid_exact": 0.0}
    if name not in visited:
        return len(grid) * len(gt_boxes)
    return count_window_pairs(grid, gt_boxes, visited[name])


def measure_import(rounds):
    """:data:`IMPORTS`의 문장마다 걸리는 시간, 초. 새 프로세스를 번갈아 띄워 잽니다."""
    code = "import time; s = time.perf_counter(); {}; print(time.perf_counter() - s)"
    seconds = {statement: [] for statement in IMPORTS}
    for _ in range(rounds):
        for statement, times in seconds.items():
            command = [sys.executable, "-c", code.format(statement)]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            times.append(float(output))
    return {statement: min(times) for statement, times in seconds.items()}


# --- 보여 주기 -------------------------------------------------------------------------------


def print_table(rows):
    print(
        "| 이미지 | 앵커 | 정답 | 방법 | 중앙값 (ms) | 최소 (ms) | torchvision 대비 (최소끼리) |",
        end="",
    )
    print(" 바이트/앵커 | 창 안의 짝 |\n|---|---:|---:|---|---:|---:|---:|---:|---:|")
    for row in rows:
        height, width = row["image_size"]
        speedup = f"{row['speedup']:.1f}배 ({row['min_speedup']:.1f}배)" if row["speedup"] else ""
        peak = row["peak_bytes_per_anchor"]
        print(
            f"| {height}×{width} | {row['anchors']:,} | {row['gt']} | {LABELS[row['method']]} "
            f"| {row['ms']:.2f} | {row['min_ms']:.2f} | {speedup} "
            f"| {'' if peak is None else f'{peak:.1f}'} | {row['pairs']:,} |"
        )


def draw_benchmark(rows, axes):
    """왼쪽 축에 정답 수, 오른쪽 축에 앵커 수에 따른 시간을 그립니다.

    Args:
        rows: :func:`measure`의 줄들(JSON의 ``"rows"``).
        axes: matplotlib 축 두 개.
    """
    (height, width), gt_count = MAIN
    panels = (
        (f"{height}×{width} 이미지", "정답 박스 수 (개)", "gt", [height, width], "image_size"),
        (f"정답 {gt_count}개", "앵커 수 (개)", "anchors", gt_count, "gt"),
    )
    for ax, (title, label, x, value, key) in zip(axes, panels, strict=True):
        for method, name in LABELS.items():
            chosen = [row for row in rows if row[key] == value and row["method"] == method]
            if chosen:
                ax.plot([r[x] for r in chosen], [r["ms"] for r in chosen], marker="o", label=name)
        ticks = sorted({row[x] for row in rows if row[key] == value})
        ax.set(title=title, xlabel=label, ylabel="시간 (ms)", xscale="log", yscale="log")
        ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        ax.minorticks_off()
    axes[-1].legend(loc="center left", bbox_to_anchor=(1, 0.5))


def save_plot(rows, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from anchorbox_utils import setup_plotting

    setup_plotting()
    figure, axes = plt.subplots(1, 2, figsize=(12, 4), sharey=True, layout="constrained")
    draw_benchmark(rows, axes)
    figure.savefig(path)


def main():
    parser = argparse.ArgumentParser(description="앵커 매칭 벤치마크")
    parser.add_argument("--rounds", type=int, default=15, help="돌림 수 (기본 15)")
    parser.add_argument("--quick", action="store_true", help="640×640, 정답 50개만")
    parser.add_argument("--json", metavar="PATH", help="결과를 JSON으로 저장")
    parser.add_argument("--plot", metavar="PATH", help="그림으로 저장")
    options = parser.parse_args()

    image_size, gt_count = MAIN
    scenes = [(image_size, count) for count in GT_COUNTS]
    scenes += [(size, gt_count) for size in IMAGE_SIZES if size != image_size]
    rows = []
    for scene in [MAIN] if options.quick else scenes:
        rows += measure(*scene, options.rounds)
    rows.sort(key=lambda row: (row["anchors"], row["gt"]))
    print_table(rows)

    imports = measure_import(options.rounds)
    print("\n| 문장 | 시간 (ms) | import numpy 대비 |\n|---|---:|---:|")
    for statement, seconds in imports.items():
        print(
            f"| `{statement}` | {1e3 * seconds:.1f} | {seconds / imports['import numpy']:.2f}배 |"
        )

    if options.json:
        with open(options.json, "w", encoding="utf-8", newline="\n") as file:
            json.dump({"rows": rows, "import_seconds": imports}, file, ensure_ascii=False, indent=1)
            file.write("\n")
    if options.plot:
        save_plot(rows, options.plot)


if __name__ == "__main__":
    main()
