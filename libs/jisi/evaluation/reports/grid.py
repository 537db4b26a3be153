"""A table of texts, for every place a table is shown: terminal, markdown, page."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Header and rows; the first column names, the others hold figures."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    """What must be known to read it."""


def markdown(grid: Grid) -> str:
    """Write a table in markdown, under its title."""
    widths = [max(map(len, map(_cell, column)), default=0) for column in zip(grid.header, *grid.rows, strict=True)]
    rules = ["-" * max(3, widths[0]), *("-" * (max(3, width) - 1) + ":" for width in widths[1:])]
    lines = [_line(grid.header, widths), "| " + " | ".join(rules) + " |", *(_line(row, widths) for row in grid.rows)]
    return "\n".join([f"## {grid.title}", "", *lines, *(["", grid.note] if grid.note else [])])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (_cell(cell) for cell in cells)
    padded = [first.ljust(max(3, widths[0]))]
    padded += [cell.rjust(max(3, width)) for cell, width in zip(others, widths[1:], strict=True)]
    return "| " + " | ".join(padded) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
