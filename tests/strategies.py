"""Hypothesis가 만드는 박스."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

COORDINATES = st.floats(-2000, 2000, allow_nan=False, width=32)
SIZES = st.floats(0.0625, 1000, allow_nan=False, width=32)


@st.composite
def boxes(draw, min_rows=0, max_rows=6, sizes=SIZES, dtype=np.float64):
    """(N, 4) xyxy 박스."""
    rows = draw(st.integers(min_rows, max_rows))
    corner = draw(hnp.arrays(dtype, (rows, 2), elements=COORDINATES))
    size = draw(hnp.arrays(dtype, (rows, 2), elements=sizes))
    return np.concatenate([corner, corner + size], axis=1)


@st.composite
def box_pairs(draw, **options):
    """행 수가 같은 두 묶음."""
    first = draw(boxes(**options))
    rows = len(first)
    return first, draw(boxes(**{**options, "min_rows": rows, "max_rows": rows}))
