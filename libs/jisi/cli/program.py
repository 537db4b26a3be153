"""What `jisi` knows to do, and how a failure ends: commands are loaded when called, errors are told in a sentence."""

import importlib
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from jisi.cli.failures import INTERRUPTED, tell_failure
from jisi.cli.output import print_line
from jisi.runtime.importing import importing


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where a command is, and what the list of commands says of it."""

    module: str
    summary: str
    panel: str


_ASKING, _RUNNING, _EVIDENCE = "Ask", "Run", "Models and evidence"

COMMANDS = {
    "ask": _Entry("ask", "Ask a question, or all questions of a file.", _ASKING),
    "watch": _Entry("watch", "Watch queries on their way, live.", _ASKING),
    "why": _Entry("why", "Explain an answer: neighbours, scores, decision, calls, bill, times.", _ASKING),
    "cancel": _Entry("cancel", "Stop a query.", _ASKING),
    "up": _Entry("up", "Start the whole system on this machine; Ctrl-C ends it.", _RUNNING),
    "demo": _Entry("demo", "See it work: three questions, then yours.", _RUNNING),
    "doctor": _Entry("doctor", "Check everything there is to check, and say what to do.", _RUNNING),
    "dlq": _Entry("dlq", "Dead letters: list, show, replay.", _RUNNING),
    "asyncapi": _Entry("asyncapi", "Print the public topics as AsyncAPI 3.0.", _RUNNING),
    "migrate": _Entry("migrate", "Bring the database to the schema of this version; create topics.", _RUNNING),
    "prepare": _Entry("prepare", "Put a deployment's pool into force; with simulated models, their bank.", _RUNNING),
    "pool": _Entry("pool", "The models: check, apply, list.", _EVIDENCE),
    "bank": _Entry("bank", "The support set: collect, import, look at, check, export, remove.", _EVIDENCE),
    "eval": _Entry("eval", "Measure routers and baselines on recorded responses.", _EVIDENCE),
    "selector": _Entry("selector", "The fitted selector: train, show.", _EVIDENCE),
    "replay": _Entry("replay", "Measure the whole system on recorded responses.", _EVIDENCE),
}
"""Every command, in the order of the help; each is the typer app `app` of its module in `jisi.cli`."""


class LazyGroup(TyperGroup):
    """The commands, of which only the one called is imported: the help comes at once."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer keeps its own kind of click
        """Give the names in order."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002
        """Give a command as far as a list of commands shows it."""
        entry = COMMANDS.get(cmd_name)
        return entry and TyperCommand(cmd_name, help=entry.summary, rich_help_panel=entry.panel)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """Load the command that is called."""
        self.commands = {name: self.get_command(ctx, name) for name in COMMANDS}  # what typos are compared with
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and load_command(str(name)), rest


def load_command(name: str) -> Any:  # noqa: ANN401 - typer keeps its own kind of click
    """Import a command."""
    with importing():
        module = importlib.import_module(f"jisi.cli.{COMMANDS[name].module}")
    command = typer.main.get_command(module.app)
    command.name = name
    return command


def create_program() -> typer.Typer:
    """Make the root command."""
    program = typer.Typer(
        cls=LazyGroup,
        no_args_is_help=True,
        invoke_without_command=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Many open models, one better answer.",
    )

    @program.callback()
    def root(*, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
        if version:
            from importlib.metadata import version as version_of  # noqa: PLC0415 - takes as long as all the rest

            print_line(version_of("jisi"))
            raise typer.Exit

    return program


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code: 0, 1 for a failure told in a sentence, 2 for wrong usage.

    With `JISI_DEBUG=1` a failure is raised as it is, with its stack trace.
    """
    if not os.environ.get("JISI_DEBUG"):
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)  # what it cannot mend is told in a sentence
    try:
        typer.main.get_command(create_program())(list(arguments), prog_name="jisi")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if os.environ.get("JISI_DEBUG"):
            raise
        return tell_failure(error, as_json="--json" in arguments)
    return 0
