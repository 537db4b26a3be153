"""Everything is killed at random, again and again, while queries are asked (issue 8, DESIGN.md 1)."""

import asyncio
import json
import random
import time
from itertools import pairwise
from pathlib import Path

from tests.chaos.aftermath import broken_promises, read_aftermath, settled, summary
from tests.chaos.run import ask_all, listening, strike_all
from tests.chaos.strikes import FEWEST_KILLS, SERVERS, SERVICES, questions, strikes
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


async def test_each_query_gets_its_one_answer(
    folder: Path, chaos_seed: int, chaos_replicas: dict[str, int], dice: random.Random
) -> None:
    """Whatever dies, each query gets one answer in time, nothing is bought twice, and nothing is left lying about."""
    prefix = f"chaos-{chaos_seed}-"
    planned = strikes(dice, seconds=SECONDS, replicas=chaos_replicas)
    asked = questions(dice, count=QUERIES, seconds=SECONDS, deadline_ms=DEADLINE_MS, seed=chaos_seed, prefix=prefix)
    moments = [time.monotonic()]
    async with chaos_system(folder, replicas=chaos_replicas, silence_seconds=2.0) as system:
        await system.reset_endpoint()
        await system.order_faults(*FAULTS)
        moments.append(time.monotonic())
        async with listening(system) as seen:
            await asyncio.gather(ask_all(system, asked), strike_all(system, planned))
            moments.append(time.monotonic())
            await settled(system, prefix, QUERIES, within_seconds=SETTLED_WITHIN_SECONDS)
            ids = {question.query_id for question in asked}
            await eventually(lambda: ids <= seen.keys(), within_seconds=20, reason="all answers are seen")
            moments.append(time.monotonic())
            after = await read_aftermath(system, prefix)
    seconds = [round(later - earlier, 1) for earlier, later in pairwise(moments)]
    kills = system.kills()
    report = {**summary(after), "kills": kills, "start, run, settle": seconds}
    print(json.dumps(report))  # noqa: T201 - shown with a failure, or by -s

    assert broken_promises(after, ids, seen, system.outages) == []
    assert all(len(kills[service]) >= FEWEST_KILLS for service in SERVICES)
    assert all(len(kills[server]) == 1 for server in SERVERS)
