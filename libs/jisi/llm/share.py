"""One replica's share of one model, in memory: decides without I/O whether a call may begin."""

import math
from collections import deque

from jisi.llm.fair_share import REQUEST_VALIDITY_SECONDS
from jisi.llm.share_store import Grant, Wish
from jisi.llm.spec import ModelLimits

_DENIAL_SECONDS = 2.0
"""A call that was turned away counts as waiting for so long, whether or not the service says that it waits."""
_PATIENCE_SECONDS = 0.25
"""After asking in vain, the next turned-away call does not ask again at once: a notification will say when to."""
_LEASE_USED = 0.9
"""Of a lease; we stop before Postgres gives the share to others, whose clock may run a little faster."""
_NEVER = -math.inf


class ModelShare:
    """What this replica may do with one model, and what it would like to."""

    def __init__(self, name: str, limits: ModelLimits) -> None:
        self.name = name
        self.limits = limits
        self.in_flight = 0
        self.waiting = 0
        self._slots = 0  # as the row in Postgres has it
        self._cap = 0  # never above it
        self._lease_ends = _NEVER
        self._requests: deque[list[float]] = deque()  # [count, valid until], in order of time
        self._begun = 0  # calls begun since the last loan
        self._lent_at = _NEVER
        self._next_request_at = _NEVER
        self._denied_at = _NEVER
        self._patient_until = _NEVER

    @property
    def limited(self) -> bool:
        """Whether the endpoint has limits that replicas must share."""
        return self.limits.concurrency is not None or self.limits.requests_per_minute is not None

    def free(self, now: float) -> int | None:
        """Return how many calls could begin now; None for any number."""
        parts: list[int] = []
        if self.limits.concurrency is not None:
            parts.append(max(0, self._cap - self.in_flight) if now < self._lease_ends else 0)
        if self.limits.requests_per_minute is not None:
            parts.append(self._requests_in_hand(now))
        return min(parts) if parts else None

    def begin(self, now: float) -> bool:
        """Begin a call if that is allowed."""
        free = self.free(now)
        if free is not None and free <= 0:
            self._denied_at = now
            return False
        self.in_flight += 1
        if self.limited:
            self._denied_at = _NEVER
            self._begun += 1
            if self._requests:
                self._requests[0][0] -= 1
        return True

    def end(self) -> None:
        """Note that a call has ended."""
        self.in_flight -= 1

    def wants_more(self, now: float) -> bool:
        """Whether a call waits here or was turned away lately."""
        return self.waiting > 0 or now - self._denied_at < _DENIAL_SECONDS

    def may_ask(self, now: float) -> bool:
        """Whether asking Postgres out of turn could bring something."""
        return now >= self._patient_until

    @property
    def holds(self) -> bool:
        """Whether it has slots that others may want."""
        return self._slots > 0

    @property
    def should_give_back(self) -> bool:
        """Whether the row stands for more than this replica will use."""
        return self.limits.concurrency is not None and self._slots > self._floor

    def next_request_at(self, now: float) -> float | None:
        """Return when to ask for a request again, where one is wanted and none is in hand."""
        if self.limits.requests_per_minute is None or not self.wants_more(now) or self._requests_in_hand(now):
            return None
        return max(self._next_request_at, self._patient_until)

    def wish(self, now: float) -> Wish:
        """Say what to ask for."""
        wanted = max(self.waiting, 1 if self.wants_more(now) else 0)
        demand = self.in_flight + wanted
        ahead = 0
        if self._begun and now > self._lent_at:
            ahead = math.ceil(self._begun / max(1.0, now - self._lent_at))
        return Wish(
            model=self.name,
            concurrency=self.limits.concurrency,
            requests_per_minute=self.limits.requests_per_minute,
            floor=self._floor,
            demand=demand,
            requests=max(0, max(wanted, ahead) - self._requests_in_hand(now)),
        )

    def take(self, grant: Grant, *, asked_at: float, now: float, lease_seconds: float) -> None:
        """Take what was granted; the lease counts from before it was asked for, so that ours ends first."""
        self._slots = grant.part.slots
        self._cap = min(grant.part.slots, grant.part.target)
        self._lease_ends = asked_at + lease_seconds * _LEASE_USED
        if self.limits.requests_per_minute is not None:
            if grant.borrowed.requests:
                self._requests.append([grant.borrowed.requests, asked_at + REQUEST_VALIDITY_SECONDS])
            self._begun = 0
            self._lent_at = now
            self._next_request_at = now + grant.borrowed.next_seconds
        free = self.free(now)
        in_vain = free is not None and free <= 0 and self.wants_more(now)
        self._patient_until = now + _PATIENCE_SECONDS if in_vain else _NEVER

    def invite(self) -> None:
        """Note that something was freed: asking may help again."""
        self._patient_until = _NEVER

    @property
    def _floor(self) -> int:
        """Calls this replica does not exceed without having asked."""
        return max(self.in_flight, self._cap)

    def _requests_in_hand(self, now: float) -> int:
        requests = self._requests
        while requests and (requests[0][0] <= 0 or requests[0][1] <= now):
            requests.popleft()
        return int(sum(count for count, _ in requests))
