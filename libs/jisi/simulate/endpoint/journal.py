"""The journal of calls: what each model was asked, how it ended, and what was bought twice."""

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from enum import Enum

from jisi.simulate.endpoint.chat import ChatRequest

_KEPT_CALLS = 20_000
"""Calls listed one by one; the counts go on beyond."""
_KEPT_KEYS = 200_000
"""Different calls told apart for the count of repeats; a load test longer than that has its answer by then."""


class Outcome(Enum):
    """How a call ended, seen from the endpoint."""

    COMPLETED = "completed"
    """A response went out to its end: it is paid for."""
    CANCELLED = "cancelled"
    """The client went away before the end."""
    REFUSED = "refused"
    """Answered with an error status."""
    BROKEN = "broken"
    """Broken off by a fault: a closed connection, an error in the stream, garbage."""


@dataclass(slots=True)
class Call:
    """One request."""

    number: int
    model: str
    aggregator: bool
    query: str
    query_id: str
    attempt: int
    """How many calls of the same model for the same query came before."""
    started: float
    epoch: int
    outcome: Outcome | None = None
    """None while it runs."""
    fault: str | None = None
    seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def report(self) -> dict[str, object]:
        """Return the call as JSON."""
        return {
            "number": self.number,
            "model": self.model,
            "kind": "aggregator" if self.aggregator else "expert",
            "query": self.query,
            "query_id": self.query_id,
            "attempt": self.attempt,
            "outcome": "running" if self.outcome is None else self.outcome.value,
            "fault": self.fault,
            "seconds": round(self.seconds, 4),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
        }


@dataclass(slots=True)
class _Counts:
    """Sums of one model."""

    requests: int = 0
    experts: int = 0
    aggregators: int = 0
    outcomes: dict[str, int] = field(default_factory=lambda: {outcome.value: 0 for outcome in Outcome})
    faults: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0

    def report(self) -> dict[str, object]:
        return {
            "requests": self.requests,
            "expert": self.experts,
            "aggregator": self.aggregators,
            **self.outcomes,
            "in_flight": self.in_flight,
            "peak_in_flight": self.peak_in_flight,
            "faults": dict(self.faults),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
        }


_Key = tuple[str, bool, str, str]


class Journal:
    """Counts calls by model. Its own clock is monotonic; nothing here is wall time."""

    def __init__(self) -> None:
        self._epoch = 0
        self._clear()

    def _clear(self) -> None:
        self._numbers = 0
        self._calls: deque[Call] = deque(maxlen=_KEPT_CALLS)
        self._counts: dict[str, _Counts] = {}
        self._asked: dict[_Key, int] = {}
        self._bought: dict[_Key, int] = {}

    def reset(self) -> None:
        """Forget all calls, those running too: they are not counted when they end."""
        self._epoch += 1
        self._clear()

    def begin(self, request: ChatRequest) -> Call:
        """Note a request that has been read."""
        key = (request.model, request.aggregator, request.query, request.query_id)
        self._numbers += 1
        call = Call(
            number=self._numbers,
            model=request.model,
            aggregator=request.aggregator,
            query=request.query,
            query_id=request.query_id,
            attempt=self._asked.get(key, 0),
            started=time.monotonic(),
            epoch=self._epoch,
        )
        if len(self._asked) < _KEPT_KEYS:
            self._asked[key] = call.attempt + 1
        self._calls.append(call)
        counts = self._counts.get(request.model) or self._counts.setdefault(request.model, _Counts())
        counts.requests += 1
        counts.aggregators += request.aggregator
        counts.experts += not request.aggregator
        counts.in_flight += 1
        counts.peak_in_flight = max(counts.peak_in_flight, counts.in_flight)
        return call

    def end(self, call: Call, outcome: Outcome) -> None:
        """Note how a call ended."""
        call.outcome = outcome
        call.seconds = time.monotonic() - call.started
        if call.epoch != self._epoch:
            return
        counts = self._counts[call.model]
        counts.in_flight -= 1
        counts.outcomes[outcome.value] += 1
        counts.prompt_tokens += call.prompt_tokens
        counts.completion_tokens += call.completion_tokens
        if call.fault is not None:
            counts.faults[call.fault] += 1
        if outcome is Outcome.COMPLETED and len(self._bought) < _KEPT_KEYS:
            key = (call.model, call.aggregator, call.query, call.query_id)
            self._bought[key] = self._bought.get(key, 0) + 1

    def report(self) -> dict[str, object]:
        """Return the sums by model, and every call that was completed more than once."""
        counts = self._counts.values()
        return {
            "requests": sum(count.requests for count in counts),
            **{outcome.value: sum(count.outcomes[outcome.value] for count in counts) for outcome in Outcome},
            "in_flight": sum(count.in_flight for count in counts),
            "models": {model: count.report() for model, count in self._counts.items()},
            "bought_twice": [
                {
                    "model": model,
                    "kind": "aggregator" if aggregator else "expert",
                    "query": query,
                    "query_id": query_id,
                    "times": times,
                }
                for (model, aggregator, query, query_id), times in self._bought.items()
                if times > 1
            ],
            "bought_twice_complete": len(self._asked) < _KEPT_KEYS,
        }

    def calls(self) -> list[dict[str, object]]:
        """Return the latest calls one by one, oldest first."""
        return [call.report() for call in self._calls]
