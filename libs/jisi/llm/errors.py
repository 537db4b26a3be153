"""What can go wrong with a call to an endpoint, by what to do about it.

    LLMError (a JisiError)
    ├── transient: try this model again, after `retry_after_seconds` if the endpoint said so
    │   ├── EndpointUnreachable   no connection: DNS, refused, TLS
    │   ├── ConnectionLost        the connection ended before the response did
    │   ├── EndpointTimeout       too slow: no connection in time, or no end in time
    │   ├── StalledStream         said nothing for too long
    │   ├── RateLimited           429: too many requests
    │   ├── EndpointError         5xx, or an error in the middle of a stream
    │   └── BadProtocol           200, but not what the OpenAI protocol answers
    └── permanent: do not ask this model again for this query
        ├── KeyRefused            401, 403: mend the key
        │   └── KeyMissing        its environment variable is empty
        ├── OutOfCredit           402, or a 429 that means it: pay
        ├── RequestRefused        400, 404, 422 ...: mend pool.toml
        │   ├── ModelNotFound     404: no such model or path there
        │   └── ContextOverflow   longer than the model's context
        └── DeadlineExceeded      the query's time was over; nobody's fault

Each leaf is a TransientError or a PermanentError too, so that a caller needs no list of them. An empty or cut off
response is no error but a property of `Completion`: it was paid for.
"""

from typing import ClassVar

from jisi.errors import JisiError, PermanentError, TransientError


class LLMError(JisiError):  # see the names below: they say what happened
    """A call that brought no response.

    `cool_down_seconds` is how long the endpoint should be left alone by everybody once this has happened
    `cool_down_after` times in a row; None: this says nothing about the next call.
    """

    code: ClassVar[str] = "llm_error"
    transient: ClassVar[bool] = True
    cool_down_after: ClassVar[int] = 1
    default_cool_down_seconds: ClassVar[float | None] = None

    def __init__(self, message: str, *, status: int | None = None, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status, where there was one."""
        self.retry_after_seconds = retry_after_seconds
        """What the endpoint asked for by Retry-After."""

    @property
    def cool_down_seconds(self) -> float | None:
        """How long to leave the endpoint alone; what it asked for counts before our default."""
        if self.default_cool_down_seconds is None:
            return self.retry_after_seconds
        return self.default_cool_down_seconds if self.retry_after_seconds is None else self.retry_after_seconds


class EndpointUnreachable(LLMError, TransientError):  # noqa: N818 - the leaves are named by what happened
    """No connection could be made: check `base_url`, and that the server runs."""

    code = "endpoint_unreachable"
    default_cool_down_seconds = 2.0


class ConnectionLost(LLMError, TransientError):  # noqa: N818
    """The connection ended before the response did."""

    code = "connection_lost"
    cool_down_after = 3
    default_cool_down_seconds = 2.0


class EndpointTimeout(LLMError, TransientError):  # noqa: N818
    """The endpoint was too slow: raise `timeouts` if that is its way."""

    code = "endpoint_timeout"
    cool_down_after = 3
    default_cool_down_seconds = 5.0


class StalledStream(LLMError, TransientError):  # noqa: N818
    """The endpoint said nothing for `timeouts.chunk_seconds`."""

    code = "stalled_stream"
    cool_down_after = 3
    default_cool_down_seconds = 5.0


class RateLimited(LLMError, TransientError):  # noqa: N818
    """Too many requests: lower `limits` in the pool file if this happens often."""

    code = "rate_limited"
    default_cool_down_seconds = 1.0


class EndpointError(LLMError, TransientError):
    """The endpoint had an error of its own."""

    code = "endpoint_error"
    cool_down_after = 3
    default_cool_down_seconds = 2.0


class BadProtocol(LLMError, TransientError):  # noqa: N818
    """The response is not what an OpenAI-compatible endpoint answers: check `base_url`."""

    code = "bad_protocol"
    cool_down_after = 3
    default_cool_down_seconds = 5.0


class KeyRefused(LLMError, PermanentError):  # noqa: N818
    """The endpoint refuses the key: check the environment variable in `api_key_env`."""

    code = "key_refused"
    transient = False
    default_cool_down_seconds = 60.0


class KeyMissing(KeyRefused):
    """The environment variable in `api_key_env` is not set."""

    code = "key_missing"


class OutOfCredit(LLMError, PermanentError):  # noqa: N818
    """The account behind the key has no credit left."""

    code = "out_of_credit"
    transient = False
    default_cool_down_seconds = 300.0


class RequestRefused(LLMError, PermanentError):  # noqa: N818
    """The endpoint refuses this request: its message says which field of the pool file it dislikes."""

    code = "request_refused"
    transient = False


class ModelNotFound(RequestRefused):
    """The endpoint knows no such model or path: check `model` and `base_url`."""

    code = "model_not_found"
    default_cool_down_seconds = 30.0


class ContextOverflow(RequestRefused):
    """Prompt and completion are longer than the model's context: set `limits.context_tokens`."""

    code = "context_overflow"


class DeadlineExceeded(LLMError, PermanentError):  # noqa: N818
    """The time the query had for this call is over."""

    code = "deadline_exceeded"
    transient = False
