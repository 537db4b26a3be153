"""Memory of an evaluation on a large bank, whose vectors are mapped from disk, in a process of its own."""

import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from jisi.evaluation.routers.catalogue import routers_named

from benchmarks.evaluation.made_up import Size, evaluation, write_vectors

GOAL_MB = 2_000.0
"""Issue 9: 2 GB for 50,000 items x 10 models x 384 dimensions."""
ROUTERS = ("knn", "jisi")
SAMPLED_EVERY_SECONDS = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The peak of a process in MB (10^6 bytes), and what it consisted of; the parts peak at moments of their own."""

    items: int
    test: int
    peak: float
    """Resident at once, mapped pages included, as the kernel has kept it (VmHWM)."""
    own: float
    """Pages of its own (RssAnon), sampled."""
    mapped: float
    """Pages of files (RssFile), the vectors above all, sampled: the kernel takes them back where memory is short."""
    before: float
    """Resident with all modules loaded, before anything is read."""
    vectors: float
    """Size of the files of vectors."""
    seconds: float


def memory(folder: Path, *, items: int, test: int) -> Memory:
    """Write a bank and evaluate on it in a process of its own."""
    write_vectors(folder, Size(train=items, test=test))
    command = [sys.executable, "-m", "benchmarks.evaluation.memory", str(folder), str(items), str(test)]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    return Memory(**json.loads(finished.stdout))


def measured_here(folder: Path, size: Size) -> Memory:
    """Evaluate in this process."""
    before = resident()["VmRSS"]
    ended = threading.Event()
    peaks: dict[str, float] = {}
    sampler = threading.Thread(target=_sample, args=(peaks, ended))
    start = time.perf_counter()
    sampler.start()
    try:
        evaluation(folder, size).run(routers_named(ROUTERS, size.names), done=lambda _name, _rows: None)
    finally:
        ended.set()
        sampler.join()
    return Memory(
        items=size.train,
        test=size.test,
        peak=resident()["VmHWM"],
        own=peaks["RssAnon"],
        mapped=peaks["RssFile"],
        before=before,
        vectors=sum(file.stat().st_size for file in folder.glob("*.npy")) / 1e6,
        seconds=time.perf_counter() - start,
    )


def resident() -> dict[str, float]:
    """Read what the kernel says of this process's memory, in MB by name."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {name: int(fields[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM", "RssAnon", "RssFile")}


def _sample(peaks: dict[str, float], ended: threading.Event) -> None:
    while True:
        for name, value in resident().items():
            peaks[name] = max(peaks.get(name, 0.0), value)
        if ended.wait(SAMPLED_EVERY_SECONDS):
            return


if __name__ == "__main__":
    print(json.dumps(asdict(measured_here(Path(sys.argv[1]), Size(train=int(sys.argv[2]), test=int(sys.argv[3]))))))
