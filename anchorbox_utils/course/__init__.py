"""강좌 자체: 레슨마다의 사실, 진도, 처음 상태로 되돌리기.

- ``lessons``: 레슨마다의 사실. 손으로 고치는 것은 ``lessons.toml`` 하나이고, 노트북의 제목과
  카드, README의 표, 지도는 ``tools/course.py``가 거기서 만듭니다.
- ``progress``: 무엇을 읽고 통과했는지. 노트북 밖의 파일 하나입니다.
- ``cards``: 레슨의 끝과 지도에 나타나는 카드.
- ``restore``: 레슨을 처음 상태로 되돌립니다. 처음 상태는 ``copies/``에 있습니다.
- ``command``: 명령 ``anchorbox-reset``.
"""

from anchorbox_utils.course.cards import bug_board, certificate, course_map, finish_lesson
from anchorbox_utils.course.lessons import LESSONS, PAGES, Lesson, find_lesson, find_stem
from anchorbox_utils.course.progress import reset_progress, start_lesson
from anchorbox_utils.course.restore import reset_lesson

__all__ = [
    "LESSONS",
    "PAGES",
    "Lesson",
    "bug_board",
    "certificate",
    "course_map",
    "find_lesson",
    "find_stem",
    "finish_lesson",
    "reset_lesson",
    "reset_progress",
    "start_lesson",
]
