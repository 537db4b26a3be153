"""Rates, shares and goals are what they are called."""

import os
import subprocess
import sys
import time

import pytest

from benchmarks.machine import ProcessorTime, busy_cores, describe_machine
from benchmarks.pipeline.load import Answers
from benchmarks.pipeline.processes import own_seconds, processor_seconds
from benchmarks.pipeline.report import goals


def test_the_mix_counts_routes_waves_and_calls() -> None:
    """From the bytes of the answers themselves."""
    calls = b'{"wave": 1}, {"wave": 1}, {"wave": 2}'
    answers = Answers(
        bodies=[
            b'{"status": "completed", "route": "route", "bill": {"calls": [{"wave": 1}]}}',
            b'{"status": "degraded", "route": "aggregate", "bill": {"calls": [' + calls + b"]}}",
        ]
    )

    assert answers.mix() == {
        "routed": 0.5,
        "aggregated": 0.5,
        "not_completed": 0.5,
        "second_wave": 0.5,
        "calls": 2.0,
    }


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_processor_time_counts_children_once_and_other_roots_not_at_all() -> None:
    """A child's work is its parent's, unless the child is asked for by itself."""
    burn = "import time; end = time.process_time() + {}\nwhile time.process_time() < end: pass\n{}"
    nested = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time\\n"
        "while time.process_time() < 0.3: pass'])\n" + burn.format(0.1, "sys.stdout.write('x'); sys.stdout.flush()")
    )
    with subprocess.Popen([sys.executable, "-c", f"{nested}\nsys.stdin.read()"], stdin=-1, stdout=-1) as child:
        assert child.stdout is not None
        child.stdout.read(1)
        together = processor_seconds({"self": os.getpid()})
        apart = processor_seconds({"child": child.pid, "self": os.getpid()})
        child.communicate()

    assert apart["child"] >= 0.38
    assert together["self"] - apart["self"] == pytest.approx(apart["child"], abs=0.1)
    assert together["self"] >= own_seconds() - 0.1


def test_cores_are_seconds_of_work_a_second() -> None:
    """Busy and stolen apart."""
    earlier, later = ProcessorTime(10.0, 100.0, 5.0), ProcessorTime(14.0, 106.0, 7.0)

    assert busy_cores(earlier, later) == (1.5, 0.5)


def test_the_machine_is_described() -> None:
    """With the date and its load: a figure without them says nothing."""
    described = describe_machine()

    assert described["date"].startswith(time.strftime("%Y", time.gmtime()))
    assert described["cores"] == os.cpu_count()
    assert len(described["load_average"]) == 3


def test_goals_compare_only_what_was_measured() -> None:
    """Latencies are met from above, rates from below."""
    phases = [
        {"name": "idle", "p50_ms": 20.0},
        {"name": "steady 50/s", "p95_ms": 90.0},
        {"name": "64 in flight", "per_second": 400.0},
    ]

    assert [goal.met for goal in goals({"without_embedding": {"phases": phases}})] == [True, False, True]
    assert [goal.met for goal in goals({"with_embedding": {"share_of_allowed": 0.79}})] == [False]
    assert goals({}) == []
