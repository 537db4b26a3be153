"""Which code measured: without it a number cannot be had again."""

import subprocess
from importlib.metadata import version
from pathlib import Path


def commit() -> str:
    """Give the commit of this working tree, `+` behind it if files differ from it; the version where there is none."""
    try:
        found = _git("rev-parse", "--short=12", "HEAD")
        return f"{found}+" if _git("status", "--porcelain", "--untracked-files=no") else found
    except (OSError, subprocess.CalledProcessError):
        return f"version {version('jisi')}"


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments],
        cwd=Path(__file__).parent,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
