"""What `jisi up` shows: a live table in a terminal, a line a change elsewhere, JSON for programs."""

from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from jisi.cli.output import print_json
from jisi.database import shown_url
from jisi.stack.ports import LOOPBACK
from jisi.stack.process import ProcessState
from jisi.stack.stack import Stack
from jisi.stack.view import stack_table


class UpView:
    """Shows processes and notes; a context manager."""

    def __init__(self, console: Console, *, as_json: bool = False, silent: bool = False) -> None:
        self._console = console
        self._silent = silent
        self._as_json = as_json
        self._states: dict[str, ProcessState] = {}
        self._note = ""
        self._is_live = console.is_terminal and not as_json and not silent
        self._live = Live(get_renderable=self._render, console=console, refresh_per_second=4)

    def __enter__(self) -> Self:
        if self._is_live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_live:
            self._live.stop()
        self._silent = True

    def changed(self, state: ProcessState) -> None:
        """Take in what is known of a process now."""
        before = self._states.get(state.key)
        self._states[state.key] = state
        if before is not None and (before.status, before.pid) == (state.status, state.pid):
            return
        if self._as_json:
            print_json({"event": "process", **state.model_dump(mode="json")})
        elif not self._is_live and not self._silent:
            port = "" if state.port is None else f", {LOOPBACK}:{state.port}"
            pid = "" if state.pid is None else f", pid {state.pid}"
            self._console.print(f"{state.key}: {state.status}{pid}{port}", soft_wrap=True)

    def say(self, note: str) -> None:
        """Show a note, in place of the last one."""
        self._note = note
        if self._as_json:
            print_json({"event": "note", "note": note})
        elif not self._is_live and not self._silent:
            self._console.print(note, soft_wrap=True)

    def ready(self, stack: Stack) -> None:
        """Say that it runs, and where."""
        if self._as_json:
            print_json(
                {
                    "event": "ready",
                    "kafka": stack.kafka,
                    "database_url": shown_url(stack.database_url),
                    "topic_prefix": stack.settings.topic_prefix,
                    "data": str(stack.settings.data),
                    "processes": [state.model_dump(mode="json") for state in stack.processes],
                }
            )
            return
        self.say(f"Kafka at {stack.kafka}. Ask with `jisi ask` in another terminal; Ctrl-C ends it all.")

    def _render(self) -> RenderableType:
        return Group(stack_table(self._states.values()), Text(""), Text(self._note, "bold"))
