"""The phases of a run, each with its latencies, its rate and the processor time of every process."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from jisi.database import driver_connection

from benchmarks.machine import ProcessorTime, busy_cores
from benchmarks.output import progress
from benchmarks.pipeline.load import Answers, Load
from benchmarks.pipeline.processes import own_seconds, processor_seconds
from benchmarks.pipeline.system import System

OWN = "load"
"""This process: load and supervisor."""

Tick = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One way of asking, measured."""

    name: str
    queries: int
    seconds: float
    per_second: float
    """Of all queries, from the first one asked to the last answer."""
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms: Mapping[str, float]
    """Processor milliseconds a query, by process."""
    busy_cores: float
    """Of the whole machine."""
    other_cores: float
    """Busy with what is not ours: the measurement is worth less the more there is."""
    stolen_cores: float
    """Taken away by the host."""
    mix: Mapping[str, float] = field(default_factory=dict)

    @property
    def cpu_ms_a_query(self) -> float:
        """All processes together."""
        return sum(self.cpu_ms.values())


class Meter:
    """Takes what processes and machine have used so far."""

    def __init__(self, system: System) -> None:
        self._pids = system.pids()
        self._machine = ProcessorTime.now()
        self._own = self._used()

    def _used(self) -> dict[str, float]:
        return processor_seconds(self._pids) | {OWN: own_seconds()}

    def since(self) -> tuple[dict[str, float], float, float, float]:
        """Give processor seconds by process since it was made, and the cores that were busy, others', and stolen."""
        used = {name: now - self._own[name] for name, now in self._used().items()}
        machine = ProcessorTime.now()
        busy, stolen = busy_cores(self._machine, machine)
        ours = sum(used.values()) / max(machine.at - self._machine.at, 1e-9)
        return used, busy, max(0.0, busy - ours), stolen


async def at_rest(system: System, seconds: float) -> dict[str, float]:
    """Give how much of a core each process takes while nothing is asked, in percent."""
    meter = Meter(system)
    with progress("at rest", total=seconds) as tick:
        for _ in range(round(seconds)):
            await asyncio.sleep(1)
            tick(1)
    used, *_ = meter.since()
    return {name: 100 * spent / seconds for name, spent in used.items()}


async def phase(system: System, name: str, seconds: float, ask: Callable[[float, Tick], Awaitable[Answers]]) -> Phase:
    """Ask for so long in one way."""
    meter = Meter(system)
    with progress(name, total=round(seconds)) as tick:
        answers = await ask(seconds, tick)
    used, busy, others, stolen = meter.since()
    count = len(answers.latencies)
    p50, p95, p99 = np.percentile(np.array(answers.latencies) * 1000, [50, 95, 99]).tolist()
    return Phase(
        name=name,
        queries=count,
        seconds=answers.seconds,
        per_second=count / answers.seconds,
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        cpu_ms={process: 1000 * spent / count for process, spent in used.items()},
        busy_cores=busy,
        other_cores=others,
        stolen_cores=stolen,
        mix=answers.mix(),
    )


async def warm_up(system: System, load: Load, seconds: float) -> None:
    """Have every process do everything often enough: Java compiles, statements are prepared, pages are read.

    In the middle the ledger's tables are analysed, as happens by itself within the first minute: until then statements
    are planned for empty tables.
    """
    with progress("warming up", total=round(seconds)) as tick:
        await load.in_flight(64, seconds / 2, tick)
        async with driver_connection(system.engine, autocommit=True) as connection:
            await connection.execute("analyze")
        await load.in_flight(64, seconds / 4, tick)
        await load.in_flight(1, seconds / 4, tick)
