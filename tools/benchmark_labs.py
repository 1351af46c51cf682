"""실험대의 반응 시간을 진짜 JupyterLab 화면에서 잽니다: 입력부터 바뀐 픽셀까지.

    uv run python tools/benchmark_labs.py            # 200번씩
    uv run python tools/benchmark_labs.py --repeat 50

앵커 12,000개가 모두 다른 자리에 보이는 임계값 실험대의 슬라이더와, 수식 실험대의 끌기를 잽니다.

- "그리기까지": 브라우저가 입력을 받은 때(event.timeStamp)부터 새 화면을 그려 넘긴 때까지.
- "화면 갱신까지": Chromium의 Event Timing이 잰, 입력부터 그다음 화면이 나올 때까지(8 ms 단위).
- "캡처까지": 키를 누르라고 시킨 때부터 화면 캡처에서 픽셀이 바뀐 때까지. 재는 비용이 들어가므로
  바뀌지 않은 화면을 한 번 캡처하는 시간을 함께 적습니다.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from browser import copy_course, lab_page, opened, write_notebook  # noqa: E402
from browser_setup import find  # noqa: E402

NOTEBOOK = "benchmark.ipynb"
CELLS = (
    "from anchorbox_utils import AnchorGrid, FormulaLab, ThresholdLab, make_scene\n"
    "scene = make_scene(11, image_size=(300, 400), n_objects=6, size_range=(24, 100))\n"
    "grid = AnchorGrid(scene.image_size, strides=3.16, scales=[48], ratios=[1])\n"
    "thresholds = ThresholdLab({'장면': scene}, {f'앵커 {len(grid):,}개': grid}, mode='free')\n"
    "print(f'{len(grid):,}')\nthresholds",
    "lab = FormulaLab()\nlab",
)
PROBE = """() => {
    window.drawn = []; window.presented = [];
    const record = (event) => requestAnimationFrame(() => {
        // 이 프레임의 그리기가 끝나고 화면으로 넘어간 다음에 불립니다.
        const channel = new MessageChannel();
        channel.port1.onmessage = () => drawn.push(performance.now() - event.timeStamp);
        channel.port2.postMessage(0);
    });
    window.addEventListener('keydown', record, true);
    window.addEventListener('pointermove', (event) => event.buttons && record(event), true);
    new PerformanceObserver((list) => list.getEntries().forEach((entry) =>
        entry.name === 'keydown' && presented.push(entry.duration),
    )).observe({ type: 'event', durationThreshold: 16 });
}"""


def report(name, values):
    p50, p95 = np.percentile(values, [50, 95])
    print(f"| {name} | {len(values)} | {p50:.1f} | {p95:.1f} | {max(values):.1f} |", flush=True)


def keys(repeat):
    """슬라이더를 0.30과 0.85 사이에서 오가게 하는 방향키들."""
    return [("ArrowLeft", "ArrowRight")[(number // 10) % 2] for number in range(repeat)]


def measure_keys(page, slider, repeat):
    slider.focus()
    for key in keys(repeat):
        page.keyboard.press(key)
        page.wait_for_timeout(40)
    page.wait_for_timeout(200)
    return page.evaluate("[drawn.splice(0), presented.splice(0)]")


def measure_screenshots(page, canvas, slider, repeat):
    """(바뀐 화면이 캡처될 때까지, 그대로인 화면을 캡처하는 데) 걸린 시간들."""
    session = page.context.new_cdp_session(page)
    box = canvas.bounding_box()
    # 작게 잘라 찍을수록 재는 비용이 줄어듭니다.
    x, y = (box[side] + box[length] * 0.4 for side, length in (("x", "width"), ("y", "height")))
    clip = {"x": x, "y": y, "width": 96, "height": 96, "scale": 1}

    def capture():
        options = {"format": "jpeg", "quality": 40, "optimizeForSpeed": True}
        return session.send("Page.captureScreenshot", {**options, "clip": clip})

    changed, still = [], []
    slider.focus()
    for key in keys(repeat):
        start = time.perf_counter()
        before = capture()["data"]
        still.append((time.perf_counter() - start) * 1000)
        start = time.perf_counter()
        page.keyboard.press(key)
        deadline = start + 2
        while capture()["data"] == before and time.perf_counter() < deadline:
            pass
        changed.append((time.perf_counter() - start) * 1000)
    return changed, still


def measure_drag(page, box, repeat):
    place = box.bounding_box()
    x, y = place["x"] + place["width"] * 0.93, place["y"] + place["height"] * 0.8
    page.mouse.move(x, y)
    page.mouse.down()
    for number in range(repeat):
        page.mouse.move(x + 80 * np.sin(number / 8), y + 60 * np.cos(number / 8) - 60)
    page.wait_for_timeout(200)
    page.mouse.up()
    return page.evaluate("drawn.splice(0)")


def main():
    parser = argparse.ArgumentParser(description="실험대의 반응 시간을 잽니다.")
    parser.add_argument("--repeat", type=int, default=200, help="잴 횟수 (기본 200)")
    repeat = parser.parse_args().repeat
    found = find(say=print)
    if "problem" in found:
        sys.exit(f"쓸 수 있는 브라우저가 없습니다. {found['problem']}")
    with tempfile.TemporaryDirectory() as folder:
        copy_course(folder)
        write_notebook(Path(folder, NOTEBOOK), *CELLS)
        with opened(found["options"]) as browser, lab_page(folder, browser) as lab:
            lab.open(NOTEBOOK)
            lab.start_run(NOTEBOOK)
            cells = lab.finish_run(NOTEBOOK)
            page = lab.page
            page.wait_for_function("document.querySelectorAll('.abx .lab').length === 2")
            page.evaluate(PROBE)
            part = page.get_by_role("region", name="임계값 실험대")
            part.evaluate("node => node.scrollIntoView({ block: 'center' })")
            slider, canvas = part.get_by_label("pos_thr"), part.locator("canvas")
            print(f"보이는 앵커 {cells[0]['outputs'][0]['text'].strip()}개, 단위 ms\n")
            print("| 재는 것 | 횟수 | p50 | p95 | 최대 |\n|---|---|---|---|---|")
            measure_keys(page, slider, 10)
            drawn, presented = measure_keys(page, slider, repeat)
            report("슬라이더: 그리기까지", drawn)
            # 16 ms보다 짧은 것은 Event Timing이 알리지 않으므로 16으로 채웁니다.
            report("슬라이더: 화면 갱신까지", presented + [16] * (repeat - len(presented)))
            changed, still = measure_screenshots(page, canvas, slider, repeat)
            report("슬라이더: 캡처까지 (재는 비용 포함)", changed)
            report("　재는 비용: 그대로인 화면 캡처", still)
            part = page.get_by_role("region", name="수식 실험대")
            part.evaluate("node => node.scrollIntoView({ block: 'center' })")
            page.evaluate("drawn.splice(0)")
            report("상자 끌기: 그리기까지", measure_drag(page, part.locator("rect.box.gt"), repeat))
            assert not lab.problems, lab.problems


if __name__ == "__main__":
    main()
