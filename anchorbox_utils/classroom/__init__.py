"""수업에 참여하기: 판정의 소식을 강사의 보드로 보냅니다. 참여하기 전에는 아무것도 보내지 않습니다.

- ``spool``: 아직 보내지 않은 소식을 디스크에 쌓아 둡니다. 커널이 죽어도 남습니다.
- ``sending``: 보드와의 연결, 뒤에서 보내고 다시 시도하는 실.
- ``seat``: 참여와 그만두기, 무엇을 보냈는지 보이기.

네트워크는 표준 라이브러리만 씁니다. 레슨은 보드가 없어도, 느려도, 꺼져도 그대로 돕니다.
"""

from anchorbox_utils.classroom.seat import join_class, leave_class

__all__ = ["join_class", "leave_class"]
