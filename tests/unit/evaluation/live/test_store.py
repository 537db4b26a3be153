"""Calls on disk."""

import subprocess
import sys
from pathlib import Path

import pytest
from jisi.evaluation.live.store import CallStore, KeptAnswer
from jisi.llm.usage import NO_USAGE, Usage

USAGE = Usage(prompt_tokens=7, completion_tokens=11, reasoning_tokens=3, counted=True)
ANSWER = KeptAnswer(text="It is 4.", cut_off=True, usage=USAGE, seconds=1.5)

_KILLED = """
import os, signal, sys
from pathlib import Path
from jisi.evaluation.live.store import CallStore, KeptAnswer
from jisi.llm.usage import NO_USAGE

store = CallStore(Path(sys.argv[1]))
store.keep("first", "able", KeptAnswer(text="kept", cut_off=False, usage=NO_USAGE, seconds=0.0))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file in a folder that is not there yet."""
    return tmp_path / "live" / "calls.sqlite"


def test_an_answer_is_found_again(file: Path) -> None:
    """By another process, too, and whole."""
    with CallStore(file) as store:
        assert store.answer("key") is None
        store.keep("key", "able", ANSWER)

    with CallStore(file) as store:
        assert store.answer("key") == ANSWER
        assert store.answer("other") is None


def test_the_first_answer_stays(file: Path) -> None:
    """Two runs at once may buy the same; later runs then see one answer."""
    with CallStore(file) as one, CallStore(file) as other:
        one.keep("key", "able", ANSWER)
        other.keep("key", "able", KeptAnswer(text="It is 5.", cut_off=False, usage=NO_USAGE, seconds=0.0))

        assert other.answer("key") == ANSWER


def test_a_failure_is_no_answer(file: Path) -> None:
    """Failures are counted, and the question stays open until it is answered."""
    with CallStore(file) as store:
        for _ in range(2):
            store.keep_failure("key", "able", "endpoint_error", usage=NO_USAGE, seconds=0.5)
        assert (store.answer("key"), store.failures()) == (None, 2)

        store.keep("key", "able", ANSWER)
        store.keep_failure("key", "able", "endpoint_error", usage=NO_USAGE, seconds=0.5)
        assert (store.answer("key"), store.failures()) == (ANSWER, 3)


def test_a_killed_process_loses_nothing(file: Path) -> None:
    """What was kept is there whatever became of who kept it."""
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(file)], check=False)

    assert ended.returncode == -9
    with CallStore(file) as store:
        found = store.answer("first")
    assert found is not None
    assert found.text == "kept"


def test_text_that_no_file_can_hold(file: Path) -> None:
    """Half of a surrogate pair, as a model may send it, becomes a replacement character."""
    with CallStore(file) as store:
        store.keep("key", "able", KeptAnswer(text="a\ud800b", cut_off=True, usage=NO_USAGE, seconds=0.0))
        found = store.answer("key")

    assert found is not None
    assert found.text == "a\N{REPLACEMENT CHARACTER}b"
