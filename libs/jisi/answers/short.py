"""A response so short that it is the answer."""

from jisi.answers.question import Question

_LONGEST = 60
"""Characters."""
_MOST_WORDS = 8


def short(question: Question, text: str) -> str | None:
    """Give the whole response if it is a line of few words, and not one that marks its answer (and leaves it out)."""
    del question
    whole = text.strip()
    if len(whole) > _LONGEST or "\n" in whole or len(whole.split()) > _MOST_WORDS:
        return None
    return None if "answer" in whole.lower() else whole or None
