"""강사의 도구. 학습자와 실무자가 쓰는 것은 :mod:`anchorbox_utils`에 있고, 거기서는 여기를 모릅니다.

- ``judge``: 과제를 학습자의 코드가 닿지 못하는 곳에서 채점합니다(``anchorbox-grade``).
- ``kit``: 진행표, 강사 노트, 슬라이드, USB 꾸러미(``anchorbox-workshop``).
- ``board``: 지금 교실에 어떤 오개념이 사는지 수업 중에 봅니다(``anchorbox-board``).
"""
