"""nbgrader 설정. 이 저장소를 그대로 nbgrader의 과목 폴더로 쓸 수 있습니다.

숨은 검사의 숫자는 채점할 때의 환경 변수 ANCHORBOX_SEED에서 정해집니다. 아무 글이나 좋고, 적어 두면
다시 채점해도 같은 숫자가 나옵니다. 없으면 채점할 때마다 새 숫자를 씁니다.

    ANCHORBOX_SEED="우리 반만 아는 글" nbgrader autograde 01_formula
"""

import contextlib

# anchorbox-grade --gradebook이 적은 점수를 자동 채점이 덮어쓰지 못하게 합니다.
with contextlib.suppress(ImportError):
    from anchorbox_workshop.judge.nbgrader_guard import protect

    protect()

c = get_config()  # noqa: F821  nbgrader가 이 파일을 읽을 때 넣어 주는 이름입니다.

c.CourseDirectory.course_id = "anchor-box"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

c.ClearSolutions.code_stub = {
    "python": 'raise NotImplementedError("이 줄을 지우고 여기에 코드를 작성하세요.")'
}
c.ClearSolutions.text_stub = "*이 줄을 지우고 여기에 글을 쓰세요.*"
c.Execute.timeout = 60
c.Execute.shutdown_kernel = "immediate"
# 지워진 검사 칸은 채점할 때 되살립니다.
c.OverwriteCells.add_missing_cells = True
