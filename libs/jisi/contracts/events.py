"""Internal events: ids only (claim check), texts stay in Postgres (version 1)."""

from typing import Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from jisi.errors import PermanentError


class MalformedEventError(PermanentError):
    """An internal record that none of our services can have written."""

    code = "malformed_event"


class Event(BaseModel):
    """What all internal events share."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1] = 1
    query: UUID
    """Key of the query."""

    def encode(self) -> str:
        """Write the event as JSON."""
        return self.model_dump_json()


class GenerationV1(Event):
    """An expert is to be asked in a wave."""

    model: str
    wave: int


class ResponseV1(Event):
    """An expert's response is stored; without a model: the wave is closed with what it has."""

    model: str | None = None
    wave: int


class CandidatesV1(Event):
    """The candidate experts stand: the switch may decide."""


class AggregationV1(Event):
    """The references are to be fused."""


E = TypeVar("E", bound=Event)


def parse_event(contract: type[E], value: bytes | None) -> E:
    """Read an internal record.

    Raises:
        MalformedEventError: it is not of this contract; names the field.
    """
    try:
        return contract.model_validate_json(value or b"")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "record"
        raise MalformedEventError(f"{contract.__name__}: {where}: {first['msg']}") from error
