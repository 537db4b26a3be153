"""The bank of the local experts that comes with this package."""

from pathlib import Path


def shipped_bank() -> Path | None:
    """Give what the local experts did on benchmark questions, as `jisi bank collect` recorded it.

    None where this package was built without it: the experts then answer without evidence.
    """
    file = Path(__file__).with_name("bank.jsonl.gz")
    return file if file.is_file() else None
