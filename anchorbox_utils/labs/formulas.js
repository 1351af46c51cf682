// 강좌의 공식. 화면을 모르는 순수 함수만 두며, 값은 anchorbox_utils와 같아야 합니다
// (tests/test_browser.py가 무작위 박스 수천 개로 확인합니다). 박스는 [x1, y1, x2, y2], 픽셀입니다.

const MIN_SIZE = 1e-6;

/** xyxy → [cx, cy, w, h] */
export function toCenter([x1, y1, x2, y2]) {
  return [x1 + (x2 - x1) / 2, y1 + (y2 - y1) / 2, x2 - x1, y2 - y1];
}

/** [cx, cy, w, h] → xyxy */
export function toCorners([cx, cy, w, h]) {
  return [cx - w / 2, cy - h / 2, cx - w / 2 + w, cy - h / 2 + h];
}

/** 앵커를 정답 박스로 옮기는 오프셋 [t_x, t_y, t_w, t_h] */
export function encode(anchor, gt) {
  const [xa, ya, wa, ha] = toCenter(anchor);
  const [x, y, w, h] = toCenter(gt);
  const floor = (size) => Math.max(size, MIN_SIZE);
  return [
    (x - xa) / floor(wa),
    (y - ya) / floor(ha),
    Math.log(floor(w) / floor(wa)),
    Math.log(floor(h) / floor(ha)),
  ];
}

/** 앵커에 오프셋을 적용한 xyxy 박스 */
export function decode(anchor, [tx, ty, tw, th]) {
  const [xa, ya, wa, ha] = toCenter(anchor);
  const x = tx * Math.max(wa, MIN_SIZE) + xa;
  const y = ty * Math.max(ha, MIN_SIZE) + ya;
  const halfWidth = (Math.exp(tw) * Math.max(wa, MIN_SIZE)) / 2;
  const halfHeight = (Math.exp(th) * Math.max(ha, MIN_SIZE)) / 2;
  return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight];
}

/** 두 박스의 IoU. 합집합이 0이면 0 */
export function iou(a, b) {
  return pairIou(a, 0, b, 0);
}

// 배열을 만들지 않고 a의 i번째 수부터, b의 j번째 수부터를 박스로 읽습니다.
function pairIou(a, i, b, j) {
  const width = Math.max(Math.min(a[i + 2], b[j + 2]) - Math.max(a[i], b[j]), 0);
  const height = Math.max(Math.min(a[i + 3], b[j + 3]) - Math.max(a[i + 1], b[j + 1]), 0);
  const intersection = width * height;
  const union =
    (a[i + 2] - a[i]) * (a[i + 3] - a[i + 1]) +
    (b[j + 2] - b[j]) * (b[j + 3] - b[j + 1]) -
    intersection;
  return union > 0 ? intersection / union : 0;
}

/**
 * 앵커와 정답의 매칭. 둘 다 수를 한 줄로 이은 배열입니다(박스마다 네 수).
 * best는 정답마다 가장 잘 맞는 앵커의 번호 목록(같으면 모두)입니다.
 */
export function matchAnchors(anchors, gts) {
  const count = anchors.length / 4;
  const iouMax = new Float64Array(count);
  const matchedGt = new Int32Array(count).fill(-1);
  const best = Array.from({ length: gts.length / 4 }, () => ({ iou: 0, anchors: [] }));
  for (let n = 0; n < count; n++) {
    for (let g = 0; g < best.length; g++) {
      const value = pairIou(anchors, 4 * n, gts, 4 * g);
      if (value > iouMax[n]) {
        iouMax[n] = value;
        matchedGt[n] = g;
      }
      if (value > best[g].iou) best[g] = { iou: value, anchors: [n] };
      else if (value > 0 && value === best[g].iou) best[g].anchors.push(n);
    }
  }
  return { iouMax, matchedGt, best };
}

/** 라벨(양성 1, 음성 0, 무시 −1)과 강제 매칭 여부 */
export function labelAnchors({ iouMax, best }, posThr, negThr, forceMatch) {
  const labels = Int8Array.from(iouMax, (v) => (v >= posThr ? 1 : v < negThr ? 0 : -1));
  const forced = new Uint8Array(iouMax.length);
  if (forceMatch) {
    for (const n of best.flatMap((gt) => gt.anchors)) {
      if (labels[n] !== 1) forced[n] = 1;
    }
    forced.forEach((isForced, n) => {
      if (isForced) labels[n] = 1;
    });
  }
  return { labels, forced };
}

/** 스케일 × 종횡비(높이/너비)의 [너비, 높이] 목록. 스케일이 바깥 순서입니다. */
export function anchorShapes(scales, ratios) {
  return scales.flatMap((scale) =>
    ratios.map((ratio) => [scale / Math.sqrt(ratio), scale * Math.sqrt(ratio)]),
  );
}

/**
 * 규칙적인 격자에서 정답마다 얻을 수 있는 가장 큰 IoU.
 * 모양이 같으면 중심이 가까운 칸일수록 많이 겹치므로, 가장 가까운 칸만 보면 됩니다.
 */
export function bestIouOnGrid(boxes, { imageSize, stride, scales, ratios }) {
  const shapes = anchorShapes(scales, ratios);
  const [rows, columns] = imageSize.map((size) => Math.ceil(size / stride));
  const nearest = (value, cells) =>
    (Math.min(Math.max(Math.floor(value / stride), 0), cells - 1) + 0.5) * stride;
  const best = new Float64Array(boxes.length / 4);
  for (let g = 0; g < best.length; g++) {
    const [x, y] = toCenter(boxes.subarray(4 * g, 4 * g + 4));
    const [cx, cy] = [nearest(x, columns), nearest(y, rows)];
    for (const [w, h] of shapes) {
      const anchor = [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2];
      best[g] = Math.max(best[g], pairIou(anchor, 0, boxes, 4 * g));
    }
  }
  return best;
}

/** 손계산이 이만큼 다르면 맞은 것으로 봅니다. 실수를 알아볼 때도 같습니다. */
export const GUESS_TOLERANCE = 0.01;

// 3분 연습에서 흔한 실수. value는 그렇게 계산했을 때의 값입니다. 쓰는 이름: 정답의 g(중심이나 변),
// size(변), low(왼쪽·위쪽 변의 자리)와 앵커의 ga, sizeA, lowA, 앵커의 다른 쪽 변 otherA.
const SHIFT_SLIPS = [
  {
    name: "sign", value: ({ g, ga, sizeA }) => (ga - g) / sizeA,
    says: ({ plus }) => `부호가 반대입니다. 정답의 중심에서 앵커의 중심을 빼고, ${plus}이 +입니다.`,
  },
  {
    name: "exchanged", value: ({ g, ga, size }) => (ga - g) / size,
    says: () => "앵커와 정답을 서로 바꾸어 넣었습니다. 앵커에서 정답으로 가는 값을 구합니다.",
  },
  {
    name: "pixels", value: ({ g, ga }) => g - ga,
    says: ({ side }) => `중심의 차이(픽셀)에서 멈추었습니다. 앵커의 ${side}로 나눕니다.`,
  },
  {
    name: "pixels_sign", value: ({ g, ga }) => ga - g,
    says: ({ side, plus }) => `앵커의 ${side}로 나누지 않았고 부호도 반대입니다. ${plus}이 +입니다.`,
  },
  {
    name: "gt_side", value: ({ g, ga, size }) => (g - ga) / size,
    says: ({ side }) => `정답의 ${side}로 나누었습니다. 나누는 수는 앵커의 ${side}입니다.`,
  },
  {
    name: "other_side", value: ({ g, ga, otherA }) => (g - ga) / otherA,
    says: ({ side, other, axis }) => `앵커의 ${other}로 나누었습니다. ${axis} 방향은 ${side}로 나눕니다.`,
  },
  {
    name: "corner", value: ({ low, lowA, sizeA }) => (low - lowA) / sizeA,
    says: ({ edge }) => `${edge} 변끼리 뺐습니다. 중심끼리 뺍니다.`,
  },
  {
    name: "log_of_center", value: ({ g, ga }) => Math.log(g / ga),
    says: () => "중심에 log를 썼습니다. log는 너비와 높이에만 씁니다.",
  },
];
const SIZE_SLIPS = [
  {
    name: "exchanged", value: ({ g, ga }) => Math.log(ga / g),
    says: ({ side }) => `부호가 반대입니다. 앵커와 정답이 바뀌었으니 정답의 ${side}를 앵커의 ${side}로 나눕니다.`,
  },
  {
    name: "ratio", value: ({ g, ga }) => g / ga,
    says: () => "비율에서 멈추었습니다. 그 비율에 log를 씌웁니다.",
  },
  {
    name: "ratio_exchanged", value: ({ g, ga }) => ga / g,
    says: () => "앵커를 정답으로 나눈 비율입니다. 정답을 앵커로 나누고 log를 씌웁니다.",
  },
  {
    name: "ratio_minus_one", value: ({ g, ga }) => g / ga - 1,
    says: ({ side }) => `위치처럼 차이를 앵커의 ${side}로 나누었습니다. 크기는 비율의 log입니다.`,
  },
  {
    name: "pixels", value: ({ g, ga }) => g - ga,
    says: ({ side }) => `${side}의 차이(픽셀)에서 멈추었습니다. 크기는 비율의 log입니다.`,
  },
  {
    name: "log10", value: ({ g, ga }) => Math.log10(g / ga),
    says: () => "상용로그(밑 10)를 썼습니다. 자연로그(ln)를 씁니다.",
  },
  {
    name: "log2", value: ({ g, ga }) => Math.log2(g / ga),
    says: () => "밑이 2인 로그를 썼습니다. 자연로그(ln)를 씁니다.",
  },
  {
    name: "log_before_division", value: ({ g, ga }) => Math.log(g) / ga,
    says: () => "정답에만 log를 씌우고 나누었습니다. 먼저 나누고 그 비율에 log를 씌웁니다.",
  },
  {
    name: "other_side", value: ({ g, otherA }) => Math.log(g / otherA),
    says: ({ side, other }) => `앵커의 ${other}로 나누었습니다. ${side}는 ${side}로 나눕니다.`,
  },
];
const COARSE = {
  name: "coarse", value: ({ right }) => Math.round(right * 10) / 10,
  says: () => "소수 첫째 자리에서 반올림했습니다. 둘째 자리까지 적습니다.",
};
const AXES = [
  { axis: "가로", side: "너비", other: "높이", plus: "오른쪽", edge: "왼쪽" },
  { axis: "세로", side: "높이", other: "너비", plus: "아래쪽", edge: "위쪽" },
];

/**
 * index번째 오프셋의 추측이 맞았는지, 아니면 어느 실수의 값과 같은지. 이 문제에서 여러 실수의 값이
 * 같으면 모두 돌려줍니다. 맞은 값과 구별되지 않는 실수는 실수로 보지 않습니다.
 */
export function judgeGuess(index, anchor, gt, guess) {
  const right = encode(anchor, gt)[index];
  const error = guess - right;
  const isNear = (value) => Math.abs(guess - value) <= GUESS_TOLERANCE;
  if (isNear(right)) return { right: true, error, slips: [] };
  const [a, g, k] = [toCenter(anchor), toCenter(gt), index % 2];
  const parts = {
    right, g: g[index], ga: a[index], size: g[k + 2], sizeA: a[k + 2],
    otherA: a[3 - k], low: gt[k], lowA: anchor[k],
  };
  const slips = [...(index < 2 ? SHIFT_SLIPS : SIZE_SLIPS), COARSE]
    .filter(({ value }) => isNear(value(parts)))
    .map(({ name, says }) => ({ name, says: says(AXES[k]) }));
  return { right: false, error, slips };
}
