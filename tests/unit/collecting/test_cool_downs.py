"""Cool-downs within one process."""

from dataclasses import dataclass

from jisi.collecting.cool_downs import OwnCoolDowns
from jisi.llm.errors import EndpointUnreachable, KeyRefused, RateLimited, StalledStream
from jisi.llm.spec import ModelSpec

ADA = ModelSpec(name="ada", base_url="http://h/v1", model="a", prompt_price=1, completion_price=1)


@dataclass
class Clock:
    """Seconds, as a test moves them."""

    now: float = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


async def test_each_failure_after_a_cool_down_doubles_it_up_to_a_minute() -> None:
    """The first is as long as the error says, each next one twice as long; a success forgets them."""
    clock = Clock()
    cool_downs = OwnCoolDowns(clock=clock)
    waits = []
    for _ in range(7):
        await cool_downs.failed(ADA, EndpointUnreachable("down"))
        cooling = cool_downs.cooling("ada")
        assert cooling is not None
        waits.append(cooling[0])
        clock.now += cooling[0]
    await cool_downs.succeeded(ADA)
    await cool_downs.failed(ADA, EndpointUnreachable("down"))

    assert waits == [2, 4, 8, 16, 32, 60, 60]
    assert cool_downs.cooling("ada") == (2, "endpoint_unreachable")


async def test_what_the_endpoint_asks_for_counts() -> None:
    """A Retry-After is kept to as it is, up to ten minutes; a refused key is left alone for its minute."""
    cool_downs = OwnCoolDowns(clock=Clock())
    bea, cid = ADA.model_copy(update={"name": "bea"}), ADA.model_copy(update={"name": "cid"})
    await cool_downs.failed(ADA, RateLimited("slow down", retry_after_seconds=90))
    await cool_downs.failed(bea, RateLimited("tomorrow", retry_after_seconds=86_400))
    await cool_downs.failed(cid, KeyRefused("no"))

    assert cool_downs.cooling("ada") == (90, "rate_limited")
    assert cool_downs.cooling("bea") == (600, "rate_limited")
    assert cool_downs.cooling("cid") == (60, "key_refused")
    assert cool_downs.cooling("dan") is None


async def test_one_stalled_stream_is_no_reason_yet() -> None:
    """Errors that happen to a single call lead to a cool-down only when three come in a row."""
    cool_downs = OwnCoolDowns(clock=Clock())
    seen = []
    for _ in range(3):
        await cool_downs.failed(ADA, StalledStream("silent"))
        seen.append(cool_downs.cooling("ada"))

    assert seen == [None, None, (5, "stalled_stream")]
