"""What a query says of the answer it wants: lettered options, a number, a fraction as it is written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

LONGEST_QUERY = 20_000
"""Characters of a query that are read, from its end: options and the question itself stand there."""
FEWEST_OPTIONS = 2
LETTERS = "ABCDEFGHIJ"

_LISTED = re.compile(r"^[ \t]*[(\[]?([A-J])[)\].][ \t]*(\S[^\n]*)", re.MULTILINE)
"""An option on a line of its own."""
_INLINE = re.compile(
    r"(?:^|(?<=\s))\(?([A-J])\)[ \t]+([^\n]{1,200}?)(?=[;,.]?\s{1,9}\(?[A-J]\)[ \t]|[ \t]{0,9}(?:\n|\Z))"
)
"""Options in one line: (A) this (B) that."""
_NAMED = re.compile(r"^[ \t]*([A-J]):[ \t]*(\S[^\n]*)", re.MULTILINE)
"""A line that may as well be part of a puzzle."""
_CHOICE = re.compile(r"\b(?:options|choices|multiple[- ]choice|which of (?:the following|these))\b", re.IGNORECASE)
_NUMBER_WANTED = re.compile(
    r"\bhow (?:many|much|long|far|old|often|tall|fast|high|deep|wide|heavy|large|big)\b"
    r"|\bwhat(?: is|'s| are| was| will be| would be) the [^\n.?]{0,60}?"
    r"\b(?:number|amount|sum|total|value|average|mean|probability|percentage|area|volume|length|cost|price|remainder|"
    r"product|difference|ratio|angle|distance|speed|age|result|measure|perimeter|radius|height|width|median|rate|mass|"
    r"depth|temperature|weight|profit|income|salary|balance|score|percent)\b"
    r"|\b(?:find|compute|calculate|determine|evaluate|count|solve)\b"
    r"|\b(?:as|to) an? (?:integer|decimal|number|percentage)\b",
    re.IGNORECASE,
)
_FRACTION_WANTED = re.compile(r"\b(?:simplif\w*|lowest terms|reduc\w+|irreducible|fractions?)\b", re.IGNORECASE)
_CODE = re.compile(
    r"\bdef \w{1,60}\(|\bassert\b|```|\breturn\b[^.\n]{0,80}\n|\bprint\(|#include\b"
    r"|\bfunction \w{1,60}\(|\bpublic static\b"
)
_CASE_MATTERS = re.compile(
    r"\b(?:(?:upper|lower)[- ]?case|capital\w*|case[- ]sensitive|letters?|spell\w*|strings?|characters?|cipher\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query as far as its answer's form goes."""

    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Text by letter; empty where the query is no multiple choice."""
    wants_number: bool = False
    keeps_fractions: bool = False
    """Whether 6/8 and 3/4 are two answers: where a fraction is to be simplified."""
    keeps_text: bool = False
    """Whether every character counts: where the answer is what a program gives."""
    keeps_case: bool = False
    """Whether Abc and abc are two answers: where the query is about characters."""

    @classmethod
    def of(cls, query: str) -> Self:
        """Read a query."""
        read = query[-LONGEST_QUERY:]
        return cls(
            options=MappingProxyType(_options(read)),
            wants_number=_NUMBER_WANTED.search(read) is not None,
            keeps_fractions=_FRACTION_WANTED.search(read) is not None,
            keeps_text=_CODE.search(read) is not None,
            keeps_case=_CASE_MATTERS.search(read) is not None or _CODE.search(read) is not None,
        )


def _options(query: str) -> dict[str, str]:
    """The last run of options A, B, ... in the query; earlier ones belong to an example."""
    for pattern in (_LISTED, _INLINE, *([_NAMED] if _CHOICE.search(query) else [])):
        runs: list[dict[str, str]] = []
        for letter, text in pattern.findall(query):
            if letter == "A":
                runs.append({letter: text.strip()})
            elif runs and letter == LETTERS[len(runs[-1])]:
                runs[-1][letter] = text.strip()
        for run in reversed(runs):
            if len(run) >= FEWEST_OPTIONS:
                return run
    return {}
