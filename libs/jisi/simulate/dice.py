"""Choices that are the same on every machine and Python version, keyed by what they are about."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

Item = TypeVar("Item")

_TWO_TO_64 = float(1 << 64)


def draw(*key: object) -> float:
    """Return a number in [0, 1) that depends on the key alone.

    A hash instead of a generator's state: the order of requests cannot change an answer, and neither can a new Python.
    """
    text = "\x1f".join(map(str, key))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") / _TWO_TO_64


class Dice:
    """A sequence of choices keyed by strings and numbers: the same key gives the same sequence."""

    __slots__ = ("_block", "_blocks", "_key")

    def __init__(self, *key: object) -> None:
        self._key = "\x1f".join(map(str, key)).encode()
        self._blocks = 0
        self._block = b""

    def number(self) -> float:
        """Return the next number in [0, 1)."""
        if not self._block:
            self._blocks += 1
            self._block = blake2b(b"%d\x1f%b" % (self._blocks, self._key)).digest()
        number, self._block = self._block[:8], self._block[8:]
        return int.from_bytes(number, "big") / _TWO_TO_64

    def integer(self, low: int, high: int) -> int:
        """Return an integer between low and high, both included."""
        return low + int(self.number() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.number() < probability

    def choice(self, items: Sequence[Item]) -> Item:
        """Return one of the items, which must not be empty."""
        return items[self.integer(0, len(items) - 1)]

    def sample(self, items: Sequence[Item], count: int) -> list[Item]:
        """Return `count` different items, in random order."""
        return self.shuffled(items)[:count] if count else []

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """Return the items in random order."""
        keyed = [(self.number(), position) for position in range(len(items))]
        return [items[position] for _, position in sorted(keyed)]
