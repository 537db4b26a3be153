"""The steps of a query in words."""

from collections.abc import Callable, Mapping
from typing import Any

from rich.text import Text

from jisi.cli.output import usd
from jisi.contracts.progress import ProgressV1, Stage

Detail = Mapping[str, Any]


def describe_step(step: ProgressV1) -> Text:
    """Say what happened; details that are missing are left out."""
    said, style = _SAYINGS[step.stage](step.detail)
    parts = [said, *_cost(step.detail)]
    return Text.assemble((f"{step.stage.replace('_', ' '):12}", "bold cyan"), (", ".join(filter(None, parts)), style))


def _response(detail: Detail) -> tuple[str, str]:
    if detail.get("usable"):
        return f"{detail.get('model')} answered", ""
    return f"{detail.get('model')} gave nothing usable ({detail.get('code') or 'empty'})", "yellow"


def _candidates(detail: Detail) -> tuple[str, str]:
    """Who they are is told after the first wave; after a further one, only that they all have responded."""
    return (f"best for this query: {_names(detail['models'])}" if detail.get("models") else "all have responded"), ""


def _decided(detail: Detail) -> tuple[str, str]:
    models = _names(detail.get("models"))
    what = f"fuse the responses of {models}" if detail.get("route") == "aggregate" else f"take the response of {models}"
    return f"{what}: {detail['reason']}" if detail.get("reason") else what, ""


_SAYINGS: Mapping[Stage, Callable[[Detail], tuple[str, str]]] = {
    "accepted": lambda detail: (f"asks {_names(detail.get('probes'))}", ""),
    "response": _response,
    "second_wave": lambda detail: (f"asks {_names(detail.get('models'))} too", ""),
    "candidates": _candidates,
    "decided": _decided,
    "aggregating": lambda detail: (f"{detail.get('model')} fuses them", ""),
    "retrying": lambda detail: (f"{detail.get('model')} is asked again ({detail.get('code')})", "yellow"),
    "answered": lambda detail: (str(detail.get("status", "")), ""),
    "settled": lambda _: ("the prices of all calls are known", ""),
}


def _names(models: object) -> str:
    return ", ".join(map(str, models)) if isinstance(models, list | tuple) and models else "nobody"


def _cost(detail: Detail) -> list[str]:
    """Time and money, where told."""
    told = []
    if isinstance(detail.get("seconds"), int | float):
        told.append(f"{detail['seconds']:.2f} s")
    if isinstance(detail.get("cost_usd"), int | float):
        told.append(usd(detail["cost_usd"]))
    return told
