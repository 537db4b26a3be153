"""What `jisi bank collect` was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectOptions:
    """The command line, read."""

    tasks: Sequence[str]
    pool: Path | None
    """None: the pool in force."""
    models: Sequence[str] | None
    """None: all eligible ones."""
    judge: str | None
    samples: int
    limit: int | None
    concurrency: int
    out: Path
    work: Path
    max_cost: float | None
    max_calls: int | None
    dry_run: bool
    no_import: bool
    as_json: bool
