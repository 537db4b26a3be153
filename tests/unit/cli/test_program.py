"""The program itself: its commands, and how failures end."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jisi.cli.program import COMMANDS, load_command, run
from jisi.errors import TransientError

from tests.support.command_line import CommandLine, command_line


@pytest.fixture
def jisi(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CommandLine]:
    """`jisi(...)` where nothing runs."""
    with command_line(capsys, monkeypatch, tmp_path) as run_command:
        yield run_command


def test_help_names_every_command(jisi: CommandLine) -> None:
    """The help lists all commands with what they do."""
    ended = jisi("--help")

    assert ended.code == 0
    for name, entry in COMMANDS.items():
        assert f" {name} " in ended.out
        assert entry.summary.split(".")[0].split(":")[0] in ended.out


def test_help_loads_no_command() -> None:
    """The help comes at once: it imports neither Kafka, nor SQL, nor HTTP, nor numpy."""
    code = (
        "import sys; from jisi.cli.program import run; run(['--help']);"
        "heavy = {'aiokafka', 'sqlalchemy', 'httpx', 'numpy', 'pydantic'} & sys.modules.keys();"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ended.stderr == ""
    assert ended.returncode == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(jisi: CommandLine, name: str) -> None:
    """Each command loads and explains itself."""
    ended = jisi(name, "--help")

    assert ended.code == 0
    assert "Usage: jisi" in ended.out
    assert load_command(name).name == name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_json(name: str) -> None:
    """Each command, or each of its subcommands, can print JSON."""
    command = load_command(name)
    for one in getattr(command, "commands", {"": command}).values():
        assert "--json" in {option for parameter in one.params for option in parameter.opts}, one.name


def test_no_command(jisi: CommandLine) -> None:
    """Without a command the help is shown, as wrong usage."""
    ended = jisi()

    assert ended.code == 2
    assert "Usage" in ended.out + ended.err


def test_wrong_command(jisi: CommandLine) -> None:
    """A misspelt command is wrong usage, and the right one is named."""
    ended = jisi("aks")

    assert ended.code == 2
    assert "'ask'" in ended.err


def test_version(jisi: CommandLine) -> None:
    """The version alone is printed."""
    ended = jisi("--version")

    assert ended.code == 0
    assert ended.out.count("\n") == 1


@pytest.mark.parametrize(
    "command", [("ask", "hello"), ("watch",), ("cancel", "1"), ("why", "1"), ("dlq", "list"), ("migrate",)]
)
def test_nothing_runs(jisi: CommandLine, command: tuple[str, ...]) -> None:
    """Where nothing runs and no address is given, one sentence says what to do; with --json an object does."""
    plain, as_json = jisi(*command), jisi(*command, "--json")

    assert (plain.code, plain.out) == (1, "")
    assert "Start `jisi up`" in plain.err
    assert len(plain.err.splitlines()) == 1
    assert as_json.code == 1
    assert as_json.json["error"] == "nothing_runs"


def test_bug(jisi: CommandLine) -> None:
    """A bug is told as one, without a stack trace; JISI_DEBUG raises it."""
    jisi.monkeypatch.setattr("jisi.cli.ask.find_kafka", _broken)
    told = jisi("ask", "x")
    jisi.monkeypatch.setenv("JISI_DEBUG", "1")

    assert told.code == 1
    assert "This is a bug in JiSi: ZeroDivisionError: division by zero" in told.err
    assert "Traceback" not in told.err
    with pytest.raises(ZeroDivisionError):
        run(["ask", "x"])


def test_failure_on_purpose(jisi: CommandLine) -> None:
    """An error of ours is its own sentence."""
    jisi.monkeypatch.setattr("jisi.cli.ask.find_kafka", _unavailable)
    told, as_json = jisi("ask", "x"), jisi("ask", "x", "--json")

    assert (told.code, told.err) == (1, "Kafka is away: wait.\n")
    assert as_json.json == {"error": "transient", "message": "Kafka is away: wait."}


def test_wrong_setting(jisi: CommandLine) -> None:
    """A variable that cannot be read is named."""
    jisi.monkeypatch.setenv("JISI_KAFKA_PORT", "many")
    told = jisi("ask", "x")

    assert told.code == 1
    assert "kafka_port" in told.err


def test_interrupted(jisi: CommandLine) -> None:
    """Ctrl-C ends with the code a shell expects."""
    jisi.monkeypatch.setattr("jisi.cli.ask.find_kafka", _interrupted)

    assert jisi("ask", "x").code == 130


def _broken() -> None:
    _ = 1 / 0


def _unavailable() -> None:
    raise TransientError("Kafka is away: wait.")


def _interrupted() -> None:
    raise KeyboardInterrupt
