"""How near the estimate of tokens comes to the cl100k counts of recorded responses."""

import gzip
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from jisi.llm.tokens import estimate_tokens
from numpy.typing import NDArray

DATA = Path(__file__).parents[3].parent / "shared" / "data"
EVERY = 20
"""One row in so many is enough for a mean over some hundred to thousand responses."""
LONG = 100
"""Tokens from which on the single response is held to a bound: below it a token or two is much."""

FAMILIES = {"zeroeval": 0.04, "mmlupro": 0.06, "reasoninggym": 0.08, "alpacaeval": 0.06}
"""Bounds of the mean error, relative to the count; measured when fitted: 0.023, 0.041, 0.049, 0.039."""


def _counted(family: str) -> Iterator[tuple[str, int]]:
    """Give recorded responses of train rows with their counts."""
    with gzip.open(DATA / family / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in itertools.islice(lines, None, None, EVERY):
            row = json.loads(line)
            for model, text in row["raw_output"].items():
                tokens = row["usages"][model]["completion_tokens"]
                if text and tokens:
                    yield text, tokens


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded responses in ../shared/data are not here")
@pytest.mark.parametrize("family", FAMILIES)
def test_the_error_is_small(family: str) -> None:
    """On mathematics, multiple choice, puzzles and essays the estimate is right to a few percent and not one-sided."""
    texts, counts = zip(*_counted(family), strict=True)
    counted: NDArray[np.float64] = np.array(counts, dtype=np.float64)
    errors = np.array([estimate_tokens(text) for text in texts]) / counted - 1.0

    assert np.abs(errors).mean() < FAMILIES[family]
    assert abs(errors.mean()) < 0.03
    assert np.quantile(np.abs(errors[counted >= LONG]), 0.99) < 0.25
