"""The command line: `jisi`."""


def main() -> None:
    """Run the command line and end the process with its exit code: 0, 1 for a failure, 2 for wrong usage."""
    import sys  # noqa: PLC0415 - the package is imported by whoever imports one of its modules

    from jisi.cli.program import run  # noqa: PLC0415

    sys.exit(run(sys.argv[1:]))
