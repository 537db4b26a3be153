"""Queries on their way: a table that follows them in a terminal, a line a step elsewhere."""

import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from jisi.cli.output import seconds, usd
from jisi.cli.step_text import describe_step
from jisi.contracts.progress import ProgressV1

_LONGEST_ID = 36
"""A uuid is shown whole; longer ids are cut."""


@dataclass(slots=True)
class Path:
    """What is known of one query's way."""

    query_id: str
    tenant: str
    began_ms: int
    asked: list[str] = field(default_factory=list)
    responses: dict[str, bool] = field(default_factory=dict)
    """Whether usable, by model."""
    route: str = ""
    by: list[str] = field(default_factory=list)
    status: str = ""
    cost_usd: float | None = None
    ended_ms: int | None = None
    latest: str = ""

    def add(self, step: ProgressV1) -> None:
        """Take in a step; steps may come in any order, and again."""
        detail = step.detail
        self.latest = step.stage
        self.began_ms = min(self.began_ms, step.at_ms)
        match step.stage:
            case "accepted":
                self._ask(detail.get("probes"))
            case "second_wave":
                self._ask(detail.get("models"))
            case "response":
                self.responses[str(detail.get("model"))] = bool(detail.get("usable"))
            case "decided":
                self.route = str(detail.get("route", ""))
                self.by = [str(name) for name in detail.get("models") or ()]
            case "aggregating":
                self.by = [str(detail.get("model"))]
            case "answered":
                self.status = str(detail.get("status", ""))
                self.cost_usd = detail.get("cost_usd")
                self.ended_ms = step.at_ms
            case "candidates" | "retrying" | "settled":
                pass

    def _ask(self, models: object) -> None:
        names = models if isinstance(models, list | tuple) else ()
        self.asked.extend(str(name) for name in names if name not in self.asked)

    def cells(self, now_ms: float) -> Iterator[Text]:
        """Give the columns: id, experts, decision, status, money, time."""
        name = self.query_id if len(self.query_id) <= _LONGEST_ID else f"{self.query_id[: _LONGEST_ID - 1]}…"
        yield Text(f"{self.tenant}/{name}" if self.tenant else name)
        yield Text(" ").join(self._expert(model) for model in dict.fromkeys([*self.asked, *self.responses]))
        yield Text(f"{self.route} {', '.join(self.by)}".strip(), "magenta" if self.route == "aggregate" else "green")
        styles = {"completed": "green", "degraded": "yellow", "failed": "red"}
        yield Text(self.status or self.latest.replace("_", " "), styles.get(self.status, "cyan"))
        yield Text("" if self.cost_usd is None else usd(self.cost_usd))
        yield Text(seconds((self.ended_ms or now_ms) - self.began_ms))

    def _expert(self, model: str) -> Text:
        usable = self.responses.get(model)
        if usable is None:
            return Text(f"◌ {model}", "dim")
        return Text(f"● {model}", "green") if usable else Text(f"✗ {model}", "red")


class TableView:
    """The newest queries, one a row, the way of each in its columns; a context manager."""

    def __init__(self, console: Console, *, rows: int) -> None:
        self._rows = rows
        self._paths: OrderedDict[tuple[str, str], Path] = OrderedDict()
        self._live = Live(get_renderable=self.render, console=console, refresh_per_second=8)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, step: ProgressV1) -> None:
        """Take in a step; the oldest query makes room for a new one."""
        key = (step.tenant, step.query_id)
        if key not in self._paths:
            self._paths[key] = Path(step.query_id, step.tenant, step.at_ms)
            if len(self._paths) > self._rows:
                self._paths.popitem(last=False)
        self._paths[key].add(step)

    def render(self) -> RenderableType:
        """Build the table."""
        table = Table("query", "experts", "decision", "status", box=None, header_style="bold", pad_edge=False)
        table.add_column("cost", justify="right")
        table.add_column("time", justify="right")
        now_ms = time.time() * 1000
        for path in self._paths.values():
            table.add_row(*path.cells(now_ms))
        return table


class LinesView:
    """A line a step; a context manager as the other."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def show(self, step: ProgressV1) -> None:
        """Print a step."""
        at = datetime.fromtimestamp(step.at_ms / 1000, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]
        self._console.print(Text.assemble((f"{at} ", "dim"), f"{step.query_id} ", describe_step(step)), soft_wrap=True)
