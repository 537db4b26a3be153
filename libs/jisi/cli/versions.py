"""The pool and the bank in force, and whether all replicas of a running stack use them."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection
from jisi.errors import TransientError
from jisi.llm.store import NoPoolError, newest_pool
from jisi.stack.process import ProcessState, health_report
from jisi.stack.services import SERVICES
from jisi.support.identity import read_identity

USED_WITHIN_SECONDS = 30.0
"""A change is seen within five seconds (DESIGN.md 1); a large bank or a machine busy with its start takes longer."""
_POLL_SECONDS = 0.1
_SERVICES = frozenset(service.name for service in SERVICES)


class VersionNotUsedError(TransientError):
    """A replica did not take over the pool or bank in time."""

    code = "version_not_used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Of the pool in force, None if there is none, and of the bank."""

    pool: int | None
    bank: int


async def stored_versions(engine: AsyncEngine) -> Versions:
    """Read what is in force."""
    async with driver_connection(engine, autocommit=True) as connection:
        bank = (await read_identity(connection)).version
    try:
        return Versions(pool=(await newest_pool(engine))[0], bank=bank)
    except NoPoolError:
        return Versions(pool=None, bank=bank)


async def until_used(
    processes: Callable[[], Iterable[ProcessState]],
    versions: Versions,
    *,
    within_seconds: float = USED_WITHIN_SECONDS,
) -> None:
    """Wait until every service that runs reports these versions, or later ones, of what it uses.

    Args:
        processes: gives what runs, asked anew each time; what is no service is passed over.
        versions: those to be used.
        within_seconds: how long to wait.

    Raises:
        VersionNotUsedError: names the first replica that does not, and what it uses.
    """
    deadline = time.monotonic() + within_seconds
    while True:
        running = [one for one in processes() if one.name in _SERVICES and one.health_url is not None]
        reports = await asyncio.gather(*(health_report(one.health_url or "") for one in running))
        behind = [why for one, report in zip(running, reports, strict=True) if (why := _behind(one, report, versions))]
        if not behind:
            return
        if time.monotonic() > deadline:
            raise VersionNotUsedError(f"After {within_seconds:g} s {behind[0]}")
        await asyncio.sleep(_POLL_SECONDS)


def _behind(state: ProcessState, report: Mapping[str, Any] | None, versions: Versions) -> str | None:
    """Say what a replica still lacks; None: nothing. All use the pool; the bank is used by those that tell so."""
    log = f"see its log, {state.log_file}."
    if report is None:
        return f"{state.key} does not answer that it takes work: {log}"
    pool, bank = report.get("pool_version"), report.get("bank_version", versions.bank)
    for name, used, wanted in (("pool", pool, versions.pool), ("bank", bank, versions.bank)):
        if wanted is not None and (used is None or used < wanted):
            return f"{state.key} uses {name} version {used or 'none'} instead of {wanted}: {log}"
    return None
