"""AP와 NMS의 시간을 한 프로세스에서 다른 도구와 번갈아 잽니다.

    uv run python tools/benchmark_evaluation.py
    uv run --with powerboxes --with faster-coco-eval --with hotcoco \
        python tools/benchmark_evaluation.py --rounds 20

AP는 이미지 300장의 예측 11,561개를 crowd, 넓이 구간 넷, 예측의 최대 수 셋으로 채점하는 데까지
입니다. 우리의 시간에는 인수의 검사가 들어 있고, 다른 도구는 파일을 읽고 번호를 매기는 준비를 빼고
잽니다. NMS는 넓은 화면에 흩어져 거의 다 남는 박스와 물체에 몰려 거의 다 지워지는 박스로 잽니다.
결과가 마지막 자리까지 같지는 않은 도구는 표에 그렇다고 적습니다.

다른 일을 하는 컴퓨터에서도 견줄 수 있게 이 프로세스의 CPU 시간을 보고, 되풀이한 것 가운데 가장 적게
든 것을 적습니다. 스레드를 여럿 쓰는 도구는 모든 스레드의 CPU 시간을 더한 값입니다. 다른 도구는 이
명령에만 잠깐 설치되고, 없으면 표에 없습니다.
"""

import argparse
import contextlib
import io
import time
from importlib.util import find_spec

import numpy as np

from anchorbox_utils import Detections, GroundTruths, evaluate_detections, nms

N_IMAGES, N_DETECTIONS, N_TRUTHS = 300, 11_561, 2_200
CLASS_COUNTS = (80, 1)
WIDTH, HEIGHT = 640, 480
NMS_SIZES = (300, 5_000)


def cpu_seconds(calls, rounds):
    """이름마다 가장 적게 든 CPU 시간. 한 바퀴씩 돌아, 바쁜 때가 한 도구에 몰리지 않게 합니다."""
    best = dict.fromkeys(calls, np.inf)
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.process_time()
            call()
            best[name] = min(best[name], time.process_time() - start)
    return best


# --- AP -----------------------------------------------------------------------------------------


def random_boxes(rng, count):
    """xywh. 변의 길이는 10부터 300픽셀까지 로그 균등입니다."""
    size = np.exp(rng.uniform(np.log(10), np.log(300), (count, 2)))
    corner = rng.uniform(0, 1, (count, 2)) * np.maximum([WIDTH, HEIGHT] - size, 0)
    return np.round(np.concatenate([corner, size], axis=1), 2)


def make_files(n_classes, seed=0):
    """(COCO 정답, 결과). 예측의 절반은 정답을 흔든 것이고, 정답의 2 %는 crowd입니다."""
    rng = np.random.default_rng(seed)
    share = 1 / np.arange(1, n_classes + 1)
    truths = random_boxes(rng, N_TRUTHS)
    owner = rng.integers(0, N_IMAGES, N_TRUTHS)
    label = rng.choice(n_classes, N_TRUTHS, p=share / share.sum())
    area = truths[:, 2:].prod(axis=1) * rng.uniform(0.4, 0.9, N_TRUTHS)
    annotations = [
        {"id": i + 1, "image_id": int(owner[i]), "category_id": int(label[i])}
        | {"bbox": truths[i].tolist(), "area": float(area[i]), "iscrowd": int(crowd)}
        for i, crowd in enumerate(rng.random(N_TRUTHS) < 0.02)
    ]
    source = rng.integers(0, N_TRUTHS, N_DETECTIONS)
    guess, image, guessed = random_boxes(rng, N_DETECTIONS), owner[source], label[source].copy()
    near = rng.random(N_DETECTIONS) < 0.5
    corner, size = truths[source, :2], truths[source, 2:]
    moved = corner + size * rng.normal(0, 0.1, size.shape)
    shaken = np.concatenate([moved, size * np.exp(rng.normal(0, 0.15, size.shape))], axis=1)
    guess[near] = np.round(shaken[near], 2)
    wrong = rng.random(N_DETECTIONS) < 0.2
    guessed[wrong] = rng.choice(n_classes, wrong.sum(), p=share / share.sum())
    score = np.round(np.where(near, rng.beta(3, 2, N_DETECTIONS), rng.beta(1, 6, N_DETECTIONS)), 5)
    results = [
        {"image_id": int(image[i]), "category_id": int(guessed[i])}
        | {"bbox": guess[i].tolist(), "score": float(score[i])}
        for i in range(N_DETECTIONS)
    ]
    file = {
        "info": {},
        "images": [
            {"id": i, "file_name": f"{i}.jpg", "width": WIDTH, "height": HEIGHT}
            for i in range(N_IMAGES)
        ],
        "annotations": annotations,
        "categories": [{"id": c, "name": f"{c}"} for c in range(n_classes)],
    }
    return file, results


def ours(file, results):
    def rows(records, *names):
        images = [[] for _ in range(N_IMAGES)]
        for one in records:
            images[one["image_id"]].append(one)
        for image in images:
            boxes = np.array([one["bbox"] for one in image]).reshape(-1, 4)
            yield boxes, *(np.array([one[name] for one in image]) for name in names)

    truths = [
        GroundTruths(boxes, label, crowd.astype(bool), area)
        for boxes, label, crowd, area in rows(file["annotations"], "category_id", "iscrowd", "area")
    ]
    found = [Detections(*row) for row in rows(results, "score", "category_id")]
    classes = [one["id"] for one in file["categories"]]
    return lambda: evaluate_detections(found, truths, class_ids=classes, fmt="xywh").precision


def like_pycocotools(coco, coco_eval, file, results, precision):
    """pycocotools와 같은 이름을 쓰는 도구. 결과를 말하는 글은 버립니다."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco(file)
        found = truth.loadRes(results)

    def call():
        with contextlib.redirect_stdout(io.StringIO()):
            evaluation = coco_eval(truth, found, "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
        return np.asarray(precision(evaluation))

    return call


def ap_methods(file, results):
    """이름 → 모든 정밀도를 돌려주는 함수."""
    methods = {"우리 (NumPy)": ours(file, results)}
    if find_spec("pycocotools"):
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval

        def read(dataset):
            truth = COCO()
            truth.dataset = dataset
            truth.createIndex()
            return truth

        methods["pycocotools"] = like_pycocotools(
            read, COCOeval, file, results, lambda one: one.eval["precision"]
        )
    if find_spec("faster_coco_eval"):
        from faster_coco_eval import COCO, COCOeval_faster

        methods["faster-coco-eval (C++)"] = like_pycocotools(
            COCO, COCOeval_faster, file, results, lambda one: one.eval["precision"]
        )
    if find_spec("hotcoco"):
        from hotcoco import COCO, COCOeval

        methods["hotcoco (Rust)"] = like_pycocotools(
            COCO, COCOeval, file, results, lambda one: one.eval["precision"]
        )
    return methods


# --- NMS ----------------------------------------------------------------------------------------


def scattered(rng, count):
    size = np.exp(rng.uniform(np.log(8), np.log(256), (count, 2)))
    corner = rng.uniform(0, 1, (count, 2)) * [1333, 800]
    return np.concatenate([corner, corner + size], axis=1)


def crowded(rng, count):
    objects = scattered(rng, max(1, count // 30))
    owner = rng.integers(0, len(objects), count)
    corner, size = objects[owner, :2], objects[owner, 2:] - objects[owner, :2]
    corner = corner + size * rng.normal(0, 0.1, size.shape)
    return np.concatenate([corner, corner + size * np.exp(rng.normal(0, 0.15, size.shape))], axis=1)


NMS_SCENES = {"흩어진": scattered, "몰린": crowded}


def nms_methods(boxes, scores):
    """이름 → 남은 박스의 번호를 점수순으로 돌려주는 함수."""
    methods = {"우리 (NumPy)": lambda: nms(boxes, scores, 0.5)}
    if find_spec("powerboxes"):
        import powerboxes

        methods["powerboxes (Rust)"] = lambda: powerboxes.nms(boxes, scores, 0.5, 0.0)
    if find_spec("torchvision"):
        import torch
        from torchvision.ops import nms as torch_nms

        tensors = torch.tensor(boxes), torch.tensor(scores)
        methods["torchvision (C++)"] = lambda: torch_nms(*tensors, 0.5).numpy()
    return methods


# --- 보여 주기 ----------------------------------------------------------------------------------


def report(title, methods, rounds):
    answers = {name: np.asarray(call()) for name, call in methods.items()}
    seconds = cpu_seconds(methods, rounds)
    (first, expected), *_ = answers.items()
    for name, answer in answers.items():
        same = "같음" if np.array_equal(answer, expected) else "다름"
        ratio = seconds[first] / seconds[name]
        print(
            f"| {title} | {name} | {1e3 * seconds[name]:.2f} | {ratio:.3f} | {same} |", flush=True
        )


def main():
    parser = argparse.ArgumentParser(description="AP와 NMS 벤치마크")
    parser.add_argument("--rounds", type=int, default=7, help="돌림 수 (기본 7)")
    rounds = parser.parse_args().rounds
    print("| 일 | 도구 | CPU (ms, 최소) | 우리 / 도구 | 결과 |\n|---|---|---:|---:|---|")
    for n_classes in CLASS_COUNTS:
        file, results = make_files(n_classes)
        report(f"AP, 클래스 {n_classes}개", ap_methods(file, results), rounds)
    rng = np.random.default_rng(0)
    for count in NMS_SIZES:
        for name, scene in NMS_SCENES.items():
            boxes, scores = np.ascontiguousarray(scene(rng, count)), rng.random(count)
            report(f"NMS, {name} {count:,}개", nms_methods(boxes, scores), 10 * rounds)


if __name__ == "__main__":
    main()
