"""Processor time by process, from /proc: it says where the time of a query goes."""

import os
from collections.abc import Mapping
from pathlib import Path

from benchmarks.machine import TICKS


def processor_seconds(roots: Mapping[str, int]) -> dict[str, float]:
    """Give the processor seconds of each process and all its descendants, those that have ended included."""
    parents, seconds = _all_processes()
    children: dict[int, list[int]] = {}
    for pid, parent in parents.items():
        children.setdefault(parent, []).append(pid)
    stop = set(roots.values())

    def total(pid: int) -> float:
        below = (child for child in children.get(pid, ()) if child not in stop)
        return seconds.get(pid, 0.0) + sum(total(child) for child in below)

    return {name: total(pid) for name, pid in roots.items()}


def own_seconds() -> float:
    """Give the processor seconds of this process, without its children."""
    times = os.times()
    return times.user + times.system


def _all_processes() -> tuple[dict[int, int], dict[int, float]]:
    parents, seconds = {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        pid = int(folder.name)
        parents[pid] = int(fields[1])
        # User and system time of the process, and of its children that have ended and were waited for.
        seconds[pid] = sum(int(field) for field in fields[11:15]) / TICKS
    return parents, seconds
