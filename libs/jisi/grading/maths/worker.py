"""The process that compares with math-verify: a JSON object a line in, one a line out.

It is started by `workers.py`, which kills it when it takes too long: the library's own limits are signals, which cannot
end a computation inside one operation. What it reads was written by models: its memory is limited, and nothing of the
caller's environment reaches it.
"""

import json
import os
import re
import resource
import sys
from typing import Any, TextIO

MEMORY_BYTES = 2 * 1024**3
_PARSING_SECONDS = 5
_COMPARING_SECONDS = 5
_LONGEST_JOB_SECONDS = 60
"""Of CPU time, so that a stuck one ends even when nobody is left to kill it."""
_DEEPEST = 25
"""Brackets inside each other: deeper ones only cost time."""
_FORMULA_MARKS = ("\\(", "\\[", "\\boxed")
_WORDS = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{3,}")
_FEWEST_WORDS = 3
"""Of a sentence about the answer."""
_ROOT = re.compile("(?:\N{SQUARE ROOT}|\\bsqrt)\\s?(?:\\(([^()]*)\\)|([0-9]+|[A-Za-z]))")
_SIGNS = {
    "\N{GREEK SMALL LETTER PI}": r"\pi ",
    "\N{INFINITY}": r"\infty ",
    "\N{MULTIPLICATION SIGN}": r"\times ",
    "\N{MIDDLE DOT}": r"\cdot ",
    "\N{DOT OPERATOR}": r"\cdot ",
    "\N{DIVISION SIGN}": "/",
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{LESS-THAN OR EQUAL TO}": r"\leq ",
    "\N{GREATER-THAN OR EQUAL TO}": r"\geq ",
    "\N{NOT EQUAL TO}": r"\neq ",
    "\N{UNION}": r"\cup ",
    "\N{INTERSECTION}": r"\cap ",
    "\N{PLUS-MINUS SIGN}": r"\pm ",
    "\N{DEGREE SIGN}": r"^\circ ",
    "\N{SUPERSCRIPT TWO}": "^{2}",
    "\N{SUPERSCRIPT THREE}": "^{3}",
}


def main() -> None:
    """Answer line by line until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no answer
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    memory = MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MEMORY_BYTES, most)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        import math_verify  # noqa: F401, PLC0415 - an extra, and 2 s
    except ImportError as error:
        _say(answers, {"missing": str(error.name)})
        return
    _say(answers, {"ready": True})
    for line in sys.stdin:
        job = json.loads(line)
        _allow_more_time()
        try:
            answer = _compare(job["gold"], job["text"], marked=job["marked"])
        except (Exception, MemoryError, RecursionError) as error:  # noqa: BLE001 - hostile input finds them all
            answer = {"equal": False, "read": None, "failure": type(error).__name__}
        _say(answers, answer)


def _allow_more_time() -> None:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(spent.ru_utime + spent.ru_stime) + _LONGEST_JOB_SECONDS
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed if most == resource.RLIM_INFINITY else min(allowed, most), most))


def _compare(gold: str, text: str, *, marked: bool) -> dict[str, Any]:
    """Compare as math-verify advises: both parsed from LaTeX or plain text, symbols equal by simplification."""
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify  # noqa: PLC0415

    if max(_depth(gold), _depth(text)) > _DEEPEST:
        return {"equal": False, "read": None, "failure": "brackets nested too deep"}
    formulas, anything = LatexExtractionConfig(boxed_match_priority=0), ExprExtractionConfig()
    right = parse(_formula(gold), [formulas, anything], parsing_timeout=_PARSING_SECONDS)
    if marked and len(_WORDS.findall(text)) < _FEWEST_WORDS:
        # Nothing but the whole of it: of 4@2 + 8, were @ unreadable, 8 is no answer.
        given = parse(_formula(text), [formulas], parsing_timeout=_PARSING_SECONDS)
    else:
        given = parse(_in_latex(text), [formulas, anything], parsing_timeout=_PARSING_SECONDS)
    equal = bool(given) and verify(right, given, timeout_seconds=_COMPARING_SECONDS)
    written = [one for one in given if isinstance(one, str)]
    return {"equal": bool(equal), "read": written[-1] if written else None, "failure": None}


def _formula(text: str) -> str:
    """A text as a formula, if it does not say itself that it is one."""
    text = _in_latex(text)
    given = any(mark in text for mark in _FORMULA_MARKS) or text.count("$") > 1
    return text if given else f"$\\boxed{{{text}}}$"


def _in_latex(text: str) -> str:
    """Signs that math-verify does not know, as LaTeX."""
    text = _ROOT.sub(lambda found: f"\\sqrt{{{found[1] or found[2] or ''}}}", text)
    return "".join(_SIGNS.get(character, character) for character in text)


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}.get(character, 0)
        deepest = max(deepest, depth)
    return deepest


def _say(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
