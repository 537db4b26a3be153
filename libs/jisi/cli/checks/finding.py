"""A finding: what was looked at, how it is, and what to do about it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from jisi.cli.failures import describe_failure

Level = Literal["ok", "note", "warning", "error"]

Check = Callable[[], Awaitable[list["Finding"]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. An error keeps queries from being answered, a warning may soon."""

    area: str
    level: Level
    message: str
    advice: str = ""


async def run_checks(checks: dict[str, Check]) -> AsyncIterator[Finding]:
    """Run checks one after the other; one that breaks is itself an error of its area."""
    for area, check in checks.items():
        try:
            findings = await check()
        except Exception as error:  # noqa: BLE001 - whatever breaks a check is what is to be found out
            findings = [Finding(area=area, level="error", message=describe_failure(error)[1])]
        for finding in findings:
            yield finding
