"""What all commands share of their output: answers and JSON on standard output, everything else on standard error."""

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

if TYPE_CHECKING:  # a tenth of a second, which the help can do without
    from pydantic import BaseModel

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
AsJsonLines = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for programs.")]


def print_json(content: "Mapping[str, Any] | BaseModel") -> None:
    """Print one JSON object, on a line of its own."""
    print_line(
        json.dumps(content, ensure_ascii=False, default=str)
        if isinstance(content, Mapping)
        else content.model_dump_json()
    )


def print_line(text: str) -> None:
    """Print a text as it is, at once: whoever reads a pipe does not wait for more."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def results() -> Console:
    """Give the console for what was asked for."""
    return Console(highlight=False)


def notes() -> Console:
    """Give the console for what accompanies it: progress, hints, failures."""
    return Console(stderr=True, highlight=False)


def usd(amount: float) -> str:
    """Write an amount of money: small ones with as many places as they need."""
    if amount == 0:
        return "$0"
    return f"${amount:.2f}" if amount >= 1 else f"${amount:.6f}".rstrip("0")


def seconds(milliseconds: float) -> str:
    """Write a duration for people."""
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.2f} s"  # noqa: PLR2004
