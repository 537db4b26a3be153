"""Who of several replicas may use how much of an endpoint: plain values in and out, no clock and no database.

`divide_slots` shares the calls at once, `borrow_requests` the calls a minute.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TURN_SECONDS = 2.0
"""Where there are fewer slots than replicas that want one, a slot is kept this long before it goes to the next: long
enough not to spend the time on handing it over, short enough that nobody starves."""

REQUEST_VALIDITY_SECONDS = 2.0
"""A borrowed request must begin within this time: were it hoarded, a minute could see more than its share."""
_MINUTE = 60.0
_BURST_SHARE = 0.1
"""Of a minute's requests, how many may come at once after a pause; the rest comes evenly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one replica has and wants of one model."""

    replica: str
    demand: int
    """Calls it runs and calls that wait there."""
    slots: int
    """Calls it may run at once as of now."""
    seconds: float = 0.0
    """Since when it has slots, or since when it has waited for one."""

    @property
    def hungry(self) -> bool:
        """Whether it could use more than it has."""
        return self.demand > self.slots


def divide_slots(limit: int, claims: Sequence[Claim]) -> Mapping[str, int]:
    """Divide an endpoint's slots: max-min fair by demand, and what is left evenly, so that idle ones need not ask.

    Nobody gets more than it demands while another gets less than both its demand and an equal part. Where slots are
    fewer than replicas that want one, they go round (`TURN_SECONDS`). The parts never exceed the limit, and all of it
    is given when there is anyone to take it.
    """
    if not claims:
        return {}
    parts = dict.fromkeys((claim.replica for claim in claims), 0)
    left = limit
    wanting = [claim for claim in claims if claim.demand > 0]
    while wanting and left >= len(wanting):
        level = left // len(wanting)
        for claim in wanting:
            given = min(level, claim.demand - parts[claim.replica])
            parts[claim.replica] += given
            left -= given
        wanting = [claim for claim in wanting if claim.demand > parts[claim.replica]]
    scarce = any(parts[claim.replica] == 0 for claim in wanting)
    for claim in sorted(wanting, key=_turn if scarce else _holder)[:left]:
        parts[claim.replica] += 1
        left -= 1
    level, odd = divmod(left, len(claims))
    for position, claim in enumerate(sorted(claims, key=_holder)):
        parts[claim.replica] += level + (position < odd)
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one replica has after a renewal."""

    slots: int
    """Calls at once it holds: nobody else may have them."""
    target: int
    """Its fair part: when it holds more, it is to begin no call beyond it and so give the rest back."""


def renew_part(limit: int, *, mine: Claim, others: Sequence[Claim], floor: int) -> Part:
    """Renew one replica's part while the others' stay as they are.

    It grows by what nobody holds and shrinks to what it is sure not to exceed (`floor`), so the parts never sum to more
    than the limit, in whatever order replicas renew.
    """
    target = divide_slots(limit, [mine, *others])[mine.replica]
    unheld = limit - sum(claim.slots for claim in others)
    return Part(slots=max(0, min(floor, mine.slots), min(target, unheld)), target=target)


def _turn(claim: Claim) -> tuple[int, float, str]:
    """Order by whose turn it is: those in the middle of theirs, then who has waited longest, then who has had one."""
    if claim.slots > 0:
        in_turn = claim.seconds < TURN_SECONDS
        return (0 if in_turn else 2, claim.seconds, claim.replica)
    return (1, -claim.seconds, claim.replica)


def _holder(claim: Claim) -> tuple[int, str]:
    """Order by who has most, so that an odd slot stays where it is."""
    return (-claim.slots, claim.replica)


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """Requests lent to one replica."""

    requests: int
    """How many calls it may begin within `REQUEST_VALIDITY_SECONDS`."""
    arrival_at: float
    """The new theoretical arrival time, to be stored; seconds of the same clock."""
    next_seconds: float
    """When one more could be lent."""


def borrow_requests(*, arrival_at: float, now: float, wanted: int, requests_per_minute: int) -> Borrowed:
    """Lend requests by GCRA (a leaky bucket kept as one time), in a chunk.

    In no minute do more than `requests_per_minute` calls begin, wherever the minute starts, although a call begins up
    to `REQUEST_VALIDITY_SECONDS` after its request was lent: bucket and rate together stay below it.

    Args:
        arrival_at: the theoretical arrival time stored by the last loan; any time in the past at first.
        now: seconds of the clock all loans go by.
        wanted: how many calls would begin now.
        requests_per_minute: the endpoint's limit.
    """
    burst = max(1, math.floor(requests_per_minute * _BURST_SHARE))
    interval = (_MINUTE + REQUEST_VALIDITY_SECONDS) / (requests_per_minute - burst + 1)
    begin = max(arrival_at, now)
    # The bucket holds `burst`: lending n is allowed while begin + n * interval <= now + burst * interval.
    room = math.floor((now - begin) / interval + burst + 1e-9)
    requests = max(0, min(wanted, room))
    arrival = begin + requests * interval
    return Borrowed(
        requests=requests,
        arrival_at=arrival if requests else arrival_at,
        next_seconds=max(0.0, arrival - now - (burst - 1) * interval),
    )
