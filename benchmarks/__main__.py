"""`python -m benchmarks` runs all of them, one after the other; each takes --json too when it is run alone."""

import subprocess
import sys

ALL = ("benchmarks.routing_decision", "benchmarks.similarities", "benchmarks.pipeline")


def main() -> int:
    """Run each in a process of its own, so that none warms up the next; gives the first exit code that is not 0."""
    codes = []
    for module in ALL:
        sys.stderr.write(f"\n{module}\n")
        codes.append(subprocess.run([sys.executable, "-m", module], check=False).returncode)
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
