"""The spans of one trace as a tree, for `jisi why`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text
from rich.tree import Tree
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.telemetry import conventions as names
from jisi.telemetry.carriers import parse_carrier
from jisi.telemetry.tables import span

SPANS_READ = 20_000
"""More than any query makes; a guard against a caller who puts all his queries into one trace."""

_SHOWN = {
    names.JISI_CALL_MODEL: "model",
    names.JISI_CALL_ATTEMPT: "attempt",
    names.GEN_AI_USAGE_INPUT_TOKENS: "in",
    names.GEN_AI_USAGE_OUTPUT_TOKENS: "out",
    names.JISI_CALL_COST_USD: "usd",
    names.JISI_EMBED_TEXTS: "texts",
    names.ERROR_TYPE: "error",
}
"""Attributes a tree shows beside the name, and under what label."""


@dataclass(frozen=True, slots=True)
class SpanNode:
    """A span with its children, in the order of their starts.

    Attributes:
        start_ms: milliseconds since the trace's first span began.
        links: ids of the spans it follows from besides its parent.
        status: unset or error.
    """

    span_id: str
    name: str
    kind: str
    service: str
    instance: str
    start_ms: float
    duration_ms: float
    status: str
    attributes: Mapping[str, Any]
    links: tuple[str, ...]
    children: "tuple[SpanNode, ...]" = field(default=())


async def read_span_tree(engine: AsyncEngine, trace_id: str) -> tuple[SpanNode, ...]:
    """Read a trace and give its roots: several where parents of spans were not kept or have not ended yet."""
    statement = select(span).where(span.c.trace_id == trace_id).order_by(span.c.started_at).limit(SPANS_READ)
    async with engine.connect() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    return build_span_tree([dict(row) for row in rows])


def build_span_tree(rows: Iterable[Mapping[str, Any]]) -> tuple[SpanNode, ...]:
    """Build the tree from rows of the table `span`; a row given twice counts once, and a loop is cut somewhere."""
    by_id = {row["span_id"]: row for row in rows}
    ordered = sorted(by_id.values(), key=lambda row: (row["started_at"], row["span_id"]))
    parents = _without_loops({row["span_id"]: row["parent_id"] for row in ordered if row["parent_id"] in by_id})
    below: dict[str | None, list[Mapping[str, Any]]] = {}
    for row in ordered:
        below.setdefault(parents.get(row["span_id"]), []).append(row)
    parents_first = list(below.get(None, ()))
    for row in parents_first:
        parents_first.extend(below.get(row["span_id"], ()))
    nodes: dict[str, SpanNode] = {}
    for row in reversed(parents_first):
        children = tuple(nodes[child["span_id"]] for child in below.get(row["span_id"], ()))
        nodes[row["span_id"]] = _node(row, ordered[0]["started_at"], children)
    return tuple(nodes[row["span_id"]] for row in below.get(None, ()))


def render_span_tree(roots: Iterable[SpanNode], *, title: str = "trace") -> Tree:
    """Draw the tree: start and duration in milliseconds, name, service, and the few attributes worth a line."""
    tree = Tree(Text(title))
    waiting = [(tree, root) for root in roots]
    for branch, node in waiting:
        below = branch.add(_label(node))
        waiting.extend((below, child) for child in node.children)
    return tree


def _without_loops(parents: Mapping[str, str]) -> dict[str, str]:
    """Leave out one parent of every loop, which only forged spans can make."""
    kept = dict(parents)
    known: set[str] = set()
    for start in parents:
        path: dict[str, None] = {}
        at: str | None = start
        while at is not None and at not in known and at not in path:
            path[at] = None
            at = kept.get(at)
        if at in path:
            del kept[at]
        known.update(path)
    return kept


def _node(row: Mapping[str, Any], begin: int, children: tuple[SpanNode, ...]) -> SpanNode:
    links = (parse_carrier(link) for link in row["links"] or ())
    return SpanNode(
        span_id=row["span_id"],
        name=row["name"],
        kind=row["kind"],
        service=row["service"],
        instance=row["instance"],
        start_ms=(row["started_at"] - begin) / 1e6,
        duration_ms=(row["ended_at"] - row["started_at"]) / 1e6,
        status=row["status"],
        attributes=row["attributes"],
        links=tuple(link.span_id for link in links if link is not None),
        children=children,
    )


def _label(node: SpanNode) -> Text:
    shown = [f"{label}={node.attributes[name]}" for name, label in _SHOWN.items() if name in node.attributes]
    if node.links:
        shown.append(f"links={len(node.links)}")
    return Text.assemble(
        (f"{node.start_ms:9.1f} +{node.duration_ms:.1f} ms  ", "dim"),
        (node.name, "bold red" if node.status == "error" else "bold"),
        f"  {node.service}",
        (f"  {' '.join(shown)}" if shown else "", "dim"),
    )
