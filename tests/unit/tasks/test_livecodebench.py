"""LiveCodeBench's tests, whose hidden ones come packed in a pickle."""

import base64
import json
import os
import pickle
import zlib
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.errors import InputError
from jisi.tasks.benchmarks.livecodebench import unpacked

from tests.unit.tasks.published import asked, jsonl, livecodebench, packed


class _Command:
    """What a hostile file holds: running it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._path),)


def _pickled(value: object) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


def test_programs_are_tested_by_their_output(tmp_path: Path) -> None:
    """Public and hidden tests both count, hidden ones packed as they are published."""
    (question,) = asked("livecodebench", jsonl(tmp_path / "test.jsonl", [livecodebench(1)]))

    assert question.reference == {
        "tests": [{"stdin": "1 2\n", "stdout": "3\n"}, {"stdin": "3 4\n", "stdout": "7\n"}],
        "seconds": 6.0,
    }
    assert "### Format: Read the inputs from stdin" in question.prompt


def test_functions_are_tested_by_what_they_return(tmp_path: Path) -> None:
    """With a starter code the method is called with the arguments, one a line; hidden tests may be plain JSON."""
    row = livecodebench(
        1,
        starter_code="class Solution:\n    def add(self, a: int, b: List[int]) -> int:\n        ",
        public_test_cases=json.dumps([{"input": "1\n[2, 3]", "output": "6", "testtype": "functional"}]),
        private_test_cases=json.dumps([{"input": "0\n[]", "output": "0", "testtype": "functional"}]),
        metadata=json.dumps({"func_name": "add"}),
    )

    (question,) = asked("livecodebench", jsonl(tmp_path / "test.jsonl", [row]))

    assert question.reference == {
        "tests": [{"arguments": [1, [2, 3]], "returns": 6}, {"arguments": [0, []], "returns": 0}],
        "seconds": 6.0,
        "entry_point": "add",
    }
    assert "```python\nclass Solution:\n    def add(self" in question.prompt


def test_a_hostile_pickle_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    """A pickle that asks for a function is an error in words, and the function is not called."""
    trap = tmp_path / "made"
    row = livecodebench(1, private_test_cases=_pickled(_Command(trap)))

    with pytest.raises(InputError, match=r"'private_test_cases' must be .*posix\.mkdir"):
        asked("livecodebench", jsonl(tmp_path / "test.jsonl", [row]))
    assert not trap.exists()


@pytest.mark.parametrize("value", [["a"], 3, OrderedDict(a=1), b"[]"])
def test_only_a_text_is_unpacked(value: object) -> None:
    """Any other value in the pickle is refused."""
    with pytest.raises((ValueError, pickle.UnpicklingError)):
        unpacked(_pickled(value))


def test_packed_tests_come_out_as_they_went_in() -> None:
    """A text of any characters survives."""
    tests = [{"input": "\u00e9\n", "output": "\U0001f600"}]

    assert json.loads(unpacked(packed(tests))) == tests


@given(st.binary(max_size=60))
def test_no_content_of_a_pickle_breaks_the_reader(content: bytes) -> None:
    """Arbitrary bytes in place of a pickle are an error of the kinds that are promised, or a text."""
    text = base64.b64encode(zlib.compress(content)).decode()
    with suppress(ValueError, pickle.UnpicklingError, EOFError):
        assert isinstance(unpacked(text), str)
