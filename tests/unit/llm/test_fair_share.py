"""Dividing an endpoint among replicas: fair, never above the limit, nobody starves."""

import itertools
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jisi.llm.fair_share import (
    REQUEST_VALIDITY_SECONDS,
    TURN_SECONDS,
    Claim,
    borrow_requests,
    divide_slots,
    renew_part,
)


def _claim(replica: str, demand: int, slots: int = 0, seconds: float = 0.0) -> Claim:
    return Claim(replica=replica, demand=demand, slots=slots, seconds=seconds)


@pytest.mark.parametrize(
    ("limit", "demands", "parts"),
    [
        (10, [], []),
        (10, [4], [10]),
        (10, [20], [10]),
        (10, [20, 20], [5, 5]),
        (10, [2, 20], [2, 8]),
        (10, [1, 4, 20], [1, 4, 5]),
        (10, [0, 20], [0, 10]),
        (10, [0, 4], [3, 7]),
        (10, [0, 0], [5, 5]),
        (11, [20, 20, 20], [4, 4, 3]),
        (1, [1, 1, 1], [1, 0, 0]),
        (0, [3, 3], [0, 0]),
    ],
)
def test_division(limit: int, demands: list[int], parts: list[int]) -> None:
    """What is demanded is shared max-min fair, and the rest evenly."""
    claims = [_claim(f"r{number}", demand) for number, demand in enumerate(demands)]

    assert list(divide_slots(limit, claims).values()) == parts


def test_an_odd_slot_stays_where_it_is() -> None:
    """Where every replica has some, the one left over does not go round."""
    claims = [_claim("a", 9, slots=3, seconds=99), _claim("b", 9, slots=4, seconds=99)]

    assert divide_slots(7, claims) == {"a": 3, "b": 4}


def test_turns() -> None:
    """A slot too few goes to whoever is in its turn, then to who has waited longest, last to who has had one."""
    in_turn, over = TURN_SECONDS / 2, TURN_SECONDS * 2
    waiting = [_claim("b", 1, seconds=5.0), _claim("c", 1, seconds=9.0)]

    assert divide_slots(1, [_claim("a", 1, slots=1, seconds=in_turn), *waiting]) == {"a": 1, "b": 0, "c": 0}
    assert divide_slots(1, [_claim("a", 1, slots=1, seconds=over), *waiting]) == {"a": 0, "b": 0, "c": 1}
    assert divide_slots(1, [_claim("a", 1, slots=1, seconds=over), _claim("b", 0)]) == {"a": 1, "b": 0}


_claims = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.floats(0, 60)), max_size=8).map(
    lambda given: [_claim(f"r{number}", *claim) for number, claim in enumerate(given)]
)


@given(st.integers(0, 60), _claims)
def test_division_is_fair(limit: int, claims: Sequence[Claim]) -> None:
    """All of the limit is given and no more; nobody is above its demand while another is short of an equal part."""
    parts = divide_slots(limit, claims)

    assert sum(parts.values()) == (limit if claims else 0)
    assert all(part >= 0 for part in parts.values())
    short = [claim for claim in claims if parts[claim.replica] < claim.demand]
    for one, other in itertools.product(short, claims):
        assert parts[other.replica] <= max(parts[one.replica] + 1, 0)
        assert parts[other.replica] <= other.demand
    idle = [claim for claim in claims if claim.demand == 0]
    for one, other in itertools.combinations(idle, 2):
        assert abs(parts[one.replica] - parts[other.replica]) <= 1


@given(st.integers(1, 5), st.integers(1, 8), st.integers(30, 60))
def test_nobody_starves(limit: int, replicas: int, rounds: int) -> None:
    """With fewer slots than replicas that want one all the time, each gets one within a full round of turns."""
    slots = dict.fromkeys((f"r{number}" for number in range(replicas)), 0)
    since = dict.fromkeys(slots, 0.0)
    served = dict.fromkeys(slots, 0.0)
    worst = 0.0
    for step in range(rounds):
        now = step * TURN_SECONDS
        parts = divide_slots(limit, [_claim(name, 1, slots[name], now - since[name]) for name in slots])
        assert sum(parts.values()) == limit
        for name in slots:
            has = min(parts[name], 1)
            if has != slots[name]:
                since[name] = now
            slots[name] = has
            if has:
                served[name] = now
            worst = max(worst, now - served[name])

    assert worst <= TURN_SECONDS * -(-replicas // limit)


class _Renewals:
    """Replicas that renew in any order, as `jisi.llm.share_store` has it: only one's own row changes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.rows: dict[str, Claim] = {}

    def renew(self, replica: str, *, floor: int, demand: int) -> int:
        mine = self.rows.get(replica, _claim(replica, 0))
        others = [claim for name, claim in self.rows.items() if name != replica]
        part = renew_part(self.limit, mine=_claim(replica, demand, mine.slots), others=others, floor=floor)
        self.rows[replica] = _claim(replica, demand, part.slots)
        return min(part.slots, part.target)


@given(
    st.integers(0, 12),
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 20), st.floats(0, 1)), max_size=40),
)
def test_renewals_in_any_order_stay_below_the_limit(limit: int, renewals: Sequence[tuple[str, int, float]]) -> None:
    """Whoever renews when, with whatever running, the shares never sum to more than the limit."""
    store = _Renewals(limit)
    caps: dict[str, int] = {}
    for replica, demand, busy in renewals:
        running = int(busy * store.rows[replica].slots) if replica in store.rows else 0
        caps[replica] = store.renew(replica, floor=max(running, caps.get(replica, 0)), demand=demand)

        assert sum(claim.slots for claim in store.rows.values()) <= limit
        assert caps[replica] <= store.rows[replica].slots


def test_all_converge_to_their_parts() -> None:
    """A newcomer gets its part as soon as the others have renewed twice: once to learn, once to give back."""
    store = _Renewals(6)
    caps: Mapping[str, int] = {"a": store.renew("a", floor=0, demand=9), "b": 0, "c": 0}
    for _ in range(2):
        caps = {name: store.renew(name, floor=caps[name], demand=9) for name in ("b", "c", "a")}
    caps = {name: store.renew(name, floor=caps[name], demand=9) for name in ("b", "c", "a")}

    assert caps == {"a": 2, "b": 2, "c": 2}


@given(
    st.integers(1, 300),
    st.lists(st.tuples(st.floats(0, 40), st.integers(1, 300), st.floats(0, 1)), min_size=1, max_size=40),
)
def test_no_minute_sees_more_than_its_requests(limit: int, steps: Sequence[tuple[float, int, float]]) -> None:
    """Wherever a minute starts, no more calls begin in it, although a lent request may be used a little later."""
    now, arrival_at = 1000.0, 0.0
    begun: list[float] = []
    for pause, wanted, delay in steps:
        now += pause
        borrowed = borrow_requests(arrival_at=arrival_at, now=now, wanted=wanted, requests_per_minute=limit)
        arrival_at = borrowed.arrival_at
        assert borrowed.requests <= wanted
        begun += [now + delay * REQUEST_VALIDITY_SECONDS] * borrowed.requests
    begun.sort()
    for position, start in enumerate(begun):
        in_a_minute = sum(start <= moment < start + 60.0 - 1e-6 for moment in begun[position:])

        assert in_a_minute <= limit


@settings(max_examples=30)
@given(st.integers(1, 1000))
def test_requests_come_back(limit: int) -> None:
    """After `next_seconds` one more is lent, not earlier; over an hour nearly all of the limit is."""
    arrival_at, now, total = 0.0, 1000.0, 0
    while now < 1000.0 + 600.0:
        borrowed = borrow_requests(arrival_at=arrival_at, now=now, wanted=limit, requests_per_minute=limit)
        arrival_at = borrowed.arrival_at
        total += borrowed.requests
        early = borrow_requests(
            arrival_at=arrival_at, now=now + borrowed.next_seconds * 0.98, wanted=1, requests_per_minute=limit
        )
        assert early.requests == 0
        now += borrowed.next_seconds

    assert total >= limit * 10 * 0.8
