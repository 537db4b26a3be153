"""The live displays, drawn into a terminal that is none."""

import io
from pathlib import Path

import pytest
from jisi.cli.batch_view import BatchView
from jisi.cli.questions import Question
from jisi.cli.stages_view import StagesView
from jisi.cli.up_view import UpView
from jisi.contracts.answer import AnswerV1, BillV1, TimingsV1
from jisi.contracts.progress import ProgressV1
from jisi.contracts.query import QueryV1
from jisi.stack.process import ProcessState, ProcessStatus
from rich.console import Console

ACCEPTED = ProgressV1(query_id="1", stage="accepted", at_ms=0, detail={"probes": ["able"]})
ROUTER = ProcessState(name="router", replica=1, status=ProcessStatus.STARTING, pid=7, port=20_000)


@pytest.fixture
def terminal() -> Console:
    """A console that takes itself for a terminal."""
    return Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)


def _shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_stages(terminal: Console) -> None:
    """The steps stay on the screen when the answer is there; the spinner does not."""
    with StagesView(terminal) as view:
        view.show(ACCEPTED)

    assert _shown(terminal).rstrip().endswith("accepted    asks able")


def test_silent_stages(terminal: Console) -> None:
    """For programs nothing is drawn."""
    with StagesView(terminal, silent=True) as view:
        view.show(ACCEPTED)

    assert _shown(terminal) == ""


def test_up(terminal: Console) -> None:
    """The table shows the latest state of a process, and the latest note below it."""
    with UpView(terminal) as view:
        view.changed(ROUTER)
        view.say("first")
        view.changed(ROUTER.model_copy(update={"status": ProcessStatus.READY}))
        view.say("second")
    last = _shown(terminal).rpartition("process ")[2]

    assert "ready" in last
    assert "starting" not in last
    assert "second" in last
    assert "first" not in last


def test_up_without_a_terminal() -> None:
    """Elsewhere each change is a line, and what did not change is none."""
    console = Console(file=io.StringIO(), width=100)
    with UpView(console) as view:
        view.changed(ROUTER)
        view.changed(ROUTER.model_copy(update={"restarts": 1}))
        view.say("on its way")

    assert _shown(console) == "router-1: starting, pid 7, 127.0.0.1:20000\non its way\n"


def test_batch(terminal: Console) -> None:
    """The bar counts, and the end sums up what is done and what is open."""
    answer = AnswerV1(
        query_id="1", status="completed", route="route", bill=BillV1(cost_usd=0.5), timings=TimingsV1(answered_ms=1)
    )
    with BatchView(terminal, total=4, before=1) as view:
        view.answered(answer)
        view.unanswered(Question(3, QueryV1(query="x"), "3"))
        view.finish(Path("out.jsonl"), as_json=False)
    shown = _shown(terminal)

    assert "2/4" in shown
    assert "line 3: no answer came in time" in shown
    assert "1 answered, 1 before (1 routed, 0 aggregated, 0 failed), $0.5" in shown
    assert "2 are open: the same command goes on with them." in shown
