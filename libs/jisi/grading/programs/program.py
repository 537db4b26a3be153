"""What runs a response inside the sandbox, as its `main.py`: standard library only.

`job.json` says how: as a program with standard input and output; a call of one of its functions, whose result is
written as JSON; or asserts after it, at whose end a word is written that the job told. The names that solutions of
LeetCode's kind use without importing them are there, as that site has them.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

_PRELUDE = """
import bisect, collections, copy, functools, heapq, itertools, math, operator, random, re, string, sys, time
from bisect import *
from collections import *
from copy import *
from functools import *
from heapq import *
from itertools import *
from math import *
from typing import *
pow = __builtins__["pow"] if isinstance(__builtins__, dict) else __builtins__.pow
"""
_DEEPEST_RECURSION = 50_000


def main() -> None:
    """Run the job."""
    job: dict[str, Any] = json.loads(Path("job.json").read_text(encoding="utf-8"))
    Path("job.json").unlink()
    source = Path("response.py").read_text(encoding="utf-8")
    sys.setrecursionlimit(_DEEPEST_RECURSION)
    names: dict[str, Any] = {"__name__": "__main__" if job["kind"] == "stdin" else "response"}
    exec(_PRELUDE, names)  # noqa: S102 - this is the sandbox
    code = compile(source, "response.py", "exec", dont_inherit=True)
    if job["kind"] == "stdin":
        exec(code, names)  # noqa: S102
        return
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    exec(code, names)  # noqa: S102
    if job["kind"] == "call":
        told.write(json.dumps(_target(names, job["entry_point"])(*job["arguments"])))
    else:
        exec(compile(job["asserts"], "tests.py", "exec", dont_inherit=True), names)  # noqa: S102
        told.write(job["word"])
    told.flush()


def _target(names: dict[str, Any], entry_point: str) -> Any:  # noqa: ANN401 - whatever the response made of it
    if entry_point in names:
        return names[entry_point]
    return getattr(names["Solution"](), entry_point)


if __name__ == "__main__":
    main()
