"""A query's way as a row of the table."""

import io
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from jisi.cli.watch_view import Path, TableView
from jisi.contracts.progress import ProgressV1
from rich.console import Console

STEPS = [
    ProgressV1(query_id="1", stage="accepted", at_ms=1000, detail={"probes": ["able", "baker"]}),
    ProgressV1(query_id="1", stage="response", at_ms=1400, detail={"model": "able", "usable": True}),
    ProgressV1(query_id="1", stage="response", at_ms=1500, detail={"model": "baker", "usable": False}),
    ProgressV1(query_id="1", stage="second_wave", at_ms=1600, detail={"models": ["charlie"]}),
    ProgressV1(query_id="1", stage="response", at_ms=1700, detail={"model": "charlie", "usable": True}),
    ProgressV1(query_id="1", stage="decided", at_ms=1800, detail={"route": "aggregate", "models": ["able", "charlie"]}),
    ProgressV1(query_id="1", stage="answered", at_ms=2000, detail={"status": "completed", "cost_usd": 0.002}),
]


def _row(steps: Sequence[ProgressV1], now_ms: float = 5000) -> list[str]:
    path = Path("1", "", steps[0].at_ms)
    for step in steps:
        path.add(step)
    return [cell.plain for cell in path.cells(now_ms)]


def test_whole_way() -> None:
    """The row tells who was asked and answered, the decision, the end, money and time."""
    assert _row(STEPS) == ["1", "● able ✗ baker ● charlie", "aggregate able, charlie", "completed", "$0.002", "1.00 s"]


def test_under_way() -> None:
    """While it runs, the row tells the latest step and the time so far."""
    assert _row(STEPS[:2]) == ["1", "● able ◌ baker", "", "response", "", "4.00 s"]


@given(st.permutations(STEPS), st.lists(st.sampled_from(STEPS), max_size=4))
def test_any_order(steps: list[ProgressV1], again: list[ProgressV1]) -> None:
    """Steps that come late or again end in the same row, up to the order of the experts."""
    row, expected = _row([*steps, *again]), _row(STEPS)

    assert sorted(row[1]) == sorted(expected[1])
    assert row[2:] == expected[2:]


def test_oldest_makes_room() -> None:
    """So many queries are shown, the newest."""
    view = TableView(Console(file=io.StringIO()), rows=2)
    for query_id in ("first", "second", "third"):
        view.show(ProgressV1(query_id=query_id, stage="accepted", at_ms=0))
    console = Console(file=io.StringIO(), width=120)
    console.print(view.render())
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()

    assert "first" not in shown
    assert "second" in shown
    assert "third" in shown
