"""Small bank files, and an embedder that costs nothing."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class CountingEmbedder:
    """Embeds a text by its letters; counts what it was given."""

    identity = "letters"
    dimensions = 3

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Give vectors of unit norm that differ where the texts' lengths do."""
        self.texts += texts
        vectors = np.array([[1.0, len(text), text.count("a")] for text in texts], np.float32).reshape(-1, 3)
        scaled: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return scaled

    async def close(self) -> None:
        """Nothing to release."""


def line(index: int, *, split: str = "train", dataset: str = "numbers", **changes: Any) -> dict[str, Any]:
    """Give an item that `able` and `baker` answered."""
    content: dict[str, Any] = {
        "query": f"question {index}",
        "dataset": dataset,
        "index": index,
        "split": split,
        "records": {"able": 1.0, "baker": False},
        "usages": {
            "able": {"prompt_tokens": 5, "completion_tokens": 10, "cost": 0.1},
            "baker": {"prompt_tokens": 6, "completion_tokens": 20},
        },
        "raw_output": {"able": "The answer is 4.", "baker": "The answer is 5."},
        "gt": "4",
    }
    return {**content, **changes}


def write_bank(file: Path, lines: Sequence[dict[str, Any]]) -> Path:
    """Write a bank file, packed by its ending."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(content) + "\n" for content in lines)
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())
    return file
