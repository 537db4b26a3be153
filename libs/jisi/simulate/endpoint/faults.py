"""Faults on demand: how an endpoint misbehaves, for which calls, how often.

They are set over HTTP, so that a test can order them whichever process serves.
"""

import itertools
from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jisi.simulate.dice import draw
from jisi.simulate.endpoint.chat import ApiError, ChatRequest


class FaultKind(Enum):
    """The ways in which an endpoint fails; the value is its name on the wire."""

    DELAY = "delay"
    """Answers well, `seconds` later."""
    RATE_LIMITED = "rate_limited"
    """429, with Retry-After unless `retry_after` is null."""
    SERVER_ERROR = "server_error"
    """500, or the `status` given."""
    UNAUTHORIZED = "unauthorized"
    """401: the key is refused."""
    PAYMENT_REQUIRED = "payment_required"
    """402: out of credit."""
    CONTEXT_EXCEEDED = "context_exceeded"
    """400 with the code context_length_exceeded."""
    HTML = "html"
    """502 with a page of HTML, as a proxy in between sends it."""
    SILENCE = "silence"
    """Takes the request and sends nothing, for `seconds` or until the client leaves."""
    STALL = "stall"
    """Sends `after_tokens` tokens, then nothing, for `seconds` or until the client leaves."""
    DISCONNECT = "disconnect"
    """Closes the connection after `after_tokens` tokens; before any response when it is not streamed."""
    STREAM_ERROR = "stream_error"
    """Sends `after_tokens` tokens, then an error object inside the stream."""
    GARBAGE = "garbage"
    """Sends what is no JSON in the place of the response."""
    TRUNCATED = "truncated"
    """Ends after `after_tokens` tokens with finish_reason `length`."""
    EMPTY = "empty"
    """Answers with no text, finish_reason `stop`."""
    ONLY_REASONING = "only_reasoning"
    """Answers with reasoning_content and no text."""
    REFUSAL = "refusal"
    """Declines to answer, finish_reason `content_filter`."""
    MISSING_USAGE = "missing_usage"
    """Answers well, without token counts."""


class Fault(BaseModel):
    """One rule. It applies to calls of its model and kind until it has fired `times` times."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    model: str = "*"
    """The model it concerns; `*` for all."""
    calls: Literal["any", "expert", "aggregator"] = "any"
    times: Annotated[int, Field(ge=1)] | None = None
    """How often it fires before it is spent; None without end."""
    skip: Annotated[int, Field(ge=0)] = 0
    """How many calls it lets pass first."""
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Of firing at a call; drawn from seed, rule and call, so that a run can be repeated."""
    seconds: Annotated[float, Field(ge=0)] | None = None
    """Length of a delay, silence or stall; None: a delay of one second, silence and stall until the client leaves."""
    after_tokens: Annotated[int, Field(ge=0)] = 4
    retry_after: int | float | str | None = 1
    """Value of the Retry-After header: seconds, or an HTTP date; None leaves the header out."""
    status: Annotated[int, Field(ge=500, le=599)] = 500

    def refusal(self) -> ApiError | None:
        """Return the error response of a kind that never begins to answer; None for the other kinds."""
        match self.kind:
            case FaultKind.RATE_LIMITED:
                headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
                return ApiError(
                    429,
                    "Simulated: rate limit reached.",
                    kind="rate_limit_error",
                    code="rate_limit_exceeded",
                    headers=headers,
                )
            case FaultKind.SERVER_ERROR:
                return ApiError(self.status, "Simulated: the server had an error.", kind="server_error")
            case FaultKind.UNAUTHORIZED:
                return ApiError(401, "Simulated: incorrect API key provided.", code="invalid_api_key")
            case FaultKind.PAYMENT_REQUIRED:
                return ApiError(
                    402, "Simulated: insufficient credit.", kind="insufficient_quota", code="insufficient_quota"
                )
            case FaultKind.CONTEXT_EXCEEDED:
                return ApiError(
                    400, "Simulated: the context length is exceeded.", param="messages", code="context_length_exceeded"
                )
            case _:
                return None


class _Rule:
    """A fault in force, with its counts."""

    def __init__(self, number: int, fault: Fault) -> None:
        self.number = number
        self.fault = fault
        self.seen = 0
        self.fired = 0

    def report(self) -> dict[str, object]:
        return {"id": self.number, "fired": self.fired, "spent": self.spent, **self.fault.model_dump(mode="json")}

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.fired >= self.fault.times

    def fires(self, request: ChatRequest, attempt: int, seed: int) -> bool:
        fault = self.fault
        wanted = fault.calls == "any" or (fault.calls == "aggregator") == request.aggregator
        if self.spent or not wanted or fault.model not in {"*", request.model}:
            return False
        self.seen += 1
        if self.seen <= fault.skip:
            return False
        if draw(seed, self.number, request.model, request.aggregator, request.query, attempt) >= fault.probability:
            return False
        self.fired += 1
        return True


class FaultBook:
    """The faults in force; the first that fires is the one a call gets."""

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed
        self._rules: list[_Rule] = []
        self._numbers = itertools.count(1)

    def add(self, given: object) -> dict[str, object]:
        """Put a fault in force; raises ApiError (400) that names the wrong fields."""
        rule = _Rule(next(self._numbers), _read_fault(given))
        self._rules.append(rule)
        return rule.report()

    def report(self) -> list[dict[str, object]]:
        """Return the faults with how often each has fired."""
        return [rule.report() for rule in self._rules]

    def remove(self, number: int | None = None) -> None:
        """Take one fault out of force, or all; raises ApiError (404) for a number that is not there."""
        if number is None:
            self._rules.clear()
            return
        kept = [rule for rule in self._rules if rule.number != number]
        if len(kept) == len(self._rules):
            raise ApiError(404, f"There is no fault {number}.")
        self._rules = kept

    def pick(self, request: ChatRequest, attempt: int) -> Fault | None:
        """Return the fault this call gets. `attempt` counts the earlier calls of the same model for the same query."""
        if request.fault is not None:
            fault = _read_fault(request.fault)
            if draw(self._seed, request.model, request.query, attempt) < fault.probability:
                return fault
        if not self._rules:
            return None
        return next((rule.fault for rule in self._rules if rule.fires(request, attempt, self._seed)), None)


def _read_fault(given: object) -> Fault:
    if not isinstance(given, Mapping):
        raise ApiError(400, "A fault is a JSON object with at least a kind.")
    try:
        return Fault.model_validate(given)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise ApiError(400, f"This fault cannot be set: {problems}.") from None
