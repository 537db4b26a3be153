"""Looking at processes from outside: who lives, whose child is whose."""

from pathlib import Path

from jisi.stack.tether import is_alive


def living(pids: set[int]) -> set[int]:
    """Give those that still run; a zombie does not."""
    return {pid for pid in pids if is_alive(pid)}


def descendants(pid: int) -> set[int]:
    """Give all children of a process and theirs (Linux)."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found |= {int(child)} | descendants(int(child))
    return found


def program(pid: int) -> str:
    """Give the name of the program a process runs (Linux)."""
    return Path(Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0].decode()).name
