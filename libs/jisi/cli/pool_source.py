"""Which models a stack is started with: simulated, local or recorded ones, those of a file, or those applied before."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from jisi.errors import InputError
from jisi.llm.pool import load_pool
from jisi.simulate.models import MODEL_BY_NAME
from jisi.stack.ports import LOOPBACK, free_port, is_free
from jisi.stack.services import ExtraProcess
from jisi.stack.settings import StackSettings

Kind = Literal["simulated", "local", "replay", "file", "applied"]

_CHOICE_FILE = "pool-choice.json"


class Choice(BaseModel):
    """What was chosen last on a data folder, to start with it again."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["simulated", "local", "replay", "applied"]
    port: int | None = None
    """Of the endpoint, kept as long as it is free: the pool then stays the same over restarts."""
    recorded: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSource:
    """Where the models come from."""

    kind: Kind
    chosen: bool
    """Whether it was asked for, not taken by default: then it replaces a pool that was applied by hand."""
    port: int | None = None
    recorded: tuple[Path, ...] = ()
    file: Path | None = None
    """The pool file; that of models we serve ourselves is written where it is None."""

    @property
    def base_url(self) -> str:
        """Address of the endpoint we start."""
        return f"http://{LOOPBACK}:{self.port}/v1"

    @property
    def processes(self) -> tuple[ExtraProcess, ...]:
        """The endpoint to start beside the services, if any."""
        if self.port is None:
            return ()
        module, mode = ("jisi.local", ()) if self.kind == "local" else ("jisi.simulate", (self.kind,))
        return (
            ExtraProcess(
                name=f"{self.kind}-models",
                module=module,
                port=self.port,
                arguments=(*mode, "--port", str(self.port), *map(str, self.recorded)),
                health_path="/health",
            ),
        )


def choose_pool(settings: StackSettings, wanted: str | None, recorded: Sequence[Path] = ()) -> PoolSource:
    """Give the models that are wanted: `simulated`, `local`, `replay`, `applied` or a pool file; None: as last time.

    Raises:
        InputError: replay without recorded files, or a file that is not there.
    """
    last = last_choice(settings.data)
    match wanted or (str(settings.pool) if settings.pool else last.kind):
        case "simulated" | "local" as kind:
            return PoolSource(kind=kind, chosen=wanted is not None, port=_endpoint_port(last, kind))
        case "replay":
            files = tuple(file.expanduser().resolve() for file in recorded) or last.recorded
            if not files:
                raise InputError("The replay pool needs bank files whose responses it replays: add --recorded FILE.")
            for file in files:
                _require_file(file, "--recorded")
            return PoolSource(kind="replay", chosen=True, port=_endpoint_port(last, "replay"), recorded=files)
        case "applied":
            return PoolSource(kind="applied", chosen=True)
        case path:
            file = Path(path).expanduser().resolve()
            _require_file(file, "--pool")
            return PoolSource(kind="file", chosen=True, file=file)


def pool_of_deployment(file: Path) -> PoolSource:
    """Give the models of a pool file whose endpoints run already; those of simulated models replace no other pool.

    Raises:
        InputError: the file is absent or wrong; says where.
    """
    simulated = load_pool(file).by_name.keys() <= MODEL_BY_NAME.keys()
    return PoolSource(kind="simulated" if simulated else "file", chosen=not simulated, file=file)


def last_choice(data: Path) -> Choice:
    """Give what was chosen last; at first the simulated models, which need no key."""
    try:
        return Choice.model_validate_json((data / _CHOICE_FILE).read_bytes())
    except (OSError, ValidationError):
        return Choice(kind="simulated")


def remember_choice(data: Path, source: PoolSource) -> None:
    """Keep the choice for the next start; a file's models are applied by then."""
    kind = "applied" if source.kind == "file" else source.kind
    choice = Choice(kind=kind, port=source.port, recorded=source.recorded)
    (data / _CHOICE_FILE).write_text(choice.model_dump_json())


def _endpoint_port(last: Choice, kind: Kind) -> int:
    if last.kind == kind and last.port is not None and is_free(last.port):
        return last.port
    return free_port()


def _require_file(file: Path, option: str) -> None:
    if not file.is_file():
        raise InputError(
            f"{option}: there is no file {file}; say simulated, local, replay, applied, or give a pool.toml."
        )
