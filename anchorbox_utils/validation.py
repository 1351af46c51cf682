"""인수의 입구 검사: 인수의 종류마다 검사하는 함수가 하나씩 있습니다.

검사를 통과한 값은 쓰기 좋은 꼴(파이썬 수, 실수 배열, 난수 생성기)로 돌려줍니다. 통과하지 못하면
인수의 이름과 받은 값을, 배열이면 처음 틀린 자리까지 말하는 ValueError를 냅니다. 참과 거짓은 수가
아니고, 가린 값이 있는 배열(masked array)은 가린 것을 벗기지 않고 거절합니다.
"""

import reprlib
import sys
from collections.abc import Collection, Mapping, Set
from os import PathLike, fspath

import numpy as np

# 파이썬 정수는 끝없이 커질 수 있지만 float64로 셈할 수 있어야 합니다.
_LARGEST = sys.float_info.max
_MOST_COUNT = 2**63 - 1
# 리스트로 늘어놓아도 1 GB를 넘지 않을 개수. range(10**12)처럼 길이만 긴 것을 막습니다.
_MOST_ITEMS = 10**7
_SHORT = reprlib.Repr()
_SHORT.maxother = _SHORT.maxstring = _SHORT.maxlong = 80


def shown(value):
    """오류 메시지에 적을, 한 줄로 줄인 값입니다. 값을 글로 바꾸지 못해도 오류를 내지 않습니다.

    Examples:
        >>> shown(np.float64(0.5)), shown("xyxy"), shown(range(10**9))
        ('0.5', "'xyxy'", 'range(0, 1000000000)')
    """
    try:
        value = value.item() if isinstance(value, np.generic) else value
        return " ".join(_SHORT.repr(value).split())
    except Exception:
        return f"{type(value).__name__} 객체"


def refuse(name, wanted, value):
    """``wanted``여야 하는데 아니라는 ValueError를 냅니다. ``wanted``는 받침 없는 글로 끝납니다."""
    raise ValueError(f"{name}: {wanted}여야 하는데 {shown(value)}입니다.")


def refuse_rows(bad, rows, name, reason):
    """``bad``가 참인 첫 행을 이름과 값으로 가리키며 ValueError를 냅니다."""
    if bad.any():
        first = int(np.argmax(bad))
        others = int(bad.sum()) - 1
        more = f" (이런 행이 {others}개 더 있습니다)" if others else ""
        raise ValueError(f"{name}[{first}]: {reason(rows[first])} 값: {rows[first].tolist()}{more}")


def refuse_values(bad, values, name, wanted):
    """``bad``가 참인 첫 자리를 번호와 값으로 가리키며 ValueError를 냅니다."""
    if bad.any():
        place = tuple(np.argwhere(bad)[0].tolist())
        where = f"[{', '.join(map(str, place))}]" if place else ""
        refuse(f"{name}{where}", wanted, values[place])


def as_number(value, name, *, least=None, most=None, above=None, below=None):
    """유한한 수를 파이썬 수로 돌려줍니다.

    파이썬 수로 바꾸어야 float32 배열과 견줄 때 float32로 셈합니다. ``np.float64(0.7)``과 견주면
    float32의 0.7이 0.7보다 작아집니다.

    Args:
        value: 정수나 실수. NumPy의 수도 됩니다.
        name: 오류 메시지에 쓸 인수 이름.
        least, most: 이 값 이상, 이하.
        above, below: 이 값 초과, 미만.

    Raises:
        ValueError: 수가 아니거나, 유한하지 않거나, 범위를 벗어날 때.

    Examples:
        >>> as_number(np.float32(0.5), "pos_thr", least=0, most=1)
        0.5
        >>> as_number(True, "beta", least=0)
        Traceback (most recent call last):
            ...
        ValueError: beta: 0 이상의 수여야 하는데 True입니다.
    """
    kind = type(value)
    number = value if kind is float or kind is int else _plain_number(value)
    if (
        number is None
        or not -_LARGEST <= number <= _LARGEST
        or (least is not None and number < least)
        or (most is not None and number > most)
        or (above is not None and number <= above)
        or (below is not None and number >= below)
    ):
        refuse(name, _limits(least, most, above, below) + "수", value)
    return number


def as_fraction(value, name):
    """0 이상 1 이하의 수를 파이썬 실수로 돌려줍니다.

    Examples:
        >>> as_fraction(1, "pos_thr")
        1.0
        >>> as_fraction(None, "pos_thr")
        Traceback (most recent call last):
            ...
        ValueError: pos_thr: 0 이상 1 이하의 수여야 하는데 None입니다.
    """
    return float(as_number(value, name, least=0, most=1))


def as_count(value, name, least=0, most=_MOST_COUNT):
    """정수를 파이썬 정수로 돌려줍니다. 3.0은 정수가 아닙니다.

    Examples:
        >>> as_count(np.int64(3), "n_objects")
        3
        >>> as_count(2.5, "n_objects", most=100)
        Traceback (most recent call last):
            ...
        ValueError: n_objects: 0 이상 100 이하의 정수여야 하는데 2.5입니다.
    """
    number = value if type(value) is int else _plain_number(value)
    if type(number) is not int or number < least or (most is not None and number > most):
        refuse(name, _limits(least, None if most == _MOST_COUNT else most) + "정수", value)
    return number


def as_seed(value, name="seed"):
    """난수의 시드를 파이썬 정수로 돌려줍니다. 0 이상이면 아무리 커도 됩니다.

    Examples:
        >>> as_seed(7)
        7
    """
    return as_count(value, name, most=None)


def as_generator(rng, name="rng"):
    """``numpy.random.Generator``는 그대로, 시드(정수)는 생성기로 바꾸어 돌려줍니다.

    Examples:
        >>> int(as_generator(0).integers(10))
        8
        >>> as_generator(None)
        Traceback (most recent call last):
            ...
        ValueError: rng: numpy.random.Generator나 0 이상의 정수여야 하는데 None입니다.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    number = _plain_number(rng)
    if type(number) is not int or number < 0:
        refuse(name, "numpy.random.Generator나 0 이상의 정수", rng)
    return np.random.default_rng(number)


def as_image_size(image_size, name="image_size"):
    """(높이, 너비)를 검사해 두 수로 돌려줍니다. 한 변이 10억 픽셀을 넘는 이미지는 없습니다.

    Examples:
        >>> as_image_size((480, 640))
        (480, 640)
        >>> as_image_size((480, 0))
        Traceback (most recent call last):
            ...
        ValueError: image_size: (높이, 너비)는 0보다 큰 두 수여야 하는데 (480, 0)입니다.
    """
    return as_pair(image_size, name, "(높이, 너비)는 0보다 큰 두 수", above=0, most=10**9)


def as_pair(values, name, wanted, **limits):
    """두 수를 검사해 튜플로 돌려줍니다. ``limits``는 :func:`as_number`의 것입니다.

    Examples:
        >>> as_pair([0.5, 2], "ratio_range", "(최솟값, 최댓값)인 두 수", above=0)
        (0.5, 2)
    """
    try:
        first, second = as_list(values, name)
        return as_number(first, name, **limits), as_number(second, name, **limits)
    except ValueError:
        refuse(name, wanted, values)


def as_range(values, name, **limits):
    """(최솟값, 최댓값)을 검사해 튜플로 돌려줍니다. ``limits``는 :func:`as_number`의 것입니다.

    Examples:
        >>> as_range((32, 96), "size_range", above=0)
        (32, 96)
        >>> as_range((2, 0.5), "ratio_range", above=0)
        Traceback (most recent call last):
            ...
        ValueError: ratio_range: 최솟값(2)이 최댓값(0.5)보다 클 수 없습니다.
    """
    low, high = as_pair(values, name, f"(최솟값, 최댓값)은 {_limits(**limits)}두 수", **limits)
    if low > high:
        raise ValueError(f"{name}: 최솟값({low})이 최댓값({high})보다 클 수 없습니다.")
    return low, high


def as_choice(value, name, options, kind="값"):
    """``options``에 있는 글인지 봅니다.

    Examples:
        >>> as_choice("xyxy", "fmt", ("xyxy", "xywh"))
        'xyxy'
        >>> as_choice({}, "fmt", ("xyxy", "xywh"), "형식")
        Traceback (most recent call last):
            ...
        ValueError: fmt: {}는 모르는 형식입니다. 가능한 값: xyxy, xywh
    """
    if not (isinstance(value, str) and value in options):
        raise ValueError(
            f"{name}: {shown(value)}는 모르는 {kind}입니다. 가능한 값: {', '.join(options)}"
        )
    return value


def as_flag(value, name):
    """참과 거짓을 파이썬 bool로 돌려줍니다. ``"no"``나 1을 참으로 여기지 않습니다.

    Examples:
        >>> as_flag(np.True_, "force_match")
        True
    """
    if not isinstance(value, (bool, np.bool_)):
        refuse(name, "True나 False", value)
    return bool(value)


def as_instance(value, name, kind):
    """``kind``의 객체인지 봅니다.

    Examples:
        >>> as_instance(3, "grid", np.ndarray)
        Traceback (most recent call last):
            ...
        ValueError: grid: ndarray 객체가 필요한데 int 객체입니다. 값: 3
    """
    if not isinstance(value, kind):
        raise ValueError(
            f"{name}: {kind.__name__} 객체가 필요한데 {type(value).__name__} 객체입니다. "
            f"값: {shown(value)}"
        )
    return value


def as_callable(value, name):
    """부를 수 있는 것(함수)인지 봅니다.

    Examples:
        >>> as_callable(len, "match") is len
        True
    """
    if not callable(value):
        refuse(name, "함수", value)
    return value


def as_text(value, name):
    """글(str)인지 봅니다.

    Examples:
        >>> as_text("앵커", "names[0]")
        '앵커'
    """
    if not isinstance(value, str):
        refuse(name, "글자(str)", value)
    return str(value)


def as_texts(values, name):
    """글의 묶음을 튜플로 돌려줍니다.

    Examples:
        >>> as_texts(["개", "고양이"], "class_names")
        ('개', '고양이')
    """
    return tuple(as_text(value, f"{name}[{i}]") for i, value in enumerate(as_list(values, name)))


def as_path(value, name="path"):
    """파일이나 폴더의 경로를 글로 돌려줍니다. 빈 글과 NUL이 든 글은 경로가 아닙니다.

    Examples:
        >>> as_path("labels")
        'labels'
    """
    try:
        text = fspath(value) if isinstance(value, (str, PathLike)) else None
    except Exception:
        text = None
    if not isinstance(text, str) or not text or "\0" in text:
        refuse(name, "파일이나 폴더의 경로", value)
    return text


def as_paths(value, name="path"):
    """경로 하나나 경로의 목록을, 받은 꼴 그대로 글로 돌려줍니다.

    Examples:
        >>> as_paths("labels"), as_paths(["a.txt", "b.txt"])
        ('labels', ['a.txt', 'b.txt'])
    """
    if isinstance(value, (list, tuple)):
        return [as_path(one, f"{name}[{i}]") for i, one in enumerate(value)]
    return as_path(value, name)


def as_image(image, name="image", color=False):
    """그릴 수 있는 이미지, 곧 (H, W, 3)이나 (H, W)인 uint8 또는 0~1 실수인지 봅니다.

    ``color``면 (H, W, 3)만 받습니다.

    Examples:
        >>> as_image(np.zeros((4, 6, 3))).shape
        (4, 6, 3)
        >>> as_image(np.full((4, 6), 2.0))
        Traceback (most recent call last):
            ...
        ValueError: image: 실수 이미지는 0 이상 1 이하여야 하는데 최솟값 2, 최댓값 2입니다.
    """
    image = _as_array(image, name)
    kinds = {3: "(H, W, 3)"} if color else {3: "(H, W, 3)", 2: "(H, W)"}
    if image.ndim not in kinds or image.shape[2:] not in ((), (3,)) or image.size == 0:
        told = " 또는 ".join(kinds.values())
        raise ValueError(f"{name}: 모양이 {told}여야 하는데 {image.shape}입니다.")
    if image.dtype != np.uint8:
        if image.dtype.kind != "f":
            raise ValueError(f"{name}: uint8이나 실수여야 하는데 자료형이 {image.dtype}입니다.")
        if not ((image >= 0) & (image <= 1)).all():
            raise ValueError(
                f"{name}: 실수 이미지는 0 이상 1 이하여야 하는데 "
                f"최솟값 {image.min():g}, 최댓값 {image.max():g}입니다."
            )
    return image


def as_list(values, name, most=_MOST_ITEMS):
    """차례가 있는 묶음을 리스트로 돌려줍니다. 글, 사전, 집합, 끝을 모르는 생성기는 아닙니다.

    Args:
        values: 리스트, 튜플, 배열처럼 길이와 차례가 있는 것.
        name: 오류 메시지에 쓸 인수 이름.
        most: 담을 수 있는 가장 많은 개수.

    Raises:
        ValueError: 묶음이 아니거나 너무 길 때.

    Examples:
        >>> as_list(np.array([8, 16]), "strides")
        [np.int64(8), np.int64(16)]
        >>> as_list({8, 16}, "strides")
        Traceback (most recent call last):
            ...
        ValueError: strides: 리스트나 튜플이어야 하는데 {8, 16}입니다.
    """
    if type(values) is list or type(values) is tuple:
        ordered = True
    else:
        unordered = (str, bytes, bytearray, memoryview, Mapping, Set)
        ordered = isinstance(values, Collection) and not isinstance(values, unordered)
        # 0차원 배열은 len이 TypeError를 냅니다.
        ordered = ordered and getattr(values, "ndim", 1) > 0 and not _is_masked(values)
    if not ordered:
        raise ValueError(f"{name}: 리스트나 튜플이어야 하는데 {shown(values)}입니다.")
    try:
        length = len(values)
        listed = list(values) if length <= most else None
    except Exception:
        # 남의 클래스의 __len__과 __iter__는 무엇이든 낼 수 있습니다.
        raise ValueError(f"{name}: 리스트로 바꿀 수 없는 값입니다. 값: {shown(values)}") from None
    if listed is None:
        raise ValueError(f"{name}: {most:,}개까지 쓸 수 있는데 {length:,}개입니다.")
    return listed


def as_numbers(values, name, *, length=1000, **limits):
    """수 하나나 수의 목록을 검사해 수의 리스트로 돌려줍니다. 빈 목록은 받지 않습니다.

    Args:
        values: 수 하나, 또는 수의 목록.
        name: 오류 메시지에 쓸 인수 이름.
        length: 담을 수 있는 가장 많은 개수.
        limits: :func:`as_number`의 ``least``, ``most``, ``above``, ``below``.

    Examples:
        >>> as_numbers((8, 16), "strides", above=0)
        [8, 16]
        >>> as_numbers([8, -1], "strides", above=0)
        Traceback (most recent call last):
            ...
        ValueError: strides[1]: 0보다 큰 수여야 하는데 -1입니다.
    """
    if _plain_number(values) is not None:
        return [as_number(values, name, **limits)]
    listed = as_list(values, name, length)
    if not listed:
        raise ValueError(f"{name}: 비어 있습니다. 하나 이상 주세요.")
    return [as_number(value, f"{name}[{i}]", **limits) for i, value in enumerate(listed)]


def is_nested(values):
    """목록의 목록인지. 값은 검사하지 않습니다.

    Examples:
        >>> is_nested([[8], [16]]), is_nested([8, 16]), is_nested(8)
        (True, False, False)
    """
    if not isinstance(values, (list, tuple, np.ndarray)) or getattr(values, "ndim", 1) == 0:
        return False
    return any(isinstance(one, (list, tuple)) or getattr(one, "ndim", 0) for one in values)


def as_real_array(values, name, shape=None):
    """유한한 실수 배열로 바꿉니다. float32는 그대로, 나머지 수는 float64로 둡니다.

    정수와 uint8도 바꿉니다. uint8 뺄셈은 256에서 되돌아가므로 계산 전에 바꿔야 합니다.

    Args:
        values: 배열이나 리스트.
        name: 오류 메시지에 쓸 인수 이름.
        shape: ``("N", 4)``처럼 글은 아무 길이, 수는 꼭 그 길이. 없으면 아무 모양이나 됩니다.

    Raises:
        ValueError: 수의 배열이 아니거나, 모양이 다르거나, NaN·무한대가 있을 때.

    Examples:
        >>> as_real_array([1, 2], "scores", ("N",))
        array([1., 2.])
        >>> as_real_array([1, np.nan], "scores")
        Traceback (most recent call last):
            ...
        ValueError: scores[1]: 유한한 수여야 하는데 nan입니다.
    """
    array = real_array(values, name, shape)
    if not np.isfinite(array).all():
        refuse_values(~np.isfinite(array), array, name, "유한한 수")
    return array


def real_array(values, name, shape=None):
    """NaN과 무한대도 받는 :func:`as_real_array`입니다. 어느 행이 틀렸는지 따로 말할 때 씁니다.

    Examples:
        >>> real_array([[0, 0, np.nan, 4]], "boxes", ("N", 4))
        array([[ 0.,  0., nan,  4.]])
    """
    array = _as_array(values, name)
    if shape is not None:
        array = _shaped(array, name, shape)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name}: 숫자 배열이어야 하는데 자료형이 {array.dtype}입니다.")
    if array.dtype.char in "fd":
        return array
    with np.errstate(over="ignore"):
        return array.astype(np.float64)


def as_integer_array(values, name, shape=("N",), least=-_MOST_COUNT, most=_MOST_COUNT):
    """정수 배열을 int64로 바꿉니다. 실수 배열이면 모두 정수일 때만 받습니다.

    Examples:
        >>> as_integer_array([0.0, 2.0], "class_ids")
        array([0, 2])
        >>> as_integer_array([0, 1.5], "class_ids")
        Traceback (most recent call last):
            ...
        ValueError: class_ids[1]: 정수여야 하는데 1.5입니다.
    """
    array = _shaped(_as_array(values, name), name, shape)
    if array.dtype.kind not in "iuf":
        hint = " 참/거짓이라면 np.flatnonzero로 번호를 구하세요." if array.dtype == bool else ""
        raise ValueError(f"{name}: 정수 배열이어야 하는데 자료형이 {array.dtype}입니다.{hint}")
    if array.dtype.kind == "f":
        # 2**63부터는 int64로 옮길 수 없습니다.
        whole = (array == np.floor(array)) & (np.abs(array) < _MOST_COUNT)
        refuse_values(~whole, array, name, "정수")
    outside = (array < least) | (array > most)
    if outside.any():
        limits = (None if abs(end) == _MOST_COUNT else end for end in (least, most))
        refuse_values(outside, array, name, _limits(*limits) + "정수")
    return array.astype(np.int64, copy=False)


def as_boolean_array(values, name, shape=("N",)):
    """참과 거짓의 배열인지 봅니다. 빈 리스트도 됩니다.

    Examples:
        >>> as_boolean_array([True, False], "crowd")
        array([ True, False])
    """
    array = _shaped(_as_array(values, name), name, shape)
    if array.dtype != bool and array.size:
        raise ValueError(f"{name}: 참/거짓 배열이어야 하는데 자료형이 {array.dtype}입니다.")
    return array.astype(bool, copy=False)


def refuse_overflow(result, cause, name):
    """계산 결과에 무한대나 NaN이 있으면, 그렇게 만든 인수의 행을 가리키며 ValueError를 냅니다.

    Examples:
        >>> refuse_overflow(np.array([[1.0]]), np.array([[2.0]]), "deltas")
        array([[1.]])
    """
    bad = ~np.isfinite(result)
    if bad.any():
        bad = bad.any(axis=-1) if bad.ndim > 1 else bad
        place = tuple(np.argwhere(bad)[0].tolist())
        where = f"[{', '.join(map(str, place))}]" if place else ""
        raise ValueError(
            f"{name}{where}: 계산 결과가 {result.dtype} 범위를 넘습니다. "
            f"값: {cause[place].tolist()}"
        )
    return result


def check_same_length(first, second, first_name, second_name):
    """같은 번호끼리 짝을 짓는 두 배열의 행 수가 같은지 봅니다."""
    if len(first) != len(second):
        raise ValueError(
            f"{first_name}는 {len(first)}행, {second_name}는 {len(second)}행입니다. "
            "같은 번호끼리 짝이 되도록 행 수를 맞추세요."
        )


def _plain_number(value):
    """파이썬 수. 수가 아니면 None입니다."""
    # bool은 int의, timedelta64는 np.integer의 하위 클래스입니다.
    if isinstance(value, (bool, np.timedelta64)):
        return None
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value)
    if type(value) is np.ndarray and value.ndim == 0:
        return _plain_number(value[()])
    return None


def _limits(least=None, most=None, above=None, below=None):
    """범위를 말하는 글. 범위가 없으면 "유한한 "입니다."""
    words = [
        f"{limit:,} {word}"
        for limit, word in ((least, "이상"), (above, "초과"), (most, "이하"), (below, "미만"))
        if limit is not None
    ]
    if (above, most, below) == (0, None, None):
        return "0보다 큰 "
    return " ".join(words) + "의 " if words else ""


def _as_array(values, name):
    if type(values) is np.ndarray:
        return values
    if isinstance(values, range):
        values = as_list(values, name)
    try:
        if not _has_masked(values):
            return np.asarray(values)
    except ValueError:
        raise ValueError(
            f"{name}: 행마다 값의 개수가 다릅니다. 모든 행의 길이를 맞추세요."
        ) from None
    except Exception as error:
        # 남의 클래스의 __array__는 무엇이든 낼 수 있습니다.
        raise ValueError(
            f"{name}: 배열로 바꿀 수 없는 값입니다({type(error).__name__}). 값: {shown(values)}"
        ) from None
    raise ValueError(
        f"{name}: 가린 값이 있는 배열(masked array)은 받지 않습니다. 가린 값을 빼거나 채운 다음 "
        "주세요."
    )


def _has_masked(values):
    """배열이나 그 안의 행, 수 하나가 가린 배열인지."""
    if isinstance(values, (list, tuple)):
        kinds = set(map(type, values))
        if any(map(_is_masked_type, kinds)):
            return True
        return not kinds.isdisjoint((list, tuple)) and any(map(_has_masked, values))
    return _is_masked(values)


def _is_masked(value):
    return _is_masked_type(type(value))


def _is_masked_type(kind):
    # numpy.ma는 쓰는 사람만 불러오게 여기서 가져오지 않습니다. 없으면 가린 배열도 없습니다.
    masked = sys.modules.get("numpy.ma")
    return masked is not None and issubclass(kind, masked.MaskedArray)


def _shaped(array, name, shape):
    if array.ndim == 1 and array.size == 0 and len(shape) > 1:
        array = array.reshape([0, *(0 if isinstance(size, str) else size for size in shape[1:])])
    if len(array.shape) != len(shape) or any(
        have != want
        for have, want in zip(array.shape, shape, strict=True)
        if not isinstance(want, str)
    ):
        told = f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
        hint = " 한 줄이라면 [[...]]처럼 한 번 더 감싸세요." if array.shape == shape[1:] else ""
        raise ValueError(f"{name}: 모양이 {told}여야 하는데 {array.shape}입니다.{hint}")
    return array
