"""anchorbox-grade가 채점한 과제를 nbgrader의 자동 채점이 덮어쓰지 못하게 합니다.

``nbgrader_config.py``가 :func:`protect`를 부릅니다. 명령줄의 ``nbgrader autograde --force``도,
formgrader의 번개 단추도 같은 곳을 지나므로 함께 막힙니다.
"""

import json
from pathlib import Path

from anchorbox_utils.files import write_atomically

LOCK = ".anchorbox-judged.json"


def judged(course, assignment):
    """그 과제에서 anchorbox-grade가 채점한 사람들."""
    try:
        told = json.loads((Path(course) / LOCK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return told.get(assignment, [])


def write_lock(course, assignment, learners):
    """``learners``의 ``assignment``를 지키게 합니다."""
    path = Path(course) / LOCK
    told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    told[assignment] = sorted(learners)
    write_atomically(path, json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8"))


def protect():
    """nbgrader의 자동 채점이 지키는 제출을 건너뛰게 합니다. 여러 번 불러도 같습니다."""
    from nbgrader.converters import Autograde

    if "init_destination" in vars(Autograde):
        return
    before = Autograde.init_destination

    def init_destination(self, assignment_id, student_id):
        if student_id in judged(self.coursedir.root, assignment_id):
            self.log.warning(
                "%s의 %s은(는) anchorbox-grade가 채점한 것이라 건너뜁니다. 다시 채점하려면 "
                "anchorbox-grade --gradebook을 쓰고, nbgrader로 채점하려면 %s에서 지우세요.",
                student_id,
                assignment_id,
                LOCK,
            )
            return False
        return before(self, assignment_id, student_id)

    Autograde.init_destination = init_destination
