// 커널이 없는 곳에서의 판정. anchorbox_utils/labs/questions.py의 Question.judge와 같아야 합니다
// (tests/test_built_site.py가 모든 물음에서 확인합니다).

abx.judge = (asked, key, prediction) => {
  const isChoice = asked.kind === "choice";
  const matches = (value, answer) => {
    if (value.length !== answer.length) return false;
    if (asked.kind === "numbers" && key.within > 1) {
      return value.every((v, n) => Math.abs(Math.log(v / answer[n])) <= Math.log(key.within));
    }
    return value.every((v, n) => Math.abs(v - answer[n]) <= 1e-8 + 1e-5 * Math.abs(answer[n]));
  };
  const right = isChoice ? key.right.includes(prediction[0]) : matches(prediction, key.answer);
  const slip = right ? -1 : key.slips.findIndex((value) => matches(prediction, value));
  const known = isChoice ? prediction[0] - 1 : slip;
  return {
    status: right ? "passed" : "failed",
    misconception: null,
    why: key.whys[known] ?? (right ? key.right_why : key.wrong_why),
    said: key.said,
    others: asked.choices.map((text, n) => [text, key.whys[n]]).filter((_, n) => n !== known),
    right: key.right,
    printed: key.printed,
    pictures: key.pictures,
  };
};
