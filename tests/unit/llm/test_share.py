"""What a replica does with its share, with time as a value."""

from jisi.llm.fair_share import Borrowed, Part
from jisi.llm.share import ModelShare
from jisi.llm.share_store import Grant
from jisi.llm.spec import ModelLimits

LEASE = 10.0


def _share(concurrency: int | None = None, requests_per_minute: int | None = None) -> ModelShare:
    return ModelShare("m", ModelLimits(concurrency=concurrency, requests_per_minute=requests_per_minute))


def _grant(slots: int, target: int | None = None, *, requests: int = 0, next_seconds: float = 0.0) -> Grant:
    return Grant(
        model="m",
        part=Part(slots=slots, target=slots if target is None else target),
        borrowed=Borrowed(requests=requests, arrival_at=0.0, next_seconds=next_seconds),
    )


def _take(share: ModelShare, grant: Grant, *, at: float = 0.0) -> None:
    share.take(grant, asked_at=at, now=at, lease_seconds=LEASE)


def test_without_limits_everything_may_begin() -> None:
    """A model without limits needs no share."""
    share = _share()

    assert not share.limited
    assert share.free(0.0) is None
    assert all(share.begin(0.0) for _ in range(1000))


def test_nothing_begins_before_a_grant_or_after_the_lease() -> None:
    """A share counts from its grant until a margin before others may have it."""
    share = _share(2)
    assert not share.begin(0.0)
    _take(share, _grant(2))

    assert share.begin(0.0)
    assert not share.begin(LEASE - 0.5)
    assert share.free(LEASE - 0.5) == 0
    assert share.begin(LEASE - 1.5)


def test_a_share_is_divided_among_calls() -> None:
    """As many calls run at once as there are slots."""
    share = _share(2)
    _take(share, _grant(2))
    assert [share.begin(0.0) for _ in range(3)] == [True, True, False]
    share.end()

    assert share.free(0.0) == 1
    assert share.begin(0.0)


def test_giving_back() -> None:
    """Told to have too much, a replica begins nothing beyond its part, and keeps slots only for what still runs."""
    share = _share(4)
    _take(share, _grant(4))
    for _ in range(3):
        share.begin(0.0)
    _take(share, _grant(4, target=1))
    assert not share.begin(0.0)
    assert share.should_give_back
    assert share.wish(0.0).floor == 3
    _take(share, _grant(3, target=1))
    assert not share.should_give_back
    share.end()

    assert share.should_give_back
    assert share.wish(0.0).floor == 2
    assert not share.begin(0.0)


def test_a_turned_away_call_is_a_wish() -> None:
    """Who is turned away counts as waiting for a while, also when nobody says so."""
    share = _share(1)
    assert share.wish(0.0).demand == 0
    share.begin(0.0)

    assert share.wish(0.0).demand == 1
    assert share.wish(60.0).demand == 0
    share.waiting = 5
    assert share.wish(60.0).demand == 5


def test_asking_in_vain_is_not_repeated_at_once() -> None:
    """While others hold everything, Postgres is not asked at each call; an invitation changes that."""
    share = _share(1)
    assert share.may_ask(0.0)
    share.begin(0.0)
    _take(share, _grant(0))
    assert not share.may_ask(0.1)
    assert share.may_ask(1.0)
    share.invite()
    assert share.may_ask(0.1)
    _take(share, _grant(0), at=30.0)

    assert share.may_ask(30.0), "that renewal asked for nothing"


def test_requests_are_used_up_and_expire() -> None:
    """Lent requests begin calls until they are spent or too old, the oldest first."""
    share = _share(requests_per_minute=60)
    assert not share.begin(0.0)
    _take(share, _grant(0, requests=2), at=0.0)
    assert share.begin(0.5)
    _take(share, _grant(0, requests=3), at=1.0)
    assert share.free(1.0) == 4

    assert share.free(2.5) == 3
    assert share.free(3.5) == 0


def test_both_limits_hold() -> None:
    """The tighter of the two limits decides, and a call that may not begin costs no request."""
    share = _share(1, requests_per_minute=60)
    _take(share, _grant(1, requests=5))
    assert share.begin(0.0)
    assert not share.begin(0.0)
    share.end()

    assert share.free(0.0) == 1
    assert share.begin(0.0)


def test_requests_are_asked_for_when_due() -> None:
    """Who waits for a request asks again when the next one is due, and not before."""
    share = _share(requests_per_minute=1)
    assert share.next_request_at(0.0) is None
    share.waiting = 1
    _take(share, _grant(0, next_seconds=40.0))

    assert share.next_request_at(1.0) == 40.0


def test_a_busy_replica_borrows_ahead() -> None:
    """Requests are lent for about a second of what was begun lately, less what is in hand."""
    share = _share(requests_per_minute=6000)
    _take(share, _grant(0, requests=100), at=0.0)
    for _ in range(50):
        share.begin(1.0)

    assert share.wish(1.0).requests == 0
    for _ in range(50):
        share.begin(1.0)
    assert share.wish(1.0).requests == 100
