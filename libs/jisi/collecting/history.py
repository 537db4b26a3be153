"""What a journal says has happened so far: what is answered, graded, spent, and what was left open by a kill."""

from collections import defaultdict
from dataclasses import dataclass, field

from jisi.collecting.entries import Begun, Ended, Entry, Graded, Opened, Place
from jisi.contracts.texts import is_usable
from jisi.llm.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answered call, without its text: that stays on disk, where `offset` says."""

    key: str
    place: Place
    asked: str
    usage: Usage
    cost: float
    seconds: float
    finish_reason: str | None
    usable: bool
    """Whether anything is left once its reasoning is taken away (ALGORITHM.md 0)."""
    offset: int


@dataclass(slots=True)
class _Sums:
    count: int = 0
    tokens: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class History:
    """The state of a collection; `take` brings it forward by one line of the journal."""

    answers: dict[str, Answer] = field(default_factory=dict)
    """By key of what was asked."""
    grades: dict[str, Graded] = field(default_factory=dict)
    """By key of what was graded."""
    open: dict[int, Begun] = field(default_factory=dict)
    """Calls that have begun and not ended, by number."""
    calls: int = 0
    """All that have begun."""
    settled: float = 0.0
    """USD of the calls that have ended."""
    costs: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """USD by model asked, of the calls that have ended."""
    next_number: int = 1
    _keys: defaultdict[tuple[Place, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    _sums: defaultdict[str, _Sums] = field(default_factory=lambda: defaultdict(_Sums))

    @property
    def spent(self) -> float:
        """USD, a call whose end is not known at its reservation."""
        return self.settled + sum(begun.reserved for begun in self.open.values())

    def take(self, entry: Entry, offset: int) -> None:
        """Take a line that begins at this byte."""
        match entry:
            case Opened():
                pass
            case Begun():
                self.open[entry.number] = entry
                self.calls += 1
                self.next_number = max(self.next_number, entry.number + 1)
            case Ended():
                self._end(entry, offset)
            case Graded():
                self.grades[entry.key] = entry

    def changed(self, place: Place, asked: str, key: str) -> bool:
        """Tell whether this place was answered when asked otherwise, and never as it is asked now."""
        keys = self._keys.get((place, asked))
        return keys is not None and key not in keys

    def completion_tokens(self, model: str) -> float | None:
        """Give the mean completion tokens of a model's answers; None: it has none."""
        sums = self._sums.get(model)
        return sums.tokens / sums.count if sums else None

    def seconds(self, model: str) -> float | None:
        """Give the mean seconds of a model's answers; None: it has none."""
        sums = self._sums.get(model)
        return sums.seconds / sums.count if sums else None

    def _end(self, entry: Ended, offset: int) -> None:
        begun = self.open.pop(entry.number, None)
        if begun is None:
            return  # an end without its beginning is nobody's
        self.settled += entry.cost
        self.costs[begun.asked] += entry.cost
        if entry.code is not None:
            return
        self.answers[begun.key] = Answer(
            key=begun.key,
            place=begun.place,
            asked=begun.asked,
            usage=entry.usage,
            cost=entry.cost,
            seconds=entry.seconds,
            finish_reason=entry.finish_reason,
            usable=is_usable(entry.text),
            offset=offset,
        )
        self._keys[begun.place, begun.asked].add(begun.key)
        sums = self._sums[begun.asked]
        sums.count += 1
        sums.tokens += entry.usage.completion_tokens
        sums.seconds += entry.seconds
