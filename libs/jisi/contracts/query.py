"""The queries topic: a query, or the wish to cancel one (public contract, version 1)."""

import hashlib
import json
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from jisi.contracts.metadata import LONGEST_TENANT, Metadata, tenant_of
from jisi.contracts.texts import is_storable, storable
from jisi.errors import InputError

DEFAULT_DEADLINE_MS = 600_000
LONGEST_ID = 128
MOST_PROBLEMS = 10
"""Of a malformed query that are told: a body of 8 MiB may have a million."""

T = TypeVar("T", "QueryV1", "CancelV1")

QueryId = Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]


class MalformedQueryError(InputError):
    """A record of the queries topic that is neither a query nor a cancellation; says which field is wrong."""

    code = "malformed_query"

    def __init__(self, message: str, *, query_id: str | None = None, tenant: str = "") -> None:
        super().__init__(message)
        self.query_id = query_id
        self.tenant = tenant


class UnsupportedQueryError(MalformedQueryError):
    """A well-formed query that asks for what is not built: tools, images, several choices."""

    code = "unsupported"


class _Contract(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(_Contract):
    """One turn of a chat, as in the OpenAI protocol; parts of text are joined."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str

    @field_validator("content", mode="before")
    @classmethod
    def _join_parts(cls, content: object) -> object:
        if not isinstance(content, list):
            return content
        texts = []
        for part in content:
            if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
                kind = part.get("type") if isinstance(part, dict) else type(part).__name__
                raise ValueError(f"unsupported content part {kind!r}: only text is")
            texts.append(part["text"])
        return "\n".join(texts)

    @field_validator("content")
    @classmethod
    def _storable(cls, content: str) -> str:
        return storable(content)


class QueryV1(_Contract):
    """A question for the models: `query` alone, or an OpenAI chat body with `messages`."""

    version: Literal[1] = 1
    query_id: QueryId | None = None
    query: str | None = None
    messages: tuple[Message, ...] = ()
    deadline_ms: int = Field(default=DEFAULT_DEADLINE_MS, ge=1, le=7 * 24 * 3600 * 1000)
    """Milliseconds from the record's timestamp until which the answer is wanted."""
    max_cost_usd: float | None = Field(default=None, ge=0, le=1_000_000_000, allow_inf_nan=False)
    max_calls: int | None = Field(default=None, ge=1, le=1_000_000)
    mode: Literal["auto", "route", "aggregate"] = "auto"
    models: tuple[str, ...] | None = Field(default=None, min_length=1)
    """Ask only these models of the pool."""
    metadata: Metadata = Field(default_factory=dict)
    """Returned with the answer; `tenant` in it scopes ids."""

    @field_validator("query_id")
    @classmethod
    def _storable_id(cls, query_id: str | None) -> str | None:
        if query_id is not None and not is_storable(query_id):
            raise ValueError("an id must not hold NUL or lone surrogates")
        return query_id

    @field_validator("models")
    @classmethod
    def _storable_models(cls, models: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if models is None else tuple(storable(model) for model in models)

    @model_validator(mode="after")
    def _something_asked(self) -> "QueryV1":
        if (self.query is None) == (not self.messages):
            raise ValueError("give either `query` (a text) or `messages` (a chat)")
        if not self.text.strip():
            raise ValueError("nothing is asked: the text of the user is empty")
        return self

    @property
    def chat(self) -> tuple[Message, ...]:
        """The turns to send to a model."""
        return self.messages or (Message(role="user", content=self.query or ""),)

    @property
    def text(self) -> str:
        """What is embedded: all user turns, joined by a blank line (ALGORITHM.md 0)."""
        return "\n\n".join(turn.content for turn in self.chat if turn.role == "user")

    @property
    def tenant(self) -> str:
        """Whose query it is; ids of different tenants never meet."""
        return tenant_of(self.metadata)

    def body_hash(self) -> bytes:
        """Digest of all that is asked, the id left out: tells a repetition from a conflict."""
        body = self.model_dump(mode="json", exclude={"query_id", "query", "messages"})
        body["chat"] = [turn.model_dump() for turn in self.chat]
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()


class CancelV1(_Contract):
    """The wish to stop a query: `{"cancel": id}`; it is then answered `failed` with the reason `cancelled`."""

    version: Literal[1] = 1
    cancel: QueryId
    metadata: Metadata = Field(default_factory=dict)

    @property
    def tenant(self) -> str:
        """Whose query is meant."""
        return tenant_of(self.metadata)


def parse_query(value: bytes | None) -> QueryV1 | CancelV1:
    """Read a record of the queries topic.

    Raises:
        MalformedQueryError: it is none; the error carries the id where one can be read, so that it can be answered.
    """
    try:
        body = json.loads(value or b"", parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise MalformedQueryError(f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise MalformedQueryError(f"a query is a JSON object, not {type(body).__name__}")
    if "cancel" in body:
        return _validated(CancelV1, body)
    _refuse_unsupported(body)
    return _validated(QueryV1, body)


def _refuse_unsupported(body: dict[str, Any]) -> None:
    if body.get("tools") or body.get("functions"):
        _unsupported(body, "tools are not supported yet: remove `tools` and `functions`")
    if body.get("n") not in (None, 1):
        _unsupported(body, "`n` above 1 is not supported yet: ask several queries")
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else ():
        content = message.get("content") if isinstance(message, dict) else None
        for part in content if isinstance(content, list) else ():
            if isinstance(part, dict) and part.get("type") in ("image_url", "input_image", "input_audio", "file"):
                _unsupported(body, f"content of type {part['type']} is not supported yet: send text")


def _unsupported(body: dict[str, Any], message: str) -> NoReturn:
    raise UnsupportedQueryError(message, query_id=_readable_id(body), tenant=tenant_of(body.get("metadata")))


def _validated(contract: type[T], body: dict[str, Any]) -> T:
    try:
        return contract.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        problems = "; ".join(
            f"{_field(problem['loc'])}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in found[:MOST_PROBLEMS]
        )
        if len(found) > MOST_PROBLEMS:
            problems += f"; and {len(found) - MOST_PROBLEMS} more"
        raise MalformedQueryError(
            problems, query_id=_readable_id(body), tenant=tenant_of(body.get("metadata"))
        ) from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _field(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place) or "query"


def _readable_id(body: dict[str, Any]) -> str | None:
    if len(tenant_of(body.get("metadata"))) > LONGEST_TENANT:
        return None  # whose id it would be cannot be stored
    query_id = body.get("query_id")
    readable = isinstance(query_id, str) and 0 < len(query_id) <= LONGEST_ID and is_storable(query_id)
    return query_id if readable else None
