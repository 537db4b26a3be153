"""A benchmark's question, as it is put to a model and graded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Split = Literal["train", "test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of a task."""

    id: str
    """Unique among all tasks, and the same in every run: `<dataset>/<what tells it from the dataset's others>`."""
    dataset: str
    """A bank's `dataset`."""
    prompt: str
    """The user's message, whole."""
    reference: Mapping[str, Any]
    """What the grader is told of it beside the prompt: JSON, in the shape that the grader of that name reads."""
    grader: str
    split: Split | None
    """Of a benchmark: the part it belongs to. None: the task has no parts, all of it may serve as evidence."""
