"""Spacing and quoting in one form: of a list or tuple, of an expression, of several lines."""

import re

_SIGNS = ",:;=+*/<>()\\[\\]{}^|→\N{MULTIPLICATION SIGN}÷∧\N{LOGICAL OR}¬≤≥≠±·-"
_TOKEN = re.compile(
    rf"""'(?:[^'\\]|\\.){{0,2000}}'|"(?:[^"\\]|\\.){{0,2000}}"|\s+|[{_SIGNS}]|[^\s'"{_SIGNS}]+|.""",
    re.DOTALL,
)
_TIGHT = frozenset(_SIGNS.replace("\\", ""))
"""Signs that no space is kept beside."""
_TRAILING_COMMA = re.compile(r",(?=[\]}])")
_ZEROS = re.compile(r"(?<![\w.])([0-9]{1,30})\.([0-9]{0,30}?)0{1,30}(?![\w.])")
"""A decimal that ends in zeros."""


def tidy(text: str) -> str:
    """Give a text with single spaces, none beside signs, and quoted parts between single quotes, untouched inside."""
    pieces: list[str] = []
    space = False
    for token in _TOKEN.findall(text):
        if token.isspace():
            space = True
            continue
        if space and pieces and pieces[-1][-1] not in _TIGHT and token[0] not in _TIGHT:
            pieces.append(" ")
        space = False
        pieces.append(requoted(token))
    return _TRAILING_COMMA.sub("", "".join(pieces))


def shortened(text: str) -> str:
    """Give a text with its decimals without zeros that say nothing."""
    return _ZEROS.sub(lambda found: f"{found[1]}.{found[2]}" if found[2] else found[1], text)


def quoted(text: str) -> str | None:
    """Give the content of a text that is one quoted string; None if it is none."""
    if len(text) < len("''") or text[0] not in "'\"" or text[-1] != text[0] or _TOKEN.fullmatch(text) is None:
        return None
    return text[1:-1]


def requoted(token: str) -> str:
    """Give a quoted string between single quotes, if it contains none."""
    content = quoted(token) if token.startswith('"') else None
    return token if content is None or "'" in content else f"'{content}'"


def without_brackets(text: str) -> str:
    """Give what one pair of brackets around everything encloses, if it is no tuple."""
    if not (text.startswith("(") and text.endswith(")")) or "," in text:
        return text
    depth = 0
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1]
