"""공개 이름과 가벼운 import."""

import subprocess
import sys

import pytest

import anchorbox_utils


@pytest.mark.parametrize("name", anchorbox_utils.__all__)
def test_every_public_name_is_documented_in_korean(name):
    value = getattr(anchorbox_utils, name)
    if callable(value):
        assert any("가" <= letter <= "힣" for letter in value.__doc__ or "")


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="box_uoi"):
        anchorbox_utils.box_uoi  # noqa: B018


def test_dir_lists_public_names():
    assert set(anchorbox_utils.__all__) <= set(dir(anchorbox_utils))


def test_import_loads_numpy_and_nothing_else():
    script = (
        "import sys, numpy; before = set(sys.modules); import anchorbox_utils;"
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert loaded == [
        "anchorbox_utils",
        "anchorbox_utils.boxes",
        "anchorbox_utils.nms",
        "anchorbox_utils.validation",
    ]


def test_nms_is_the_function_even_after_its_module_was_imported():
    script = "import anchorbox_utils.detector; from anchorbox_utils import nms; nms([], [])"
    subprocess.run([sys.executable, "-c", script], check=True)
