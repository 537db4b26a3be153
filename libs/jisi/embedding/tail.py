"""The tail rule: of a text longer than the window, its end is embedded (ALGORITHM.md 0).

A long answer's conclusion stands at its end, and models cut off the end silently.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tokenizers import Tokenizer

CHARACTERS_PER_TOKEN = 3
"""Lower than what usual tokenizers reach on prose and code (3.5 to 4.5), so that a tail fits the window."""


class Tail(Protocol):
    """A rule that shortens a text to its end."""

    @property
    def name(self) -> str:
        """How the rule appears in an embedder's identity."""
        ...

    def __call__(self, text: str) -> str:
        """Return the end of the text, or all of it where it is short enough."""
        ...


@dataclass(frozen=True, slots=True)
class TailOfCharacters:
    """Keep the last `characters` characters: for endpoints whose tokenizer is not at hand."""

    characters: int

    @property
    def name(self) -> str:
        """Name the length and its unit: another length gives other vectors."""
        return f"tail-{self.characters}-characters"

    def __call__(self, text: str) -> str:
        """Return the last characters."""
        return text[-self.characters :]


class TailOfTokens:
    """Keep the characters from which the last `tokens` tokens were made, by the model's own tokenizer."""

    def __init__(self, *, tokens: int, tokenizer_file: Path) -> None:
        self._tokens = tokens
        self._tokenizer = Tokenizer.from_file(str(tokenizer_file))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    @property
    def name(self) -> str:
        """Name the number of tokens."""
        return f"tail-{self._tokens}"

    def __call__(self, text: str) -> str:
        """Return the text from the first character of its last tokens on."""
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return text if len(offsets) <= self._tokens else text[offsets[-self._tokens][0] :]
