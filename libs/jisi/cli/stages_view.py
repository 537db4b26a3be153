"""The stages of one query as they happen: live in a terminal, a line each elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from jisi.cli.step_text import describe_step
from jisi.contracts.progress import ProgressV1

UNNOTICED_SECONDS = 5.0
"""A query nobody accepted for so long is worth a hint; normally it takes milliseconds."""


class StagesView:
    """Shows steps with the time since the question was put; to be used as a context manager."""

    def __init__(self, console: Console, *, silent: bool = False) -> None:
        self._console = console
        self._silent = silent
        self._lines: list[Text] = []
        self._began = time.monotonic()
        self._spinner = Spinner("dots")
        self._live = Live(get_renderable=self._render, console=console, refresh_per_second=10, transient=True)
        self._is_live = console.is_terminal and not silent

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        if self._is_live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_live:
            self._live.stop()
            for line in self._lines:
                self._console.print(line)

    def show(self, step: ProgressV1) -> None:
        """Take in a step."""
        line = Text.assemble((f"{time.monotonic() - self._began:7.2f} s  ", "dim"), describe_step(step))
        self._lines.append(line)
        if not self._is_live and not self._silent:
            self._console.print(line, soft_wrap=True)

    def _render(self) -> RenderableType:
        waited = time.monotonic() - self._began
        note = ""
        if not self._lines and waited > UNNOTICED_SECONDS:
            note = "no router has accepted the query yet: does one run? `jisi doctor` tells"
        self._spinner.update(text=Text.assemble((f"{waited:5.2f} s  ", "dim"), (note, "yellow")))
        return Group(*self._lines, self._spinner)
