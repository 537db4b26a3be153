"""The pool: which models there are, where they live, what they cost and how hard they may be used (DESIGN.md 4)."""

import re
from functools import cached_property
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_KEY_LIKE = re.compile(r"(?i)^(sk|pk|gsk|hf|xai|ghp|api|key|bearer)[-_ ]")
_SECRET_FIELD = re.compile(r"(?i)(api[-_]?key|secret|password|authorization|bearer|access[-_]?token|auth[-_]?token)")
MAX_NAME_CHARACTERS = 200
"""A model's name is a key in tables, headers and metrics: long enough for any hub's path, no more."""


def _is_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address like https://host/v1, up to but without /chat/completions")
    if parts.username or parts.password:
        raise ValueError("must not hold a password: name an environment variable in `api_key_env` instead")
    if parts.query or parts.fragment:
        raise ValueError("must not hold ? or #: put additional parameters into `extra_body`")
    trimmed = url.rstrip("/")
    if trimmed.endswith("/chat/completions"):
        raise ValueError("must end before /chat/completions, which is added to it")
    return trimmed


def _is_variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name) or _KEY_LIKE.match(name):
        raise ValueError(
            "must be the NAME of an environment variable, such as OPENAI_API_KEY, not a key itself;"
            " if a key stood here, take it out and replace it at its provider: files are copied and committed"
        )
    return name


def _has_no_secret(body: dict[str, Any]) -> dict[str, Any]:
    reserved = {"model", "messages", "stream", "stream_options", "n", "tools", "max_tokens"} & body.keys()
    if reserved:
        raise ValueError(f"must not hold {', '.join(sorted(reserved))}: these are set by JiSi itself")
    if any(_SECRET_FIELD.search(name) for name in _names(body)):
        raise ValueError("must not hold a secret: name an environment variable in `api_key_env` instead")
    return body


def _names(value: object) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(name for inner in value.values() for name in _names(inner))]
    if isinstance(value, list):
        return [name for inner in value for name in _names(inner)]
    return []


Address = Annotated[str, AfterValidator(_is_address)]
VariableName = Annotated[str, AfterValidator(_is_variable)]
ExtraBody = Annotated[dict[str, Any], AfterValidator(_has_no_secret)]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_CHARACTERS, pattern=r"^\S(.*\S)?$")]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, lt=2**31)]


class _Part(BaseModel):
    """Frozen and strict about names: an unknown field in a file is a misspelt one. Values are kept out of errors."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)


class Sampling(_Part):
    """How the model draws its tokens; what is not given is left to the endpoint."""

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=-1)] | None = None
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    repetition_penalty: Annotated[float, Field(gt=0)] | None = None
    seed: int | None = None
    reasoning_effort: str | None = None


class ModelLimits(_Part):
    """What the endpoint bears; None is no limit known."""

    concurrency: Count | None = None
    """Calls at once, over all replicas of all services."""
    requests_per_minute: Count | None = None
    """Calls begun a minute, over all replicas of all services."""
    context_tokens: Count | None = None
    """Prompt and completion together."""
    max_tokens: Count | None = None
    """Longest completion it gives, reasoning included."""


class Timeouts(_Part):
    """When a call counts as failed; the query's deadline cuts it shorter."""

    connect_seconds: Seconds = 5.0
    chunk_seconds: Seconds = 90.0
    """Longest silence, before the first token too: reasoning models that hide their thoughts think a while."""
    total_seconds: Seconds = 600.0


class ModelSpec(_Part):
    """One model: an endpoint that speaks the OpenAI protocol, and how it is used."""

    name: Name
    """What it is called here: in the bank, in answers, in metrics."""
    base_url: Address
    """Up to but without `/chat/completions`."""
    model: Name
    """What the endpoint calls it."""
    api_key_env: VariableName | None = None
    """Environment variable that holds the key; the key itself is never written down."""
    system_prompt: str | None = None
    """Put before everything else said to the model: two experts may be one model with two prompts."""
    sampling: Sampling = Sampling()
    prompt_price: Price
    """USD a million tokens."""
    completion_price: Price
    """USD a million tokens, reasoning included."""
    limits: ModelLimits = ModelLimits()
    timeouts: Timeouts = Timeouts()
    extra_body: ExtraBody = Field(default_factory=dict)
    """Further fields of every request, as the endpoint understands them."""
    eligible: bool = True
    """False for a reference model, recorded for comparison: never asked (ALGORITHM.md 0)."""

    @model_validator(mode="after")
    def _can_be_stored(self) -> Self:
        if "\\u0000" in self.model_dump_json():
            raise ValueError("a text must not hold the NUL character")
        return self


class Pool(_Part):
    """All models in the order of the file, which settles the last ties of a ranking (ALGORITHM.md 1)."""

    model_config = ConfigDict(strict=False)  # a stored pool has its models in a list

    models: Annotated[tuple[ModelSpec, ...], Field(min_length=1)]
    default_model: str = ""
    """Answers where there is nothing to go by (ALGORITHM.md 6); not given: the first eligible one."""

    @model_validator(mode="before")
    @classmethod
    def _first_is_default(cls, data: Any) -> Any:  # noqa: ANN401 - whatever was given to the constructor
        if isinstance(data, dict) and not data.get("default_model"):
            models = data.get("models", ())
            names = [_field(model, "name") for model in models if _field(model, "eligible") is not False]
            return {**data, "default_model": names[0] if names and isinstance(names[0], str) else ""}
        return data

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        names = [model.name for model in self.models]
        if len(set(names)) < len(names):
            raise ValueError("two models have the same name")
        if self.default_model not in {model.name for model in self.eligible}:
            raise ValueError("the default model is not one of the eligible models")
        return self

    @cached_property
    def eligible(self) -> tuple[ModelSpec, ...]:
        """The models that may be asked, in pool order."""
        return tuple(model for model in self.models if model.eligible)

    @cached_property
    def by_name(self) -> dict[str, ModelSpec]:
        """All models by their name."""
        return {model.name: model for model in self.models}


def _field(model: object, name: str) -> object:
    return model.get(name) if isinstance(model, dict) else getattr(model, name, None)
