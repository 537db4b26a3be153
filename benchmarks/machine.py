"""What the machine was and did while something was measured: without it a number says nothing."""

import os
import platform
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
"""Ticks a second of the kernel's processor times."""


def describe_machine() -> dict[str, Any]:
    """Tell where and when a measurement was made."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "python": platform.python_version(),
        "load_average": [round(load, 1) for load in os.getloadavg()],
    }


@dataclass(frozen=True, slots=True)
class ProcessorTime:
    """Processor seconds of the whole machine up to a moment."""

    at: float
    busy: float
    stolen: float

    @classmethod
    def now(cls) -> "ProcessorTime":
        """Read them; both are 0 where there is no /proc."""
        try:
            fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
        except OSError:
            return cls(time.monotonic(), 0.0, 0.0)
        user, nice, system, _idle, _wait, irq, soft_irq, stolen = (int(field) / TICKS for field in fields[:8])
        return cls(time.monotonic(), user + nice + system + irq + soft_irq, stolen)


def busy_cores(since: ProcessorTime, until: ProcessorTime) -> tuple[float, float]:
    """Give how many cores were busy in between, and how many were taken away by other machines on the same host."""
    seconds = max(until.at - since.at, 1e-9)
    return (until.busy - since.busy) / seconds, (until.stolen - since.stolen) / seconds


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
