"""한 사람이 보드를 막지 못하게 하는 한도. 넘은 사람은 잠시 기다릴 뿐, 소식을 잃지 않습니다."""

import math
from collections import OrderedDict

# (한꺼번에, 초마다). 소식은 오래 끊겼다 돌아와 쌓인 것을 보내도 되는 만큼, 참여는 한 주소를 함께
# 쓰는 교실이 한꺼번에 들어와도 되고 반 코드를 하나씩 넣어 보기에는 너무 느린 만큼입니다.
EVENTS = (1000, 30.0)
REQUESTS = (60, 10.0)
JOINS = (400, 10.0)
MOST_LEARNERS = 1000
# 한 사람이 한 반에서 보낼 수 있는 것. 세 시간 내내 1초에 한 번씩 검사해도 남습니다.
MOST_SENT = 20_000
# 기억해 두는 사람의 수. 넘으면 오래된 것부터 잊습니다.
_REMEMBERED = 5000


class Bucket:
    """열쇠마다 따로 차오르는 통.

    Examples:
        >>> bucket = Bucket((2, 1.0))
        >>> [bucket.wait("별이", 1, now) for now in (0.0, 0.0, 0.0, 1.0)]
        [0, 0, 1, 0]
    """

    def __init__(self, limits):
        self._most, self._rate = limits
        self._left = OrderedDict()

    def wait(self, key, count, now):
        """``count``만큼 써도 되면 쓰고 0을, 아니면 기다릴 초(올림)를 돌려줍니다."""
        left, since = self._left.pop(key, (self._most, now))
        left = min(self._most, left + (now - since) * self._rate)
        short = min(count, self._most) - left
        self._left[key] = (left if short > 0 else left - count, now)
        if len(self._left) > _REMEMBERED:
            self._left.popitem(last=False)
        return math.ceil(short / self._rate) if short > 0 else 0
