"""What the board, the rules and the documentation say, and what the code measures."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jisi.telemetry.metrics import Metrics

REPOSITORY = Path(__file__).parents[2]
PROMETHEUS = REPOSITORY / "infra/prometheus"
GRAFANA = REPOSITORY / "infra/grafana"
RULES = (PROMETHEUS / "limits.yml", PROMETHEUS / "alerts.yml")
RULES_TEST = Path(__file__).parent / "rules_test.yml"
DOCUMENTATION = REPOSITORY / "docs/observability.md"

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel of the board that asks Prometheus."""

    title: str
    document: Document

    @property
    def expressions(self) -> list[str]:
        """What it asks, as it stands in the file."""
        return [target["expr"] for target in self.document["targets"]]


@cache
def board() -> Document:
    """Read the board."""
    document: Document = json.loads((GRAFANA / "dashboards/jisi.json").read_text())
    return document


def panels() -> list[Panel]:
    """Give the panels, rows left out."""
    return [Panel(one["title"], one) for one in board()["panels"] if one["type"] != "row"]


def rules() -> Iterator[Document]:
    """Give all rules, recording ones and alerts."""
    for file in RULES:
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from group["rules"]


def alerts() -> list[Document]:
    """Give the alerts."""
    return [rule for rule in rules() if "alert" in rule]


def expressions() -> list[str]:
    """Give every expression of board and rules."""
    return [*(expr for panel in panels() for expr in panel.expressions), *(rule["expr"] for rule in rules())]


def measured(expression: str) -> set[str]:
    """Give the names of series that processes report, of ours and of the process itself."""
    return set(re.findall(r"(?<![\w:])(?:jisi|process)_[a-z_]+\b(?!:)", expression))


def whole_registry() -> Metrics:
    """Give metrics as a service has them, all that is asked for at a scrape among them."""
    metrics = Metrics()
    metrics.watch_process("1.0")
    metrics.watch_state(lambda: True, list)
    metrics.watch_versions(dict)
    metrics.watch_loops(dict)
    metrics.watch_tracing(dict)
    return metrics


_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "info": ("_info",), "gauge": ("",)}


def series() -> dict[str, str]:
    """Give the names of all series that a service reports, each with the name of its metric."""
    return {
        family.name + suffix: family.name
        for family in whole_registry().registry.collect()
        for suffix in _SUFFIXES[family.type]
    }


def documented() -> dict[str, tuple[str, str]]:
    """Give the metrics that the documentation has in its table, each with its labels and kind as they stand there."""
    rows = re.findall(r"^\| `(jisi_\w+)` \|([^|]*)\| (\w+) \|", DOCUMENTATION.read_text(), re.MULTILINE)
    return {name: (labels.replace("`", "").strip(), kind) for name, labels, kind in rows}
