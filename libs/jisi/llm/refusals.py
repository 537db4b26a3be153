"""Reads an endpoint's refusal: status, headers and error object to a typed error (`jisi.llm.errors`)."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from jisi.llm.errors import (
    BadProtocol,
    ContextOverflow,
    EndpointError,
    EndpointTimeout,
    KeyRefused,
    LLMError,
    ModelNotFound,
    OutOfCredit,
    RateLimited,
    RequestRefused,
)

QUOTED_CHARACTERS = 300
"""As much of an endpoint's words as is quoted: enough to see what it wants, too little to repeat the texts sent."""
_LONGEST_WAIT_SECONDS = 24 * 3600.0
_SECRET = re.compile(r"(?i)\b(?:bearer\s+\S+|(?:sk|pk|gsk|hf|xai|key)[-_][\w*.-]{4,})")
_CREDIT = re.compile(
    r"(?i)insufficient[ _-]+(?:quota|balance|credits?|funds)|billing[ _-](?:hard[ _-])?limit|out of credits?"
    r"|exceeded your current quota|credit balance is too low"
)
_CONTEXT = re.compile(
    r"(?i)context[ _-]?(?:length|window|size)|maximum (?:prompt|input) length|(?:prompt|input) is too long"
    r"|too many (?:input |prompt )?tokens|reduce the length of"
)
_BY_STATUS: Mapping[int, type[LLMError]] = {
    401: KeyRefused,
    402: OutOfCredit,
    403: KeyRefused,
    404: ModelNotFound,
    408: EndpointTimeout,
    409: EndpointError,  # a conflict, which passes
    425: EndpointError,  # too early
    429: RateLimited,
}
_ADVICE: Mapping[type[LLMError], str] = {
    OutOfCredit: ": the account has no credit left",
    ContextOverflow: ": longer than the model's context",
    ModelNotFound: ": check base_url and model",
}
_BUSY = frozenset({"rate_limit_exceeded", "rate_limit_error", "too_many_requests"})


class ErrorObject:
    """The error an endpoint described, in any of the shapes in use; what is missing is empty."""

    def __init__(self, given: object) -> None:
        inner = given.get("error", given) if isinstance(given, Mapping) else given
        if isinstance(inner, Mapping):
            self.message = _text(inner, "message") or _text(inner, "detail") or _text(inner, "msg")
            self.kind, self.code, self.param = (_text(inner, name) for name in ("type", "code", "param"))
        else:
            self.message = inner if isinstance(inner, str) else ""
            self.kind = self.code = self.param = ""

    @property
    def text(self) -> str:
        """All it says, to be searched."""
        return f"{self.code} {self.kind} {self.message}"


def read_error(body: bytes) -> ErrorObject:
    """Read the body of a refusal: JSON, or whatever stands there as text."""
    try:
        return ErrorObject(json.loads(body))
    except ValueError:
        return ErrorObject(_plain(body.decode("utf-8", "replace")))


def refusal(
    status: int, headers: Mapping[str, str], error: ErrorObject, *, where: str, secret: str | None, key_env: str | None
) -> LLMError:
    """Return the typed error for an HTTP status that is no success.

    Args:
        status: of the response.
        headers: of the response; Retry-After is read as seconds or as an HTTP date.
        error: what its body says.
        where: what was called, for the message.
        secret: the key that was sent: endpoints repeat it, we do not.
        key_env: the name of its environment variable.
    """
    wait = retry_after_seconds(headers.get("retry-after"), now=datetime.now(UTC))
    said = f"{where} answered {status}{_quoted(error, secret)}"
    kind = _kind(status, error)
    advice = _ADVICE.get(kind, "")
    if kind is KeyRefused:
        advice = f": check the key in {key_env}" if key_env else ": it wants a key, name its variable in api_key_env"
    elif 300 <= status < 400:  # noqa: PLR2004 - the class of redirections
        advice = ": it redirects; set base_url to where it leads"
    return kind(said + advice, status=status, retry_after_seconds=wait)


def _kind(status: int, error: ErrorObject) -> type[LLMError]:
    if status in {400, 401, 403, 429} and _CREDIT.search(error.text):
        return OutOfCredit
    if kind := _BY_STATUS.get(status):
        return kind
    if status >= 500:  # noqa: PLR2004 - the class of the server's own errors
        return EndpointError
    if status < 300:  # noqa: PLR2004 - a success, but not with a completion
        return BadProtocol
    return ContextOverflow if status == 413 or _CONTEXT.search(error.text) else RequestRefused  # noqa: PLR2004


def error_in_stream(error: ErrorObject, *, where: str, secret: str | None) -> LLMError:
    """Return the typed error for an error object sent in the place of tokens, after the status had gone out."""
    said = f"{where} broke off{_quoted(error, secret)}"
    if _CREDIT.search(error.text):
        return OutOfCredit(said)
    if error.code in {"429", *_BUSY} or error.kind in _BUSY:
        return RateLimited(said)
    if _CONTEXT.search(error.text):
        return ContextOverflow(said)
    return EndpointError(said)


def retry_after_seconds(value: str | None, *, now: datetime) -> float | None:
    """Read a Retry-After header: seconds or an HTTP date; None when it is missing or makes no sense."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    if seconds != seconds:  # noqa: PLR0124 - NaN, which float() accepts
        return None
    return min(max(seconds, 0.0), _LONGEST_WAIT_SECONDS)


def without_secrets(text: str, secret: str | None) -> str:
    """Take the key that was sent, and whatever looks like one, out of a text."""
    if secret:
        text = text.replace(secret, "[key]")
    return _SECRET.sub("[key]", text)


def _quoted(error: ErrorObject, secret: str | None) -> str:
    said = " ".join(without_secrets(error.message or error.code or error.kind, secret).split())
    return f" ({said[:QUOTED_CHARACTERS]})" if said else ""


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    return str(value) if isinstance(value, str | int) else ""


def _plain(page: str) -> str:
    """Give the words of a page of HTML, as proxies answer."""
    return re.sub(r"<[^>]*>", " ", page[:10_000])
