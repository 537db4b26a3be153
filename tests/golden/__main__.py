"""`python -m tests.golden FILE...`: prints how many cases agree, names each difference, exits 1 if there is any."""

import argparse
import json
import sys
from pathlib import Path

from tests.golden.comparison import differences

FORMAT = 1
"""The format of golden files that is understood."""


def main(argv: list[str] | None = None) -> int:
    """Check the files named on the command line; 0 if all cases agree, 1 if not, 2 if a file cannot be checked."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="golden cases of the routing method (JSON)")
    return max(check(path) for path in parser.parse_args(argv).files)


def check(path: Path) -> int:
    """Check one file and print what was found."""
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        print(f"{path}: cannot be read: {error}", file=sys.stderr)  # noqa: T201 - a command
        return 2
    if document.get("format") != FORMAT or not document.get("cases"):
        print(f"{path}: no golden cases of format {FORMAT}", file=sys.stderr)  # noqa: T201 - a command
        return 2
    agreeing = 0
    for case in document["cases"]:
        found = differences(case, document["tolerance"])
        agreeing += not found
        for difference in found:
            print(f"{case['id']} ({', '.join(case['tags'])}) {difference}")  # noqa: T201 - a command
    total = len(document["cases"])
    print(f"{path}: {agreeing} of {total} cases agree")  # noqa: T201 - a command
    return 0 if agreeing == total else 1


if __name__ == "__main__":
    sys.exit(main())
