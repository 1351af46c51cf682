"""레슨의 끝과 지도에 나타나는 카드. 글과 HTML은 같은 데이터에서 나옵니다."""

import html
import re
from dataclasses import dataclass

from anchorbox_utils.course.lessons import LESSONS, PAGES, Lesson, find_lesson
from anchorbox_utils.course.progress import Standing, mark_read, solved_bugs, standings


def finish_lesson(name):
    """``name`` 레슨을 읽었다고 적고, 할 수 있게 된 것을 모은 카드를 돌려줍니다.

    Args:
        name: 레슨의 파일 이름. 예: ``"00_intro"``.
    """
    try:
        lesson = find_lesson(name)
    except ValueError as error:
        # 옛 강좌의 노트북을 새 모듈로 여는 사람도 마지막 셀에서 멈추지 않습니다.
        print(error)
        return None
    mark_read(lesson)
    return LessonCard(next(row for row in standings() if row.lesson == lesson))


def course_map():
    """레슨마다 읽었는지, 연습을 몇 개 통과했는지, 짝 과제가 무엇인지 보여 주는 표."""
    return CourseMap(standings())


def bug_board():
    """버그 실험실에서 어느 사건의 원인을 맞혔고 고쳤는지 보여 주는 표."""
    # 사건들은 진단까지 불러오므로, 레슨마다가 아니라 표를 볼 때 불러옵니다.
    from anchorbox_utils.bugs import BugBoard

    return BugBoard.now(solved_bugs())


def certificate():
    """지금까지 읽고 통과한 것을 축하하는 카드."""
    return Certificate(standings())


# --- 글의 꼴 --------------------------------------------------------------------------------


def plain(markdown):
    """카드에 쓰는 Markdown에서 꾸밈을 뺀 글.

    Examples:
        >>> plain("네 오프셋 $t_x, t_y$를 **계산합니다.**")
        '네 오프셋 t_x, t_y를 계산합니다.'
    """
    return re.sub(r"\*\*|[`$]", "", markdown)


def inline_html(markdown):
    """카드에 쓰는 Markdown(굵게, 코드, 아래 첨자 수식)을 HTML로. 수식은 어디서나 보이게 풉니다.

    Examples:
        >>> inline_html("네 오프셋 $t_x$를 **계산합니다.**")
        '네 오프셋 <i>t</i><sub>x</sub>를 <strong>계산합니다.</strong>'
    """
    text = html.escape(markdown, quote=False)
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(
        r"\$([^$]+)\$",
        lambda math: re.sub(r"(\w)_(\w)", r"<i>\1</i><sub>\2</sub>", math[1]),
        text,
    )


# 색을 두 번 적는 까닭: 믿지 않는 노트북에서는 JupyterLab이 var()가 든 선언을 지웁니다.
# 글자색과 바탕색은 정하지 않아, 밝은 화면과 어두운 화면 모두 그 화면을 따릅니다.
_FAINT = "rgba(128, 128, 128, 0.25)"
_GREEN = "background: #388e3c; background: var(--jp-success-color1, #388e3c)"
_GREEN_EDGE = "border: 2px solid #388e3c; border-color: var(--jp-success-color1, #388e3c)"
_FRAME = (
    "border: 1px solid #9e9e9e; border-color: var(--jp-border-color1, #9e9e9e); "
    "border-radius: 8px; padding: 12px 18px; margin: 6px 0; line-height: 1.7; "
    "max-width: 46em; word-break: keep-all"
)
_TITLE = "font-size: 1.15em; font-weight: 600"
_LINE = (
    f"border-bottom: 1px solid {_FAINT}; padding: 5px 10px; text-align: left; white-space: nowrap"
)


def _frame(*rows):
    return f'<div style="{_FRAME}">{"".join(rows)}</div>'


def _link(target, text):
    return f'<a href="{target}">{html.escape(text)}</a>'


def _homework(lesson):
    return _link(lesson.homework_link, lesson.homework_label)


def _bar(done, total):
    """``done/total``과 그만큼 찬 막대."""
    filled = 100 * done // total if total else 0
    return (
        f'<span style="display: inline-block; width: 64px; height: 8px; border-radius: 4px; '
        f'margin-right: 8px; overflow: hidden; background: {_FAINT}">'
        f'<span style="display: block; height: 8px; width: {filled}%; {_GREEN}"></span></span>'
        f"{done}/{total}"
    )


# --- 레슨의 끝 ------------------------------------------------------------------------------


def following(lesson):
    """``lesson`` 다음에 볼 것의 (파일, 이름). 마지막 레슨 다음은 "마치며"입니다.

    Examples:
        >>> following(LESSONS[0])
        ('01_formula.ipynb', '01. 공식')
        >>> following(LESSONS[-1])
        ('finish.ipynb', '마치며')
    """
    later = LESSONS[LESSONS.index(lesson) + 1 :]
    return (later[0].file, later[0].label) if later else ("finish.ipynb", PAGES["finish"])


@dataclass(frozen=True)
class LessonCard:
    """레슨을 마치며 보는 카드. :func:`finish_lesson`이 만듭니다.

    Examples:
        >>> print(LessonCard(Standing(LESSONS[0], True, ())))
        00. 앵커 박스란 레슨을 마쳤습니다.
        이제 할 수 있는 것
          - 앵커 박스가 무엇을 예측하는지 한 문장으로 설명합니다.
          - 앵커마다 정답까지의 "수정량"이 다르다는 것을 그림과 숫자로 확인합니다.
          - 수정량이 절대 좌표보다 언제 낫고 언제 비기는지, 공정한 상대와 겨루어 실험으로 잽니다.
        연습 통과 0/1
        다음: 01. 공식
    """

    standing: Standing

    @property
    def _lesson(self) -> Lesson:
        return self.standing.lesson

    @property
    def _headline(self):
        return f"{self._lesson.label} 레슨을 마쳤습니다."

    @property
    def _counts(self):
        return len(self.standing.passed), len(self._lesson.exercises)

    def __repr__(self):
        done, total = self._counts
        homework = [f"짝 과제: {self._lesson.homework_label}"] if self._lesson.homework else []
        return "\n".join(
            [
                self._headline,
                "이제 할 수 있는 것",
                *(f"  - {plain(goal)}" for goal in self._lesson.goals),
                f"연습 통과 {done}/{total}",
                " · ".join([f"다음: {following(self._lesson)[1]}", *homework]),
            ]
        )

    def _repr_html_(self):
        goals = "".join(f"<li>{inline_html(goal)}</li>" for goal in self._lesson.goals)
        links = [f"다음 {_link(*following(self._lesson))}"]
        if self._lesson.homework:
            links.append(f"짝 과제 {_homework(self._lesson)}")
        return _frame(
            f'<div style="{_TITLE}">{self._headline}</div>',
            '<div style="margin-top: 8px">이제 할 수 있는 것</div>',
            f'<ul style="margin: 4px 0 10px; padding-left: 1.4em">{goals}</ul>',
            f"<div>연습 통과 {_bar(*self._counts)}</div>",
            f'<div style="margin-top: 8px">{" · ".join(links)}</div>',
        )


# --- 지도 -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class CourseMap:
    """강좌 전체의 진도. :func:`course_map`이 만듭니다.

    Examples:
        >>> print(CourseMap((Standing(LESSONS[1], True, ("encode_boxes",)),)))
        읽은 레슨 1/1 · 통과한 연습 1/3
          읽음  연습 1/3  01. 공식 (45분) · 과제 01
    """

    standings: tuple[Standing, ...]

    @property
    def _totals(self):
        rows = self.standings
        return (
            sum(row.read for row in rows),
            len(rows),
            sum(len(row.passed) for row in rows),
            sum(len(row.lesson.exercises) for row in rows),
        )

    @property
    def _headline(self):
        return "읽은 레슨 {}/{} · 통과한 연습 {}/{}".format(*self._totals)

    def __repr__(self):
        lines = [self._headline]
        for row in self.standings:
            lesson = row.lesson
            homework = f" · {lesson.homework_label}" if lesson.homework else ""
            lines.append(
                f"  {'읽음' if row.read else ' -  '}  "
                f"연습 {len(row.passed)}/{len(lesson.exercises)}  "
                f"{lesson.label} ({lesson.minutes}분){homework}"
            )
        return "\n".join(lines)

    def _repr_html_(self):
        heads = "".join(
            f'<th style="{_LINE}; font-weight: 600">{text}</th>'
            for text in ("레슨", "시간", "읽음", "연습 통과", "짝 과제")
        )
        return _frame(
            f'<div style="{_TITLE}; margin-bottom: 6px">{self._headline}</div>',
            f'<table style="border-collapse: collapse; width: 100%; margin: 0">'
            f"<thead><tr>{heads}</tr></thead>"
            f"<tbody>{''.join(map(_map_row, self.standings))}</tbody></table>",
        )


def _map_row(row):
    lesson = row.lesson
    cells = (
        _link(lesson.file, lesson.label),
        f"{lesson.minutes}분",
        _badge("읽음") if row.read else "–",
        _bar(len(row.passed), len(lesson.exercises)),
        _homework(lesson) if lesson.homework else "–",
    )
    return "<tr>" + "".join(f'<td style="{_LINE}">{cell}</td>' for cell in cells) + "</tr>"


def _badge(text):
    return (
        f'<span style="{_GREEN_EDGE}; border-radius: 10px; padding: 1px 9px; '
        f'white-space: nowrap">{html.escape(text)}</span>'
    )


# --- 마치며 ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Certificate:
    """해낸 것만 축하하는 카드. 하지 않은 것은 적지 않습니다. :func:`certificate`가 만듭니다.

    Examples:
        >>> print(Certificate((Standing(LESSONS[0], True, ("xyxy_to_cxcywh",)),)))
        레슨 한 바퀴를 다 돌았습니다. 축하합니다!
        읽은 레슨 1개: 00
        통과한 연습 1개: xyxy_to_cxcywh
        >>> print(Certificate(()))
        여기까지 와 주셔서 고맙습니다.
        레슨의 끝에 있는 셀을 실행하면 이곳에 하나씩 쌓입니다.
    """

    standings: tuple[Standing, ...]

    @property
    def _lines(self):
        read = [row.lesson.number for row in self.standings if row.read]
        passed = [name for row in self.standings for name in row.passed]
        if not read and not passed:
            headline = "여기까지 와 주셔서 고맙습니다."
            return headline, ("레슨의 끝에 있는 셀을 실행하면 이곳에 하나씩 쌓입니다.",)
        whole = len(read) == len(self.standings)
        return (
            "레슨 한 바퀴를 다 돌았습니다. 축하합니다!" if whole else "여기까지 해내셨습니다!",
            tuple(
                f"{what} {len(names)}개: {', '.join(names)}"
                for what, names in (("읽은 레슨", read), ("통과한 연습", passed))
                if names
            ),
        )

    def __repr__(self):
        headline, lines = self._lines
        return "\n".join([headline, *lines])

    def _repr_html_(self):
        headline, lines = self._lines
        badges = " ".join(_badge(row.lesson.label) for row in self.standings if row.read)
        return _frame(
            f'<div style="{_TITLE}">{headline}</div>',
            f'<div style="margin: 8px 0; line-height: 2.1">{badges}</div>' if badges else "",
            *(f"<div>{html.escape(line)}</div>" for line in lines),
        )
