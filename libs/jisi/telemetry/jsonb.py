"""Values as JSON that a jsonb column takes through COPY, with as little work as possible for the usual ones."""

import json
import math
from collections.abc import Mapping, Sequence

_ENCODE = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=str).encode

NULL = "\\N"
"""An absent value in COPY's text format."""


def copy_json(value: Mapping[str, object] | Sequence[object]) -> str:
    """Encode for COPY's text format; what jsonb refuses is replaced: NUL, lone surrogates, numbers that are not finite.

    A value of a type JSON does not know is written as its text, because telemetry must not fail a service.
    """
    text = _ENCODE(value)
    if "\\" in text or "NaN" in text or "Infinity" in text:
        return _ENCODE(_clean(value)).replace("\\", "\\\\")
    return text


def copy_text(text: str) -> str:
    """Escape a text for COPY's text format."""
    if text.isprintable() and "\\" not in text:
        return text
    escaped = _clean_text(text).replace("\\", "\\\\")
    return escaped.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _clean(value: object) -> object:
    match value:
        case str():
            return _clean_text(value)
        case float() if not math.isfinite(value):
            return str(value)
        case Mapping():
            return {_clean_text(str(key)): _clean(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
        case None | bool() | int() | float():
            return value
        case _:
            return _clean_text(str(value))


def _clean_text(text: str) -> str:
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
