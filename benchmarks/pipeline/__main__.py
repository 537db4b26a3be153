"""What the pipeline adds to a query at zero-latency models, how many queries a second it takes, and where time goes.

`python -m benchmarks.pipeline [--embedder out|in|both] [--items 4000] [--json FILE]`: a real stack (embedded Kafka and
Postgres, four services of one process each) asks an endpoint stub that answers at once. Without embedding: one query at
a time, 64 in flight, and a steady rate whether answers come or not. With the default embedder: 64 in flight, against
the rate of the embedder alone on the same texts, measured before and after in the same run; responses are then as long
as the recorded ones of real models, for that decides what embedding costs.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from statistics import mean
from typing import Any

from benchmarks.machine import describe_machine
from benchmarks.output import add_json_option, note, write_json
from benchmarks.pipeline.embedding_rate import embedding_rate, texts_embedded
from benchmarks.pipeline.load import connected
from benchmarks.pipeline.measuring import Phase, at_rest, phase, warm_up
from benchmarks.pipeline.report import show_goals, show_phases, show_rest
from benchmarks.pipeline.system import questions, system


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and for how long."""

    items: int
    seconds: float
    warm_up_seconds: float
    in_flight: int
    steady_rate: float
    characters: int
    """Of a response, at least, where it is embedded."""


async def without_embedding(plan: Plan) -> dict[str, Any]:
    """Measure the pipeline alone."""
    async with system(items=plan.items, embeds=False) as made, connected(made.kafka, questions()) as load:
        await warm_up(made, load, plan.warm_up_seconds)
        rest = await at_rest(made, 4)
        steady = f"steady {plan.steady_rate:g}/s"
        phases = [
            await phase(made, "idle", plan.seconds, load.one_at_a_time),
            await phase(made, steady, plan.seconds, partial(load.steady, plan.steady_rate)),
            await phase(made, f"{plan.in_flight} in flight", plan.seconds, partial(load.in_flight, plan.in_flight)),
        ]
    show_phases("Pipeline without embedding", phases)
    show_rest(rest)
    return {"at_rest_percent": rest, "phases": [_phase_of(one) for one in phases]}


async def with_embedding(plan: Plan) -> dict[str, Any]:
    """Measure the pipeline with the default embedder, against the embedder alone."""
    async with (
        system(items=plan.items, embeds=True, characters=plan.characters) as made,
        connected(made.kafka, questions()) as load,
    ):
        await warm_up(made, load, plan.warm_up_seconds)
        texts = await texts_embedded(made.engine)
        note("the embedder alone")
        before = await embedding_rate(texts, plan.seconds / 2)
        measured = await phase(
            made, f"{plan.in_flight} in flight", plan.seconds, partial(load.in_flight, plan.in_flight)
        )
        note("the embedder alone, again")
        after = await embedding_rate(await texts_embedded(made.engine), plan.seconds / 2)
    allowed = mean((before.queries_per_second, after.queries_per_second))
    show_phases("Pipeline with the default embedder", [measured])
    return {
        "phases": [_phase_of(measured)],
        "embedder_alone": [asdict(before), asdict(after)],
        "allowed_per_second": allowed,
        "share_of_allowed": measured.per_second / allowed,
    }


def _phase_of(measured: Phase) -> dict[str, Any]:
    return {**asdict(measured), "cpu_ms_a_query": measured.cpu_ms_a_query}


async def run(plan: Plan, embedder: str) -> dict[str, Any]:
    """Measure what is asked for."""
    results: dict[str, Any] = {"benchmark": "pipeline", "machine": describe_machine(), "plan": asdict(plan)}
    if embedder in ("out", "both"):
        results["without_embedding"] = await without_embedding(plan)
    if embedder in ("in", "both"):
        results["with_embedding"] = await with_embedding(plan)
    return results


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__)
    parser.add_argument("--embedder", choices=("out", "in", "both"), default="both")
    parser.add_argument("--items", type=int, default=4_000, help="size of the bank, with ten models (default 4000)")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each phase (default 15)")
    parser.add_argument("--warm-up", type=float, default=24.0, help="seconds before the first phase (default 24)")
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--rate", type=float, default=50.0, help="queries a second of the steady phase (default 50)")
    parser.add_argument(
        "--characters", type=int, default=600, help="of a response, at least, where it is embedded (default 600)"
    )
    add_json_option(parser)
    given = parser.parse_args(argv)
    plan = Plan(given.items, given.seconds, given.warm_up, given.in_flight, given.rate, given.characters)
    results = asyncio.run(run(plan, given.embedder))
    show_goals(results)
    write_json(given.json, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
