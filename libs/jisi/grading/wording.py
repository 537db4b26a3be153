"""How a grade quotes texts: short, in one line, and storable."""

from jisi.contracts.texts import storable

LONGEST_ANSWER = 1000
"""Characters of a final answer that a grade keeps."""
_LONGEST_QUOTE = 60


def kept(answer: str) -> str:
    """Give a final answer as a grade keeps it."""
    return storable(answer.strip())[:LONGEST_ANSWER]


def quote(text: str) -> str:
    """Give a text between quotes, shortened to what a sentence bears."""
    line = " ".join(storable("".join(c if c.isprintable() or c.isspace() else "?" for c in text[:1000])).split())
    short = line if len(line) <= _LONGEST_QUOTE else f"{line[: _LONGEST_QUOTE - 3]}..."
    return f"'{short}'"


def compared(*, answer: str | None, right: bool, wanted: str) -> str:
    """Say how an answer stands to the right one."""
    if answer is None:
        return f"no final answer could be read; {quote(wanted)} is right"
    return f"{quote(answer)} is right" if right else f"{quote(answer)} is not {quote(wanted)}"
