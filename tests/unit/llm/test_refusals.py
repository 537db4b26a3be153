"""Refusals of endpoints become typed errors."""

from datetime import UTC, datetime

import pytest
from jisi.errors import PermanentError, TransientError
from jisi.llm import errors
from jisi.llm.errors import LLMError
from jisi.llm.refusals import ErrorObject, error_in_stream, read_error, refusal, retry_after_seconds

NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)


def _refusal(status: int, body: bytes = b"", secret: str | None = None) -> LLMError:
    return refusal(status, {}, read_error(body), where="m at http://host", secret=secret, key_env="KEY")


def _said(message: str, **fields: str) -> bytes:
    return (
        '{"error": {"message": "' + message + '"' + "".join(f', "{k}": "{v}"' for k, v in fields.items()) + "}}"
    ).encode()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, _said("Unknown parameter: 'foo'"), errors.RequestRefused),
        (400, _said("too long", code="context_length_exceeded"), errors.ContextOverflow),
        (400, _said("This model's maximum context length is 4096 tokens."), errors.ContextOverflow),
        (
            400,
            _said("the request exceeds the available context size", type="exceed_context_size_error"),
            errors.ContextOverflow,
        ),
        (400, _said("Your credit balance is too low"), errors.OutOfCredit),
        (401, _said("Incorrect API key"), errors.KeyRefused),
        (402, b"", errors.OutOfCredit),
        (403, _said("no access"), errors.KeyRefused),
        (403, _said("Insufficient balance"), errors.OutOfCredit),
        (404, _said("The model does not exist"), errors.ModelNotFound),
        (408, b"", errors.EndpointTimeout),
        (409, b"", errors.EndpointError),
        (413, b"", errors.ContextOverflow),
        (422, b'{"detail": "bad"}', errors.RequestRefused),
        (429, _said("slow down"), errors.RateLimited),
        (429, _said("You exceeded your current quota", code="insufficient_quota"), errors.OutOfCredit),
        (500, b"", errors.EndpointError),
        (502, b"<html><h1>Bad Gateway</h1></html>", errors.EndpointError),
        (529, b"", errors.EndpointError),
        (307, b"", errors.RequestRefused),
        (204, b"", errors.BadProtocol),
    ],
)
def test_statuses(status: int, body: bytes, error: type[LLMError]) -> None:
    """Status and words decide the class; transient ones may be tried again, the others not."""
    raised = _refusal(status, body)

    assert type(raised) is error
    assert raised.status == status
    assert raised.transient == isinstance(raised, TransientError)
    assert raised.transient != isinstance(raised, PermanentError)
    assert "m at http://host" in str(raised)


@pytest.mark.parametrize(
    ("error", "type_"),
    [
        ({"error": {"message": "x", "code": 500}}, errors.EndpointError),
        ({"error": {"message": "x", "code": 429}}, errors.RateLimited),
        ({"error": {"message": "x", "type": "rate_limit_error"}}, errors.RateLimited),
        ({"error": {"message": "insufficient_quota"}}, errors.OutOfCredit),
        ({"error": {"message": "maximum context length is 10"}}, errors.ContextOverflow),
        ({"object": "error", "message": "x"}, errors.EndpointError),
        ({"error": "overloaded"}, errors.EndpointError),
    ],
)
def test_errors_in_the_stream(error: object, type_: type[LLMError]) -> None:
    """After the status has gone out, the error object alone decides."""
    assert type(error_in_stream(ErrorObject(error), where="m", secret=None)) is type_


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Wed, 25 Nov 2026 12:00:30 GMT", 30.0),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0.0),
        ("Wed, 25 Nov 2026 12:00:30", 30.0),
        ("soon", None),
        ("nan", None),
        ("inf", 86_400.0),
        ("", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    """Seconds and HTTP dates are understood, nonsense is not, and nothing waits longer than a day."""
    assert retry_after_seconds(value, now=NOW) == seconds


def test_retry_after_reaches_the_error() -> None:
    """What the endpoint asks for counts before our default."""
    asked = refusal(429, {"retry-after": "7"}, read_error(b""), where="m", secret=None, key_env=None)
    silent = _refusal(429)

    assert (asked.retry_after_seconds, asked.cool_down_seconds) == (7.0, 7.0)
    assert silent.retry_after_seconds is None
    assert silent.cool_down_seconds == errors.RateLimited.default_cool_down_seconds


@pytest.mark.parametrize(
    "message",
    ["Incorrect API key provided: my-own-key-123.", "Bearer my-own-key-123 refused", "sk-proj-abcdef123 is no key"],
)
def test_keys_are_not_repeated(message: str) -> None:
    """Endpoints repeat the key that was sent; the error does not."""
    said = str(_refusal(401, _said(message), secret="my-own-key-123"))

    assert "my-own-key-123" not in said
    assert "sk-proj-abcdef123" not in said
    assert "KEY" in said


def test_long_words_are_cut() -> None:
    """A refusal that repeats the whole prompt is quoted in part, on one line."""
    said = str(_refusal(400, _said("x" * 5000 + "\\n\\ny")))

    assert len(said) < 500
    assert "\n" not in said


def test_every_leaf_has_its_own_name_on_the_wire() -> None:
    """No two errors share a code."""
    leaves = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LLMError)]

    assert len({leaf.code for leaf in leaves}) == len(leaves)
