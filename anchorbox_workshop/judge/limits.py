"""벽 안에서 할 수 있는 일의 한계. 모두 수입니다."""

from dataclasses import asdict, dataclass

from anchorbox_utils.feedback import TIME_LIMIT


@dataclass(frozen=True)
class Limits:
    """한 문제를 채점하는 동안의 한계.

    Attributes:
        cpu_seconds: 계산에 쓸 수 있는 CPU 시간.
        memory_bytes: 주소 공간.
        wall_seconds: 시작에서 끝까지.
        silence_seconds: 소식 없이 조용한 시간. 함수를 한 번 부르는 제한이기도 합니다.
        statement_seconds: 함수 밖의 한 문장. 넘기면 그 문장만 건너뜁니다.
        output_bytes: 벽을 넘어 나오는 것 모두.
        array_bytes: 배열 하나.
        items: 리스트, 튜플, 사전 하나의 길이.
        text: 글 하나의 길이.
        descriptors: 열 수 있는 파일의 수. 쓰는 것은 하나도 열 수 없습니다.
        calls: 불러 써도 되는 라이브러리 함수를 부르는 횟수.
        notebook_bytes: 노트북 파일 하나.
        attempts: 채점하던 프로세스가 죽었을 때까지 쳐서, 한 제출을 시도하는 횟수.

    Examples:
        >>> Limits().cpu_seconds
        5
    """

    cpu_seconds: int = 5
    memory_bytes: int = 1 << 30
    wall_seconds: float = 8.0
    silence_seconds: float = TIME_LIMIT
    statement_seconds: float = 1.0
    output_bytes: int = 8 << 20
    array_bytes: int = 4 << 20
    items: int = 20_000
    text: int = 500
    descriptors: int = 32
    calls: int = 20_000
    notebook_bytes: int = 5 << 20
    attempts: int = 2

    def as_dict(self):
        """이름과 수의 사전."""
        return asdict(self)


LIMITS = Limits()
