"""Quotes other models' responses so that none of them can leave its quotation marks (ALGORITHM.md 5).

A response is untrusted text: it may hold what a chat template takes for the end of a turn, or what looks like our own
delimiters. Both are spelt apart with spaces, which a reader still understands.
"""

import re
import secrets

_MARKERS = re.compile(
    r"""
    <[|\uff5c] [^<>|\uff5c\n]{1,40} [|\uff5c]>                              # <|im_start|>, <|eot_id|>, DeepSeek's
    | < /?(?:s|bos|eos|unk|pad|start_of_turn|end_of_turn|system|developer) >
    | \[ /?(?:INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS) \]
    | << /?SYS >>
    | <<< [^\n]{0,200}? >>>                                                 # as our delimiters look
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What chat templates in use put between messages, and the form of our delimiters."""
_ROLE_LINE = re.compile(
    r"^(?P<marks>[ \t#*_>\[]*)(?P<role>system|developer)(?=[ \t]*(?:prompt|message)?[ \t*_\]]*:)",
    re.MULTILINE | re.IGNORECASE,
)
"""A line that begins as a system message does in a transcript."""
_BOUNDARY_BYTES = 8


def new_boundary() -> str:
    """Return a word that no response can have known."""
    return secrets.token_hex(_BOUNDARY_BYTES)


def neutralised(text: str, boundary: str) -> str:
    """Return the text unable to close its delimiter or to pose as another message; most texts stay as they are."""
    text = text.replace(boundary, "-" * 4)
    if "<" in text or "[" in text:
        # Taking one marker apart may leave another one inside it.
        while (changed := _MARKERS.sub(_spelt_apart, text)) != text:
            text = changed
    return _ROLE_LINE.sub(r"\g<marks>(\g<role>)", text)


def opening(*, number: int, total: int, boundary: str) -> str:
    """Return the line before a response."""
    return f"<<<RESPONSE {number} OF {total} {boundary}>>>"


def closing(*, number: int, boundary: str) -> str:
    """Return the line after a response."""
    return f"<<<END OF RESPONSE {number} {boundary}>>>"


def _spelt_apart(found: re.Match[str]) -> str:
    text = found[0]
    return f"{text[0]} {text[1:-1]} {text[-1]}"
