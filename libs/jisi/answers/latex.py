r"""LaTeX as plain text: \frac{3}{4} is 3/4, \text{cm} is cm."""

import re

_UNESCAPED = re.compile(r"(?<!\\)\$")
_WRAPPER = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mathit|mathsf|operatorname|mbox|boxed)\s?\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dt]?frac\s?(?:\{([^{}]*)\}|(\w))\s?(?:\{([^{}]*)\}|(\w))")
_ROOT = re.compile(r"\\sqrt\s?(?:\{([^{}]*)\}|(\w))")
_POWER_OF_TEN = re.compile(
    r"\s?(?:\\times|\\cdot|\N{MULTIPLICATION SIGN})\s?10\s?\^\s?(?:\{\s?([-+]?[0-9]{1,2})\s?\}|([0-9]))"
)
_DROPPED = re.compile(
    r"\\(?:left|right|displaystyle|limits|!|,|;|:|\(|\)|\[|\])(?![A-Za-z])|\^\s?(?:\{\\circ\}|\\circ)"
)
_PLAIN = {
    r"\%": "%",
    r"\$": "$",
    r"\{": "{",
    r"\}": "}",
    "{,}": ",",
    r"\times": "*",
    r"\cdot": "*",
    r"\pi": "pi",
    r"\infty": "inf",
    r"\leq": "<=",
    r"\geq": ">=",
    r"\le": "<=",
    r"\ge": ">=",
    r"\neq": "!=",
    r"\ne": "!=",
}
_NAMED = re.compile("|".join(rf"{re.escape(name)}{'(?![A-Za-z])' if name[-1].isalpha() else ''}" for name in _PLAIN))
_DEEPEST = 4
"""Rounds of unwrapping: nested deeper than that is no final answer."""


def plain(text: str) -> str:
    """Write LaTeX as plain text, as far as final answers use it; a text without any is returned as it is."""
    if "\\" not in text and "$" not in text:
        return text
    for _ in range(_DEEPEST):
        unwrapped = _ROOT.sub(_root, _FRACTION.sub(_fraction, _WRAPPER.sub(r"\1", text)))
        if unwrapped == text:
            break
        text = unwrapped
    text = _POWER_OF_TEN.sub(lambda found: f"e{found[1] or found[2]}", text)
    return _NAMED.sub(lambda found: _PLAIN[found.group()], _DROPPED.sub("", _UNESCAPED.sub("", text)))


def _fraction(found: re.Match[str]) -> str:
    over, under = (found[1] or found[2] or ""), (found[3] or found[4] or "")
    return "/".join(part if part.isalnum() else f"({part})" for part in (over.strip(), under.strip()))


def _root(found: re.Match[str]) -> str:
    return f"sqrt({(found[1] or found[2] or '').strip()})"
