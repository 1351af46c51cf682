"""견주는 문장의 꼬리표: 말이 기대는 기록을 찾아, 기록이 그 말을 뒷받침하는지 봅니다.

꼬리표는 문장의 마침표 바로 앞에 적는 HTML 주석이라 화면에는 보이지 않습니다. 왼쪽이 문장의
주어입니다. ``>``는 왼쪽이 낫다, ``<``는 못하다, ``≈``는 가릴 수 없다는 뜻입니다.

    focal loss가 1:3 표본보다 앞섭니다<!-- 주장: focal_tuned > base, AP -->.

- 실험 표(``experiments.json``)는 두 줄의 이름과 점수로 부릅니다. 진 쪽은 설정을 찾은 것이어야 하고,
  기준의 설정 그대로인 쪽이 졌다는 말이면 ``…, AP, 기준의 설정``이라고 적습니다.
- 레슨 00의 기록(``target_comparison.json``)은 두 방법과 상황(``scenes_20``)으로 부릅니다.
- 나머지는 주장의 기록(``claims.json``)에 있는 이름(``name``)으로 부릅니다.

정의나 셈이라 잴 것이 없는 문장에는 까닭을 적습니다: ``<!-- 주장 아님: 까닭 -->``
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from anchorbox_utils.target_comparison import (
    SITUATIONS,
    STARTS,
    STEPS,
    TARGETS,
    TITLES,
    recorded_ious,
    usable_rates,
)
from tools.claims import CLAIMS, INTRO_RUNS, read
from tools.experiments import EXPERIMENTS, METRICS, read_table

AS_IS = ", 기준의 설정"
TAG = re.compile(r"<!-- 주장: (?P<ours>\S+) (?P<sign>[<>≈]) (?P<rival>\S+), (?P<what>[^<>]+?) -->")
EXCUSE = re.compile(r"<!-- 주장 아님: [^<>]{4,} -->")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
MARKUP = re.compile(rf"{COMMENT.pattern}|<[^<>]+>", re.DOTALL)
MEASURES = r"(?:AP(?:50|75)?(?![A-Za-z\d])|IoU|재현율|점수|비율)"
# 말이 뜻하는 부호와 그 말들. 앞의 것을 찾으면 지우고 다음을 찾습니다.
WORDS = {
    "≈": re.compile(
        r"(?:[가-힣]+다고(?:는|도)?[^.,(]{0,12})?말할 수 없|가릴 수 없"
        r"|(?:이기|앞서|낫|나아|좋아|뒤지|뒤처|오르)지(?:는|도)? (?:않|못)"
    ),
    "<": re.compile(
        r"보다도?\*{0,2} (?:[가-힣]+ )?못|못해[지졌집]|나쁘다|나쁩니다|나빠[지졌집진]"
        r"|(?<![가-힣])(?:집니다|진다\b|졌습니다|졌고|뒤집니다|뒤진|뒤졌|뒤처[지졌집진])"
        r"|(?:보다|±).{0,60}(?:낮[다습았]|느[리립린려])|더 (?:낮[다습았]|느[리립린려])"
        rf"|(?:{MEASURES}.{{0,40}}?|\d\.\d )(?:떨어[지졌집진]|내려[가갔갑])"
    ),
    ">": re.compile(
        r"(?<![가-힣])(?:낫[다습고게지]|나은|나아[지졌집진]|이긴|이깁니다|이겼|이겨|이기[는고며]"
        r"|앞서[는고지다]|앞섭니다|앞선|앞섰|뛰어나)|우수[하한합]|더 (?:좋|안정)|좋아[지졌집진]"
        r"|(?:보다|±).{0,60}(?:높[다습았]|빠[르릅른]|빨라)"
        r"|더 (?:높[다습았]|빠[르릅른])|배 빠[르릅른]"
        rf"|(?:{MEASURES}.{{0,40}}?|\d\.\d )(?:오[르른]|올[랐라]|오릅)"
    ),
}
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
# 아직 모른다는 말은 견주는 말이 아닙니다.
ASKED = re.compile(
    r"(?:나은|나을|앞서는|이기는|좋아지는|오르는|떨어지는|높은|낮은)지(?:는|를|도)?(?= )"
)
# 다른 이의 말을 옮기거나 낱말을 들어 보이는 것은 우리의 주장이 아닙니다.
QUOTED = re.compile(r"[\"“][^\"”\n]*[\"”]")
ENDS = re.compile(r"(?<=[.?!])[*)]*\s+|\s\|\s|\n")
DELTA = re.compile(r"(\d+\.(\d+)) ± (\d+\.\d+)")


class Measured(NamedTuple):
    """두 쪽을 같은 시드에서 견준 결과. ``tuned``는 (왼쪽, 오른쪽)이 설정을 찾은 것인지."""

    delta: float
    spread: float
    wins: int
    losses: int
    seeds: int
    tuned: tuple[bool, bool] = (True, True)

    @property
    def sign(self) -> str:
        if self.delta > self.spread and self.wins == self.seeds:
            return ">"
        return "<" if -self.delta > self.spread and self.losses == self.seeds else "≈"

    def __str__(self) -> str:
        won, total = max(self.wins, self.losses), self.seeds
        return f"{self.delta:+.3f} ± {self.spread:.3f}, {won}/{total}"


def _pair(ours, rival, tuned=(True, True)) -> Measured:
    difference = np.subtract(ours, rival)
    wins, losses = int((difference > 0).sum()), int((difference < 0).sum())
    spread = float(difference.std(ddof=1))
    return Measured(float(difference.mean()), spread, wins, losses, len(difference), tuned)


@cache
def _tables():
    claims = {row["name"]: row for rows in read(CLAIMS).values() for row in rows}
    return read_table(), read(INTRO_RUNS), claims


def measure(ours: str, rival: str, what: str) -> Measured | None:
    """기록에서 두 쪽을 견줍니다. 그런 기록이 없거나 조건이 다르면 None입니다."""
    table, runs, claims = _tables()
    if {ours, rival} <= table.keys() and what in METRICS:
        sides = [EXPERIMENTS[name] for name in (ours, rival)]
        if len({(side.ratio_range, side.recipe().steps) for side in sides}) > 1:
            return None
        scores = ([run[what] for run in table[name]["runs"]] for name in (ours, rival))
        return _pair(*scores, tuple(bool(side.grids) for side in sides))
    if what in SITUATIONS and {ours, rival} <= TARGETS.keys():
        return _pair(*(recorded_ious(runs, what, name) for name in (ours, rival)))
    if {ours, rival} <= STARTS.keys() and (what == "usable" or what.startswith("step_")):
        return _pair(*(_walked(runs, what, name) for name in (ours, rival)))
    if row := claims.get(f"{ours} > {rival}, {what}"):
        return Measured(*(row[key] for key in ("delta", "delta_std", "wins", "losses", "seeds")))
    if row := claims.get(f"{rival} > {ours}, {what}"):
        found = [row[key] for key in ("delta_std", "losses", "wins", "seeds")]
        return Measured(-row["delta"], *found)
    return None


def _walked(runs, what, name):
    if what == "usable":
        return usable_rates(runs, name)
    step = STEPS.index(int(what.removeprefix("step_")))
    return [run["descent"][name]["curve"][step] for run in runs]


# 문장에서 상대를 부르는 말. "…보다"의 앞에 오면 꼬리표의 오른쪽이어야 합니다.
SAMPLED, HARD, FOCAL = "1:3 표본", "어려운 음성 고르기", "focal loss"
SPOKEN = {name: {title} for name, title in TITLES.items()} | {
    "base": {"기준", SAMPLED},
    "early_sampled": {SAMPLED},
    "early_sampled_tuned": {SAMPLED},
    **dict.fromkeys(["hard_negatives", "hard_negatives_tuned", "early_hard_negatives"], {HARD}),
    **dict.fromkeys(["focal", "focal_tuned", "early_focal"], {FOCAL}),
    "recommended": {"추천"},
    "by_hand": {"손 설계"},
}
BESIDES = re.compile(
    "(" + "|".join(map(re.escape, sorted(set().union(*SPOKEN.values())))) + ')"?보다'
)


def sentences(markdown: str) -> Iterator[str]:
    """마크다운의 문장들. 꼬리표는 제 문장에 붙어 있습니다."""
    return (part for part in ENDS.split(FENCE.sub("", markdown)) if part and part.strip())


def said(sentence: str) -> set[str]:
    """문장이 하는 견주는 말의 부호들."""
    text = ASKED.sub("", QUOTED.sub("", MARKUP.sub("", sentence)))
    if text.rstrip(" *_)").endswith("?"):
        return set()
    found = set()
    for sign, words in WORDS.items():
        text, count = words.subn(" ", text)
        found |= {sign} if count else set()
    return found


def problems(markdown: str) -> Iterator[str]:
    """견주는 문장 가운데 기록이 뒷받침하지 않는 것을 하나씩 말합니다."""
    for sentence in sentences(markdown):
        shown = COMMENT.sub("", sentence).strip()
        yield from (f"{problem}: {shown}" for problem in _problems_of(sentence, shown))


def _problems_of(sentence, shown):
    comments = COMMENT.findall(sentence)
    tags = [tag for text in comments if (tag := TAG.fullmatch(text))]
    excused = any(EXCUSE.fullmatch(text) for text in comments)
    if any(
        "주장" in text and not (TAG.fullmatch(text) or EXCUSE.fullmatch(text)) for text in comments
    ):
        yield "꼬리표의 꼴이 다릅니다"
    # 줄이 주석으로 시작하면 그 줄은 마크다운으로 읽히지 않습니다.
    if re.match(r"[\s>*\d.-]*<!-- 주장", sentence):
        yield "꼬리표는 문장의 끝, 마침표 앞에 적습니다"
    signs, tagged = said(sentence), {tag["sign"] for tag in tags}
    if signs and not tags and not excused:
        yield "견주는 말에 꼬리표가 없습니다 (마침표 앞에 적습니다)"
    if signs and tags and signs != tagged:
        directions = [" ".join(sorted(found)) for found in (signs, tagged)]
        yield "말의 방향({})이 꼬리표({})와 다릅니다".format(*directions)
    for tag in tags:
        yield from _wrong(tag)
    rivals = set().union(*(SPOKEN.get(tag["rival"], set()) for tag in tags))
    if tags and (strangers := set(BESIDES.findall(shown)) - rivals):
        yield f"'{strangers.pop()}보다'의 앞이 꼬리표의 오른쪽이 아닙니다"
    yield from _misquoted(tags, shown)


def _wrong(tag):
    ours, sign, rival, what = tag.group("ours", "sign", "rival", "what")
    row = measure(ours, rival, what.removesuffix(AS_IS))
    if row is None:
        yield f"기록에 없거나 조건이 다른 둘입니다 ({ours}, {rival}, {what})"
        return
    if row.sign != sign:
        yield f"기록은 {sign}가 아니라 {row.sign}입니다 ({row})"
    loser = {">": 1, "<": 0}.get(sign)
    if loser is not None and not row.tuned[loser] and not what.endswith(AS_IS):
        yield f"진 쪽({(ours, rival)[loser]})은 설정을 찾지 않았습니다"


def _misquoted(tags, shown):
    rows = [measure(tag["ours"], tag["rival"], tag["what"].removesuffix(AS_IS)) for tag in tags]
    known = [(abs(row.delta), row.spread) for row in rows if row]
    for delta, decimals, spread in DELTA.findall(shown) if known else ():
        step = 0.51 * 10.0 ** -len(decimals)
        if not any(
            abs(float(delta) - d) < step and abs(float(spread) - s) < step for d, s in known
        ):
            yield f"{delta} ± {spread}은 꼬리표의 기록이 아닙니다"
