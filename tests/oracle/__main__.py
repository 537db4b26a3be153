"""`python -m tests.oracle FAMILY-FOLDER [--rows N]`: does `jisi eval` decide as the slow oracle does?

Every test row of the family is decided by `knn` and `jisi` as the command decides it, and by the oracle of the tests
(plain loops, nothing of `jisi` but the recorded numbers): who is asked, in which order, who is a reference, who fuses,
who answers. Prints how many rows agree and every difference, and exits 1 if there is one. A difference is told as a
numerical tie, and is no failure, where the oracle itself decides as `jisi` did once the query's embeddings are moved by
a billionth part.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from jisi.errors import InputError
from jisi.evaluation.request import EvaluationRequest
from jisi.routing.settings import RoutingSettings
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.oracle.decisions import Course, courses, is_tie
from tests.oracle.workers import cases_of, oracle_courses, prepared

_TENTHS = 10


def main(argv: Sequence[str] | None = None) -> int:
    """Check a family; 0 if all rows agree but for numerical ties, 1 if not, 2 if it cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("family", type=Path, metavar="FAMILY-FOLDER", help="folder with train and test files")
    parser.add_argument("--rows", type=int, metavar="N", help="only so many, spread evenly over the test file")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="default: one a core")
    parser.add_argument("--empty-responses", action="store_true", help="as the option of `jisi eval`")
    given = parser.parse_args(argv)
    request = EvaluationRequest(banks=[given.family], empty_as_they_are=given.empty_responses)
    try:
        return check(request, RoutingSettings(), limit=given.rows, processes=given.processes)
    except InputError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command
        return 2


def check(request: EvaluationRequest, settings: RoutingSettings, *, limit: int | None, processes: int) -> int:
    """Compare, and print what was found."""
    evaluation = prepared(request)
    ours = courses(evaluation, settings)
    rows = spread(len(ours), limit)
    found: dict[int, Course] = {}
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("the oracle decides", total=len(rows))
        for row, course in oracle_courses(request, settings, rows, processes=processes):
            found[row] = course
            bar.advance(task)
            tenth = _TENTHS * len(found) // len(rows)
            if not console.is_terminal and tenth != _TENTHS * (len(found) - 1) // len(rows):
                console.print(f"the oracle decided {len(found)} of {len(rows)} rows")
    differing = [row for row in rows if ours[row] != found[row]]
    ties = set()
    if differing:
        cases, test = cases_of(evaluation, settings)
        ties = {row for row in differing if is_tie(cases.of(test, row), ours[row])}
    for row in differing:
        differences = ours[row].differences(found[row]).items()
        said = "; ".join(f"{name}: {one} instead of {other}" for name, (one, other) in differences)
        print(f"test row {row}, {'numerical tie' if row in ties else 'DIFFERENCE'}: {said}")  # noqa: T201 - a command
    family, agreeing = request.banks[0].resolve().name, len(rows) - len(differing)
    print(f"{family}: {agreeing} of {len(rows)} rows agree, {len(ties)} numerical ties")  # noqa: T201 - a command
    return 0 if len(differing) == len(ties) else 1


def spread(rows: int, limit: int | None) -> list[int]:
    """Give so many places, evenly spread: files are sorted by dataset."""
    wanted = rows if limit is None else min(limit, rows)
    return [place * rows // wanted for place in range(wanted)]


if __name__ == "__main__":
    sys.exit(main())
