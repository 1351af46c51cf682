"""학습자마다의 되돌림과 강사의 반 페이지. 파일 하나로 열리고, 밖으로 나가는 것이 없습니다."""

import hashlib
import html
import re

from anchorbox_utils.feedback import STATES
from anchorbox_utils.homework.assignments import ASSIGNMENTS, CodeTask
from anchorbox_utils.homework.catalogue import QUESTIONS, mistake_titles
from anchorbox_workshop.judge.grading import from_json
from anchorbox_workshop.judge.people import STATUS, points_of, status_of

STYLE = """
:root { color-scheme: light dark; --line: #d5d9e0; --soft: #f4f5f8; --ink: #1d2330; --mute: #5b6474;
  --back: #fff; --bar: #3b6fd4; --warn: #9a4b00; }
@media (prefers-color-scheme: dark) { :root { --line: #3a4152; --soft: #222734; --ink: #e8ebf2;
  --mute: #a7b0c0; --back: #171b24; --bar: #7fa6f5; --warn: #ffb464; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 20px 16px 48px; max-width: 60em; background: var(--back);
  color: var(--ink); font: 16px/1.6 "Noto Sans CJK KR", "Malgun Gothic", "Apple SD Gothic Neo",
  sans-serif; word-break: keep-all; overflow-wrap: anywhere; }
h1 { font-size: 1.5em; margin: 0 0 .2em; } h2 { font-size: 1.15em; margin: 1.8em 0 .4em; }
code { font-size: .92em; background: var(--soft); padding: .05em .3em; border-radius: 4px; }
pre { background: var(--soft); padding: 10px 12px; border-radius: 6px; overflow-x: auto; }
pre code { padding: 0; } .mute { color: var(--mute); } .warn { color: var(--warn); }
.score { font-size: 1.3em; font-weight: 700; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 6px 10px; border-bottom: 1px solid var(--line);
  vertical-align: top; white-space: nowrap; } td.n, th.n { text-align: right;
  font-variant-numeric: tabular-nums; } td.t { white-space: normal; min-width: 15em; }
td code { overflow-wrap: normal; } table.s { width: auto; }
@media (max-width: 40em) { body { padding: 14px 12px 40px; } th, td { padding: 5px 7px; }
  .wide { display: none; } td.t { min-width: 11em; } }
.bar { display: inline-block; height: .7em; background: var(--bar); border-radius: 2px;
  vertical-align: middle; }
.banner { border: 2px solid var(--warn); border-radius: 8px; padding: 8px 12px; margin: 0 0 16px; }
"""
# 페이지 안의 어떤 글도 실행되거나 밖을 부르지 않습니다.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
PROVISIONAL = (
    '<p class="banner warn"><strong>잠정.</strong> 격리하지 않고(--unsafe) 채점한 결과입니다. '
    "학습자의 코드가 판정을 바꾸었을 수 있어 성적으로 쓰지 않습니다.</p>"
)
# 문제의 상태마다 표의 열 이름. 앞의 넷은 check의 것입니다.
WORDS = {name: word for name, (_, word, *_) in STATES.items()} | {
    "timeout": "시간 초과",
    "unreadable": "읽을 수 없음",
    "not_judged": "채점 못 함",
}


# 판정이 없는 상태마다, 학습자가 할 일.
NO_VERDICT = {
    "unreadable": "노트북을 JupyterLab에서 열어 출력을 모두 지우고 저장한 파일을 다시 내세요. "
    "열리지 않으면 강사에게 말하세요.",
    "not_judged": "강사가 다시 채점합니다. 다시 낼 필요는 없습니다.",
}


def without_verdict(row):
    """판정이 없는 문제에 대한 말. 판정이 있으면 None."""
    what = NO_VERDICT.get(row["status"])
    return what and f"{WORDS[row['status']]}: {row['public']['message']} {what}"


def page(title, body, provisional):
    """HTML 파일 하나의 글."""
    return (
        '<!doctype html>\n<html lang="ko"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head><body>\n"
        f"{PROVISIONAL if provisional else ''}{body}\n</body></html>\n"
    )


def file_name(learner):
    """그 사람의 되돌림 파일의 이름. 파일 시스템이 담지 못하는 글자를 바꾸고, 겹치지 않게 합니다.

    Examples:
        >>> file_name("20260001"), file_name("홍길동")
        ('20260001.html', '홍길동.html')
        >>> file_name("a/b").startswith("a_b-"), file_name("A") == file_name("a")
        (True, False)
    """
    safe = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", learner).strip(". ")[:60] or "_"
    reserved = re.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", safe)
    if safe != learner or reserved or safe != safe.lower():
        # 대소문자를 가리지 않는 파일 시스템에서도 둘이 겹치지 않습니다.
        safe += "-" + hashlib.sha256(learner.encode()).hexdigest()[:8]
    return f"{safe}.html"


def feedback_page(record):
    """학습자에게 주는 페이지. 공개 검사의 경우만 보이고, 숨은 경우의 수는 하나도 없습니다."""
    assignment = ASSIGNMENTS[record["assignment"]]
    points, total = points_of(record)
    title = f"과제 {assignment.name[:2]} · {assignment.title}"
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f'<p class="mute">{html.escape(record["learner"])}</p>',
        f'<p class="score">{points} / {total}점</p>',
    ]
    if assignment.manual_points:
        parts.append(
            f'<p class="mute">글로 설명하는 문제 {assignment.manual_points}점은 강사가 따로 '
            "채점합니다.</p>"
        )
    notes = list(record["notes"])
    if record["late"]:
        notes.append("마감이 지난 뒤에 낸 것입니다.")
    if any(row["evidence"] for row in record["rows"]):
        notes.append("강사가 직접 확인할 것이 있는 답입니다.")
    # 파일을 읽지 못했으면 문제마다 같은 말이므로 위에 한 번만 적습니다.
    notes += dict.fromkeys(filter(None, map(without_verdict, record["rows"])))
    parts += [f'<p class="warn">{html.escape(note)}</p>' for note in notes]
    tasks = {task.key: task for task in assignment.tasks if isinstance(task, CodeTask)}
    for number, row in enumerate(record["rows"], start=1):
        parts.append(_feedback_row(number, tasks[row["exercise"]], row))
    return page(f"{title} · {record['learner']}", "\n".join(parts), record["provisional"])


def _feedback_row(number, task, row):
    got, most = sum(row["points"]), sum(row["max"])
    told = [f"<h2>{number}. {html.escape(task.title)} · {got} / {most}점</h2>"]
    result = from_json(row["exercise"], row["public"])
    if row["status"] in NO_VERDICT:
        told.append(f"<p><strong>{WORDS[row['status']]}</strong></p>")
    else:
        told.append(result._repr_html_())
        passed = row["hidden"]["status"] == "passed"
        same = task.question.by_hand
        kind = "같은 숫자로 한 번 더 본" if same else "다른 숫자로 본"
        told.append(
            f"<p>채점할 때 {kind} 숨은 검사: <strong>{'통과' if passed else '통과하지 못함'}"
            f"</strong> ({row['points'][1]} / {row['max'][1]}점)</p>"
        )
    if result.passed and row["hint"]:
        told.append(f"<p>힌트: {_marked(row['hint'])}</p>")
    if "overruled" in row:
        told.append(f"<p>강사가 다시 본 판정입니다. 까닭: {html.escape(row['overruled'])}</p>")
    return "\n".join(told)


def class_page(assignment_name, tally, provisional, samples, out):
    """강사의 페이지: 문제마다의 판정, 많은 오개념부터, 같은 오답끼리 묶은 것, 눈으로 볼 제출."""
    assignment = ASSIGNMENTS[assignment_name]
    title = f"과제 {assignment.name[:2]} · {assignment.title}"
    words = ", ".join(f"{STATUS[w]} {n}" for w, n in tally.words.most_common())
    body = [
        f"<h1>{html.escape(title)}</h1>",
        f'<p class="mute">제출 {tally.learners}개. {html.escape(words)}</p>',
        "<h2>점수</h2>",
        _scores(tally),
        "<h2>문제마다의 판정</h2>",
        _statuses(tally),
        "<h2>우리 반의 오개념</h2>",
        _misconceptions(tally),
        "<h2>아직 이름을 붙이지 않은, 같은 오답끼리 묶은 것</h2>",
        _clusters(tally, samples, out),
        "<h2>눈으로 볼 제출</h2>",
        _attention(tally),
    ]
    return page(title, "\n".join(body), provisional)


def _table(header, rows, kinds, small=False):
    """표. ``kinds``는 열마다의 종류: n은 수, t는 긴 글, wide는 좁은 화면에서 감출 것."""

    def row(cells, tag):
        pairs = zip(cells, kinds, strict=True)
        return "".join(f'<{tag} class="{kind}">{one}</{tag}>' for one, kind in pairs)

    lines = "".join(f"<tr>{row(cells, 'td')}</tr>" for cells in rows)
    return (
        f'<div class="scroll"><table class="{"s" if small else ""}"><thead><tr>'
        f"{row(header, 'th')}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _bar(count, most):
    return f'<span class="bar" style="width: {max(2, round(120 * count / most))}px"></span>'


def _marked(text):
    """글을 HTML로. 백틱으로 감싼 곳은 코드가 됩니다."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(text))


def _scores(tally):
    most = max(tally.points.values(), default=1)
    rows = [
        (f"{points} / {tally.total}", count, _bar(count, most))
        for points, count in sorted(tally.points.items(), reverse=True)
    ]
    return _table(("점수", "사람", ""), rows, ("n", "n", ""), small=True)


def _statuses(tally):
    seen = [w for w in WORDS if any(counts[w] for counts in tally.statuses.values())]
    rows = [
        (f"<code>{name}</code>", *(counts[word] or "" for word in seen))
        for name, counts in tally.statuses.items()
    ]
    return _table(("문제", *(WORDS[word] for word in seen)), rows, ("", *["n"] * len(seen)))


def _misconceptions(tally):
    ranked = tally.ranked()
    if not ranked:
        return '<p class="mute">알아본 오개념이 없습니다.</p>'
    rows = []
    for count, name, mistake in ranked:
        hints = {m.name: m.hint for m in QUESTIONS[name].misconceptions}
        titles = mistake_titles(QUESTIONS[name])
        hint = hints.get(mistake, "라이브러리의 함수를 불러 답으로 낸 것입니다.")
        bar = _bar(count, ranked[0][0])
        told = (
            f"<b>{html.escape(titles.get(mistake, mistake))}</b> "
            f'<span class="mute"><code>{mistake}</code> · {name}<br>{_marked(hint)}</span>'
        )
        rows.append((count, bar, told))
    return _table(("사람", "", "오개념과 학습자가 본 힌트"), rows, ("n", "wide", "t"))


def _clusters(tally, samples, out):
    if not samples:
        return '<p class="mute">둘 이상이 똑같이 틀린, 이름을 붙이지 않은 답은 없습니다.</p>'
    parts = [
        "<p>모든 경우에서 같은 답을 낸 것끼리 모았습니다. 오개념으로 삼으려면 아래의 명령이 만드는 "
        "코드를 문제의 파일에 붙여 넣습니다.</p>"
    ]
    for count, name, behaviour in tally.unnamed()[: len(samples)]:
        command = f"anchorbox-grade --cluster {name}/{behaviour} --out {out}"
        parts.append(
            f"<p><strong>{count}명</strong> · <code>{name}</code><br>"
            f"<code>{html.escape(command)}</code></p>"
            f"<pre><code>{html.escape(samples[name, behaviour])}</code></pre>"
        )
    return "\n".join(parts)


def _attention(tally):
    rows = [
        (
            html.escape(learner),
            ", ".join(STATUS[word] for word in words if word != "graded") or "–",
            "<br>".join(html.escape(one) for one in told),
        )
        for learner, words, told in tally.attention
    ]
    shared = [
        (html.escape(", ".join(who)), "학번이 같음", f"모두 학번 {html.escape(number)}을 썼습니다.")
        for number, who in sorted(tally.shared_numbers().items())
    ]
    if not rows + shared:
        return '<p class="mute">없습니다.</p>'
    lead = (
        '<p class="mute">"확인 필요"는 채점 코드를 건드리려 한 흔적이 있다는 뜻입니다. '
        "부정행위라는 판정이 아닙니다. 점수는 격리된 환경에서 실제로 나온 답만으로 매겼습니다.</p>"
    )
    return lead + _table(("제출한 사람", "상태", "까닭"), rows + shared, ("", "", "t"))


__all__ = ["class_page", "feedback_page", "file_name", "status_of"]
