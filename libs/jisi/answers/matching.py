"""The last match of a pattern: what a response says in the end counts."""

import re


def last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Give the last of a pattern's matches."""
    last = None
    for found in pattern.finditer(text):
        last = found
    return last
