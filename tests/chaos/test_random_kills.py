"""Everything is killed at random, again and again, while queries are asked (issue 8, DESIGN.md 1)."""

import asyncio
import json
import random
import time
from pathlib import Path

from tests.chaos.aftermath import broken_promises, read_aftermath, summary, unsettled
from tests.chaos.run import ask_all, listening, strike_all
from tests.chaos.strikes import SERVERS, SERVICES, questions, strikes
from tests.chaos.system import chaos_system
from tests.support.waiting import eventually

QUERIES = 200
SECONDS = 40.0
"""How long queries are asked and processes killed."""
DEADLINE_MS = 60_000
SETTLED_WITHIN_SECONDS = 90.0
"""The last deadline, a lease and a sweep, on a machine that is busy."""
FAULTS = (
    {"kind": "server_error", "probability": 0.015},
    {"kind": "rate_limited", "probability": 0.01},
    {"kind": "stall", "probability": 0.01},
    {"kind": "disconnect", "probability": 0.015},
)
"""Some 5% of all calls."""


async def _survives(folder: Path, seed: int, dice: random.Random, replicas: dict[str, int]) -> None:
    planned = strikes(dice, seconds=SECONDS, replicas=replicas)
    asked = questions(dice, count=QUERIES, seconds=SECONDS, deadline_ms=DEADLINE_MS, seed=seed)
    began = time.monotonic()
    async with chaos_system(folder, replicas=replicas) as system:
        started = time.monotonic()
        await system.order_faults(*FAULTS)
        async with listening(system) as seen:
            await asyncio.gather(ask_all(system, asked), strike_all(system, planned))
            struck = time.monotonic()

            async def settled() -> bool:
                left = await unsettled(system, QUERIES)
                assert not left, left
                return True

            await eventually(settled, within_seconds=SETTLED_WITHIN_SECONDS, interval_seconds=0.2)
            await eventually(lambda: len(seen) == QUERIES, within_seconds=10, reason="all answers are seen")
            done = time.monotonic()
            after = await read_aftermath(system)
        (folder / "answers.jsonl").write_bytes(b"\n".join(after.bodies.values()))
        report = {
            "seed": seed,
            "kills": system.kills,
            **summary(after),
            "seconds": {
                "start": round(started - began, 1),
                "run": round(struck - started, 1),
                "settle": round(done - struck, 1),
            },
        }
        print(json.dumps(report))  # noqa: T201 - shown with a failure, or by -s
        kills = system.kills

    assert broken_promises(after, {question.query_id for question in asked}, seen, system.outages) == []
    assert all(len(kills[service]) >= 2 for service in SERVICES)
    assert all(len(kills[server]) == 1 for server in SERVERS)


async def test_each_query_gets_its_one_answer(folder: Path, chaos_seed: int, dice: random.Random) -> None:
    """Whatever dies, each query gets one answer in time, nothing is bought twice, and nothing is left lying about."""
    await _survives(folder, chaos_seed, dice, {})
