"""과제를 학습자의 코드가 닿지 못하는 곳에서 채점합니다. 명령은 ``anchorbox-grade``입니다.

- ``submissions``, ``notebook``: 폴더와 압축 파일에서 제출을 찾고, 노트북의 글을 읽습니다.
- ``wall``, ``limits``: bubblewrap, seccomp, rlimit로 세운 벽과 그 안의 포크 서버.
- ``inmate``, ``codec``: 벽 안에서 도는 것과, 벽을 넘는 데이터.
- ``grading``: 벽 너머의 결과를 ``check``와 같은 엔진으로 판정합니다.
- ``classroom``, ``work``: 반 전체를 여러 프로세스나 여러 컴퓨터에서 나누어 채점합니다.
- ``records``: 채점한 기록. 이어서 하고, 다시 해도 같습니다.
- ``people``: 사람이 정하는 일. 한 사람만 다시 채점하기, 판정을 바꾸기, 지우기.
- ``tables``, ``pages``, ``clusters``: 성적표, 학습자와 강사의 페이지, 같은 오답끼리 묶은 것.
- ``gradebook``: nbgrader의 성적부에 옮겨 적습니다.
- ``command``: 명령.
"""
