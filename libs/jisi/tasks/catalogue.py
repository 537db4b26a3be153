"""All tasks by name, and the reading of what a user writes for one."""

from pathlib import Path

from jisi.errors import InputError
from jisi.tasks.benchmark import Benchmark, BenchmarkTask
from jisi.tasks.benchmarks import (
    aime,
    arena_hard,
    gpqa,
    hle,
    livecodebench,
    livemathbench,
    mmlu_pro,
    simpleqa,
    swe_bench,
)
from jisi.tasks.procedural.local import LocalTask, local_description
from jisi.tasks.task import Task, TaskDescription

BENCHMARKS: tuple[Benchmark, ...] = (
    aime.BENCHMARK,
    arena_hard.BENCHMARK,
    gpqa.BENCHMARK,
    hle.BENCHMARK,
    livecodebench.BENCHMARK,
    livemathbench.BENCHMARK,
    mmlu_pro.BENCHMARK,
    simpleqa.BENCHMARK,
    swe_bench.BENCHMARK,
)
LOCAL = "local"


def task_names() -> dict[str, TaskDescription]:
    """Give what there is to know of each task, by the name it has in a spec."""
    return {benchmark.name: benchmark.description for benchmark in BENCHMARKS} | {LOCAL: local_description()}


def read_task(spec: str) -> Task:
    """Read a task: `NAME=FILE[,FILE...]` or `NAME=FOLDER` of a benchmark, `local:COUNT[:SEED]` of our own.

    Raises:
        InputError: there is no such task, or what follows the name is not what it takes.
    """
    name, _, rest = spec.partition("=")
    benchmark = next((one for one in BENCHMARKS if one.name == name), None)
    if benchmark is not None:
        if not rest:
            raise InputError(f"{spec}: write {name}=FILE. Its data: {benchmark.description.data}")
        whole = Path(rest).expanduser()
        paths = (whole,) if whole.exists() else tuple(Path(part).expanduser() for part in rest.split(","))
        missing = next((path for path in paths if not path.exists()), None)
        if missing is not None:
            raise InputError(f"{spec}: {missing} is not there. Its data: {benchmark.description.data}")
        return BenchmarkTask(benchmark, paths)
    name, *numbers = spec.split(":")
    if name == LOCAL:
        return _local(spec, numbers)
    written = ", ".join(f"{one.name}=FILE" for one in BENCHMARKS)
    raise InputError(f"{spec}: there is no such task; there are {written} and {LOCAL}:COUNT[:SEED]")


def _local(spec: str, numbers: list[str]) -> LocalTask:
    if len(numbers) not in {1, 2} or not all(number.isdecimal() and number.isascii() for number in numbers):
        raise InputError(f"{spec}: write {LOCAL}:COUNT or {LOCAL}:COUNT:SEED, for example {LOCAL}:400:0")
    count, seed = (*map(int, numbers), 0)[:2]
    return LocalTask(count, seed)
