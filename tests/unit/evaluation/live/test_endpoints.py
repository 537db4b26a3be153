"""When a model may be asked."""

import asyncio

import pytest
from jisi.evaluation.live.endpoints import CALLS_AT_ONCE, CallFailedError, Endpoint
from jisi.llm.errors import EndpointError, KeyRefused, LLMError, RateLimited, RequestRefused
from jisi.llm.spec import ModelLimits, ModelSpec


class _Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    """A clock that starts at 100."""
    return _Clock(monkeypatch)


def _endpoint(clock: _Clock, **limits: int) -> Endpoint:
    spec = ModelSpec(
        name="able",
        base_url="http://127.0.0.1:9/v1",
        model="able",
        prompt_price=1.0,
        completion_price=1.0,
        limits=ModelLimits(**limits),
    )
    return Endpoint(spec, clock=clock)


async def test_calls_at_once(clock: _Clock) -> None:
    """As many as the pool file allows, else a fixed number."""
    for endpoint, slots in ((_endpoint(clock, concurrency=2), 2), (_endpoint(clock), CALLS_AT_ONCE)):
        for _ in range(slots):
            assert not endpoint.slot.locked()
            await endpoint.slot.acquire()
        assert endpoint.slot.locked()


async def test_requests_a_minute(clock: _Clock) -> None:
    """Attempts begin at the distance that the limit leaves."""
    endpoint = _endpoint(clock, requests_per_minute=30)
    begun = []
    for _ in range(3):
        await endpoint.turn()
        begun.append(clock.now)

    assert begun == [100.0, 102.0, 104.0]


@pytest.mark.parametrize(
    ("error", "until"),
    [
        (RateLimited("busy", retry_after_seconds=7.0), 107.0),
        (RateLimited("busy"), 101.0),
        (EndpointError("broken"), 100.0),  # the third in a row says something of the next
        (RequestRefused("too long"), 100.0),  # says nothing of the next
    ],
)
async def test_a_model_is_left_alone(clock: _Clock, error: LLMError, until: float) -> None:
    """For as long as the error says, and then it may be asked again."""
    endpoint = _endpoint(clock)
    endpoint.failed(error)
    await endpoint.turn()

    assert clock.now == until


async def test_failures_in_a_row(clock: _Clock) -> None:
    """Each round is twice as long as the one before; a success forgets them all."""
    endpoint = _endpoint(clock)
    waits = []
    for _ in range(5):
        endpoint.failed(EndpointError("broken"))
        before = clock.now
        await endpoint.turn()
        waits.append(clock.now - before)
    assert waits == [0, 0, 2, 4, 8]

    endpoint.succeeded()
    endpoint.failed(EndpointError("broken"))
    before = clock.now
    await endpoint.turn()
    assert clock.now == before


async def test_too_long_a_wait(clock: _Clock) -> None:
    """Whoever would have to wait for too long goes without, with the cause; later it may be asked again."""
    endpoint = _endpoint(clock)
    endpoint.failed(RateLimited("busy", retry_after_seconds=50.0))

    with pytest.raises(CallFailedError) as raised:
        await endpoint.turn()
    assert (raised.value.model, raised.value.cause) == ("able", "rate_limited")
    assert endpoint.given_up is None

    clock.now += 30
    await endpoint.turn()
    assert clock.now == 150.0


async def test_a_refused_key(clock: _Clock) -> None:
    """What waiting does not mend ends it for this run."""
    endpoint = _endpoint(clock)
    endpoint.failed(KeyRefused("no such key"))

    given_up = endpoint.given_up
    assert given_up is not None
    assert given_up.cause == "key_refused"
    with pytest.raises(CallFailedError, match="no such key"):
        await endpoint.turn()
