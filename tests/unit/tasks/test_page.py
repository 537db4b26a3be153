"""docs/tasks.md tells what there is."""

from pathlib import Path

from jisi.tasks.catalogue import BENCHMARKS, task_names
from jisi.tasks.procedural.kinds import KINDS

PAGE = (Path(__file__).parents[3] / "docs" / "tasks.md").read_text(encoding="utf-8")


def test_the_page_has_every_benchmark_with_its_grader() -> None:
    """Each benchmark has a row that shows how it is written and who grades it."""
    for benchmark in BENCHMARKS:
        (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{benchmark.name}="))

        assert f"| `{task_names()[benchmark.name].grader}` |" in row


def test_the_page_has_every_kind() -> None:
    """Each kind of our own stands there as it describes itself."""
    for kind in KINDS:
        assert f"| `{kind.name}` | {kind.about} |\n" in PAGE
