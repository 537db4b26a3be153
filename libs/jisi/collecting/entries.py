"""The lines of a journal: a call begins, a call ends, a response is graded."""

from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from jisi.llm.usage import Usage


class Place(NamedTuple):
    """Which cell of the bank an answer is for."""

    dataset: str
    question: str
    """Its id."""
    model: str
    sample: int


class _Line(BaseModel):
    """Frozen; what a later version adds is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")


class Opened(_Line):
    """The first line: what this file is."""

    kind: Literal["journal"] = "journal"
    version: Literal[1] = 1


class Begun(_Line):
    """A call is about to be made; until its end is known it counts as spent at its reservation."""

    kind: Literal["begun"] = "begun"
    number: int
    """Of the call in this journal."""
    key: str
    """What was asked (`jisi.collecting.calls`): equal for the same question to the same model, asked the same way."""
    place: Place
    asked: str
    """Name of the model that is asked: that of the place, or the judge of its response."""
    reserved: float
    """USD, the most it can cost."""
    at: str
    """Date and time, UTC."""


class Ended(_Line):
    """A call has ended, well or not."""

    kind: Literal["ended"] = "ended"
    number: int
    code: str | None
    """None: it was answered; else why not, such as `endpoint_timeout`, `content_filter`, `cancelled`."""
    message: str = ""
    text: str = ""
    reasoning: str = ""
    """What the endpoint sent apart as reasoning."""
    finish_reason: str | None = None
    usage: Usage
    cost: float
    """USD."""
    seconds: float


class Graded(_Line):
    """A response has its grade."""

    kind: Literal["graded"] = "graded"
    key: str
    """Of the response, its reference and its grader (`jisi.collecting.marking`)."""
    place: Place
    score: float
    answer: str | None
    """What was read as its final answer."""
    why: str


Entry = Opened | Begun | Ended | Graded

_ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="kind")])


def write_entry(entry: Entry) -> bytes:
    """Give an entry's line."""
    return entry.model_dump_json().encode() + b"\n"


def read_entry(line: bytes) -> Entry:
    """Read a line; raises ValueError for what is none."""
    return _ENTRY.validate_json(line)
