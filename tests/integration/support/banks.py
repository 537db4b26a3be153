"""Small banks for tests, and the real embedder with a failing, a renamed and a counting front."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jisi.embedding.protocol import Embedder
from jisi.errors import TransientError
from jisi.support.scan import Scan
from jisi.support.store import Written
from numpy.typing import NDArray

MODELS = ("alpha", "beta", "gamma")


def line(index: int, *, dataset: str = "sums", split: str = "train", **changes: object) -> dict[str, Any]:
    """Make a line in which alpha is right, beta wrong, and gamma says nothing usable."""
    fields: dict[str, Any] = {
        "query": f"What is {index} plus {index}?",
        "dataset": dataset,
        "index": index,
        "split": split,
        "records": {"alpha": 1.0, "beta": False, "gamma": None},
        "usages": {
            "alpha": {"prompt_tokens": 9, "completion_tokens": 3 + index, "cost": 0.25},
            "beta": {"prompt_tokens": 9, "completion_tokens": 40, "cost": 0.5},
        },
        "raw_output": {
            "alpha": f"{2 * index}",
            "beta": f"<think>{index} and {index}</think> {2 * index + 1}",
            "gamma": "<think>never said",
        },
        "gt": str(2 * index),
    }
    return {**fields, **changes}


def write(path: Path, lines: Sequence[dict[str, Any]]) -> Path:
    """Write a bank file."""
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))
    return path


class QuietProgress:
    """Remembers what an import reported."""

    def __init__(self) -> None:
        self.texts = 0
        self.versions: list[int] = []

    def begin(self, found: Scan) -> None:
        """Nothing to show."""

    def embedded(self, texts: int) -> None:
        """Count."""
        self.texts += texts

    def committed(self, written: Written) -> None:
        """Remember."""
        self.versions.append(written.version)


class WatchedEmbedder:
    """An embedder that remembers what it was asked, may bear another name, and may break down after some texts."""

    def __init__(self, embedder: Embedder, *, identity: str | None = None, fails_after: int | None = None) -> None:
        self._embedder = embedder
        self._identity = identity
        self._fails_after = fails_after
        self.asked: list[str] = []

    @property
    def identity(self) -> str:
        """The other name, or the embedder's own."""
        return self._identity or self._embedder.identity

    @property
    def dimensions(self) -> int:
        """The embedder's."""
        return self._embedder.dimensions

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed, unless it has embedded enough."""
        if self._fails_after is not None and len(self.asked) + len(texts) > self._fails_after:
            raise TransientError("the endpoint is down")
        self.asked.extend(texts)
        return await self._embedder.embed(texts)

    async def close(self) -> None:
        """Leave the embedder open: it is shared."""


class RandomEmbedder:
    """Gives every text a unit vector of its own, of any length: no model of thousands of dimensions is at hand."""

    def __init__(self, *, dimensions: int) -> None:
        self.identity = f"random-{dimensions}"
        self.dimensions = dimensions

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Draw, seeded by the text."""
        drawn = [np.random.default_rng([*text.encode()]).standard_normal(self.dimensions) for text in texts]
        unit: NDArray[np.float32] = np.stack([vector / np.linalg.norm(vector) for vector in drawn]).astype(np.float32)
        return unit

    async def close(self) -> None:
        """Nothing to release."""
