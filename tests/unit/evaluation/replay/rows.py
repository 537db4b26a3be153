"""Rows of a made-up family: three models, of which only `able` is good at numbers and only `baker` at words."""

from typing import Any

from jisi.evaluation.replay.family import Row
from jisi.support.lines import check_content


def row(index: int, dataset: str = "numbers", **changes: Any) -> Row:
    """Give a row."""
    good = {"able": 1.0, "baker": 0.0} if dataset == "numbers" else {"able": 0.0, "baker": 1.0}
    content: dict[str, Any] = {
        "query": f"{dataset} question {index}",
        "dataset": dataset,
        "index": index,
        "split": "train",
        "records": {**good, "charlie": 0.5},
        "usages": {
            name: {"prompt_tokens": 5, "completion_tokens": 10 + index, "cost": 0.1} for name in (*good, "charlie")
        },
        "raw_output": {name: f"{name} on {dataset} {index}" for name in (*good, "charlie")},
        "gt": "1",
    }
    return Row(check_content({**content, **changes}))
