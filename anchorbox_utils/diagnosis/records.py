"""진단서를 JSON과 CSV로: 걸린 기록 모두와 통계."""

import csv
import json
import math

import numpy as np

from anchorbox_utils.datasets.model import class_name
from anchorbox_utils.diagnosis.anchor_fit import RATIO_LIMIT, UNTRAINED
from anchorbox_utils.diagnosis.findings import SEVERITIES
from anchorbox_utils.diagnosis.overview import CENTER_CELLS, COUNT_EDGES, SIZE_EDGES
from anchorbox_utils.visible import visible, visible_json

SCHEMA = "anchorbox-diagnose"
# 칸의 뜻이 바뀌거나 칸이 사라지면 올립니다. 칸이 늘기만 하면 그대로입니다.
SCHEMA_VERSION = 1
COLUMNS = (
    *("kind", "severity", "file", "place", "image", "class_id", "class_name"),
    *("x1", "y1", "x2", "y2", "raw1", "raw2", "raw3", "raw4", "pair", "reason"),
)
_BOX, _RAW = slice(7, 11), slice(11, 15)
# 이것으로 시작하는 칸을 엑셀은 식으로 보고 셈합니다.
_FORMULA = ("=", "+", "-", "@")


def iterate_records(report):
    """걸린 기록마다 :data:`COLUMNS` 차례의 값. 기록이 없는 진단도 한 번은 나옵니다."""
    by_kind = {}
    for problem in report.dataset.problems:
        by_kind.setdefault(problem.kind, []).append(problem)
    for finding in report.findings:
        told = False
        for values in _records_of(report, finding, by_kind.get(finding.name, ())):
            told = True
            yield (finding.name, finding.severity, *values[:-1], values[-1] or finding.title)
        if not told:
            yield (finding.name, finding.severity, *[None] * 14, finding.evidence)
    if report.missed is not None:
        yield from report.missed.records(_row_values)
    for why, found in report.untrained.items():
        for row in found.tolist():
            yield ("untrained:" + why, "info", *_row_values(report.rows, row, None, UNTRAINED[why]))


def _records_of(report, finding, problems):
    if finding.rows.size:
        pairs = np.atleast_2d(finding.rows.T).T
        paired = pairs.shape[1] > 1
        for number, group in enumerate(pairs.tolist()):
            for row in group:
                yield _row_values(report.rows, row, number if paired else None, "")
    elif finding.images.size:
        for number in finding.images.tolist():
            image = report.rows.images[number]
            yield ("", "", image.path, *[None] * 11, "")
    elif problems:
        for problem in problems:
            raw = [None] * 4 if problem.raw is None else map(_finite, problem.raw)
            yield (*problem.source, problem.image, *[None] * 6, *raw, None, problem.reason)
    else:
        for text in finding.examples:
            yield (*[None] * 14, text)


def _row_values(rows, row, pair, reason):
    label, source = int(rows.labels[row]), rows.source(row)
    named = (
        (label, class_name(rows.dataset.categories, label)) if rows.kind[row] == "" else (None,) * 2
    )
    box, raw = (map(_finite, values[row].tolist()) for values in (rows.boxes, rows.raw))
    path = rows.images[rows.image[row]].path
    return (*source, path, *named, *box, *raw, pair, reason)


def _finite(value):
    """JSON에는 NaN도 무한대도 없습니다."""
    return round(value, 6) if math.isfinite(value) else None


def write_csv(report, file):
    """글 파일에 CSV로 씁니다."""
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    for values in iterate_records(report):
        table.writerow([_cell(value) if isinstance(value, str) else value for value in values])


def _cell(text):
    """표 계산 프로그램이 식으로 셈하지 않는, 한 줄인 글."""
    text = visible(text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_json(report, file):
    """글 파일에 JSON으로 씁니다. 기록은 한 줄에 하나씩이라 커도 메모리에 모이지 않습니다."""
    head = visible_json(json.dumps(summary(report), ensure_ascii=False, indent=1))
    file.write(head.removesuffix("\n}") + ',\n "records": [')
    for number, values in enumerate(iterate_records(report)):
        kind, severity, *where = values[:7]
        record = dict(zip(COLUMNS[:7], (kind, severity, *where), strict=True))
        for name, part in (("box", values[_BOX]), ("raw", values[_RAW])):
            record[name] = None if all(value is None for value in part) else list(part)
        record |= {"pair": values[15], "reason": values[16]}
        file.write(",\n" if number else "\n")
        file.write("  " + visible_json(json.dumps(record, ensure_ascii=False)))
    file.write("\n ]\n}\n")


def summary(report):
    """기록을 뺀 나머지: 결론, 항목, 진단, 통계. 모두 더하면 나누어 진단한 것이 합쳐집니다."""
    dataset, overview = report.dataset, report.overview
    return {
        "schema": SCHEMA,
        "version": SCHEMA_VERSION,
        "dataset": {
            "name": dataset.name,
            "format": dataset.fmt,
            "images": len(dataset.images),
            "opened_images": report.n_opened,
            "boxes": dataset.n_boxes,
            "problems": len(dataset.problems),
            "class_list": dataset.reading.class_list,
            "searched_folders": list(dataset.reading.searched),
            "image_roots": list(dataset.reading.roots),
            "notes": list(dataset.reading.notes),
            "skipped_files": [list(map(str, entry)) for entry in dataset.reading.skipped],
        },
        "ok": report.ok,
        "counts": {s: sum(f.severity == s for f in report.findings) for s in SEVERITIES},
        "ignored": sorted({finding.name for finding in report.ignored}),
        "checklist": [
            {"topic": topic, "state": state or "ok"}
            for topic, state in report.topic_states().items()
        ],
        "findings": [_finding(finding) for finding in report.findings],
        "classes": [_class(row) for row in overview.classes],
        "size_edges": list(SIZE_EDGES),
        "image_sizes": [
            {"width": width, "height": height, "images": count}
            for width, height, count in overview.image_sizes
        ],
        "boxes_per_image": {"edges": list(COUNT_EDGES), "images": overview.count_bins.tolist()},
        "centers": {"cells": CENTER_CELLS, "boxes": overview.centers.tolist()},
        "anchors": _anchors(report),
        "misses": report.missed and report.missed.as_json(),
    }


def _finding(finding):
    texts = ("severity", "title", "evidence", "cause", "advice")
    return {
        "kind": finding.name,
        "topic": finding.kind.topic,
        **{name: getattr(finding, name) for name in texts},
        "examples": list(finding.examples),
    }


def _class(row):
    known = {
        name: _finite(value)
        for name, value in row._asdict().items()
        if name.endswith(("size", "ratio"))
    }
    return {
        "id": row.number,
        "name": row.name,
        "boxes": row.boxes,
        "images": row.images,
        **known,
        "size_counts": list(row.size_counts),
    }


def _anchors(report):
    fit = report.fit
    if fit is None:
        return None
    advice = report.context.advice
    return {
        "ratio_limit": RATIO_LIMIT,
        "pos_thr": report.context.settings.pos_thr,
        "total": fit.total._asdict(),
        "by_size": [row._asdict() for row in fit.by_size],
        "by_class": [row._asdict() for row in fit.by_class],
        "untrained": {why: len(found) for why, found in report.untrained.items()},
        "advice": advice
        and {
            "strides": list(advice.design.strides),
            "scales": [list(level) for level in advice.design.scales],
            "ratios": list(advice.design.ratios),
            "recall_before": advice.before,
            "recall_after": advice.after,
            "held_out": advice.held_out,
            "truths": advice.truths,
            "exports": {tool: text for tool, text, _ in advice.exports()},
        },
    }
