"""The rows of a trace become a tree, whatever is missing, doubled or forged."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jisi.telemetry.spantree import SpanNode, build_span_tree, render_span_tree
from rich.console import Console

BEGIN = 1_700_000_000_000_000_000
MS = 1_000_000


def row(span_id: str, parent_id: str | None, start_ms: float, duration_ms: float = 1.0, **more: Any) -> dict[str, Any]:
    """Give a row of the table `span`."""
    started_at = BEGIN + int(start_ms * MS)
    return {
        "span_id": span_id,
        "parent_id": parent_id,
        "name": span_id.upper(),
        "kind": "INTERNAL",
        "service": "router",
        "instance": "router-1",
        "started_at": started_at,
        "ended_at": started_at + int(duration_ms * MS),
        "status": "unset",
        "attributes": {},
        "links": None,
        **more,
    }


def shape(nodes: tuple[SpanNode, ...]) -> list[Any]:
    """Give names as nested lists."""
    return [[node.name, *shape(node.children)] for node in nodes]


def count(nodes: tuple[SpanNode, ...]) -> int:
    """Give the number of nodes of some trees."""
    return sum(1 + count(node.children) for node in nodes)


def test_children_are_below_their_parents_in_order_of_start() -> None:
    """Rows may come in any order, and twice."""
    rows = [row("d", "b", 4), row("c", "a", 3), row("a", None, 0, 9), row("b", "a", 1), row("c", "a", 3)]

    assert shape(build_span_tree(rows)) == [["A", ["B", ["D"]], ["C"]]]


def test_times_and_links() -> None:
    """Times are relative to the first span, to the nanosecond; links are the ids of the spans."""
    link = f"00-{'a' * 32}-{'b' * 16}-01"
    (root,) = build_span_tree([row("a", None, 5, 2.5), row("b", "a", 6.000001, links=[link, "broken"])])

    assert (root.start_ms, root.duration_ms) == (0.0, 2.5)
    assert (root.children[0].start_ms, root.children[0].links) == (1.000001, ("b" * 16,))


def test_spans_without_their_parents_are_roots() -> None:
    """A parent that is the caller's, was lost, or has not ended, hides nothing."""
    rows = [row("b", "lost", 1), row("a", "caller", 0), row("c", "b", 2)]

    assert shape(build_span_tree(rows)) == [["A"], ["B", ["C"]]]


def test_no_spans() -> None:
    """A trace nobody kept is an empty tree."""
    assert build_span_tree([]) == ()


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 50)), max_size=40))
def test_every_span_is_shown_once(edges: list[tuple[int, int, int]]) -> None:
    """Loops and doubles, which only forgery can make, lose no span and do not hang."""
    rows = [row(str(span), str(parent), start) for span, parent, start in edges]

    assert count(build_span_tree(rows)) == len({span for span, _, _ in edges})


def test_long_chain() -> None:
    """A trace deeper than Python's stack is built and drawn."""
    rows = [row(str(number), str(number - 1), number) for number in range(3000)]
    (root,) = build_span_tree(rows)

    render_span_tree([root])
    assert root.name == "0"


def test_drawing() -> None:
    """A line has start, duration, name, service, and the attributes worth it; markup in names is text."""
    rows = [
        row("a", None, 0, 20),
        row(
            "b",
            "a",
            1.5,
            12,
            name="chat [bold]m",
            service="generator",
            status="error",
            attributes={"jisi.call.attempt": 2, "error.type": "timeout", "messaging.system": "kafka"},
            links=[f"00-{'a' * 32}-{'b' * 16}-01"],
        ),
    ]
    console = Console(width=100, no_color=True)
    with console.capture() as capture:
        console.print(render_span_tree(build_span_tree(rows), title="trace 1"))

    lines = [line.rstrip() for line in capture.get().splitlines()]
    assert lines == [
        "trace 1",
        "└──       0.0 +20.0 ms  A  router",
        "    └──       1.5 +12.0 ms  chat [bold]m  generator  attempt=2 error=timeout links=1",
    ]
