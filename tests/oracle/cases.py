"""Rows of recordings in the golden format, as the slow oracle reads them.

Numbers are copied out of the recordings one by one, and nothing is computed of them here: the oracle shares with `jisi`
what was recorded, and no product, sum or order.
"""

import math
from array import array
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.protocol import Evidence
from jisi.routing.bank import Expert
from jisi.routing.settings import RoutingSettings
from numpy.typing import NDArray


class Cases:
    """The cases of many test rows, which have their items in common."""

    def __init__(self, train: Recordings, experts: Sequence[Expert], settings: RoutingSettings) -> None:
        """Copy the items, those of a family with all their vectors into some 150 MB."""
        self._items = _items(train)
        self._experts = experts
        self._settings = settings

    def of(self, test: Recordings, row: int) -> dict[str, Any]:
        """Give the case of one row of `test`, whose columns are the experts."""
        return {
            "settings": {**asdict(self._settings), "max_calls": None, "default_model": None},
            "pool": [
                {"name": one.name, "prompt_price": one.prompt_price, "completion_price": one.completion_price}
                for one in self._experts
            ],
            "query": _vector(test.queries[row]),
            "items": self._items,
            "responses": {
                model: {
                    "usable": bool(test.usable[row, column]),
                    "embedding": _vector(test.take(np.array([row])).responses(model)[0]),
                    "completion_tokens": _known(test.completion_tokens[row, column]),
                    "reference_tokens": int(np.nan_to_num(test.completion_tokens[row, column])),
                }
                for column, model in enumerate(test.models)
            },
        }


def oracle_case(test: Recordings, row: int, evidence: Evidence, settings: RoutingSettings) -> dict[str, Any]:
    """Give the case of one test row against the train rows of the evidence."""
    return Cases(evidence.train, evidence.experts, settings).of(test, row)


def _items(train: Recordings) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = [
        {"id": str(item), "embedding": _vector(train.queries[item]), "records": {}} for item in range(len(train))
    ]
    for column, model in enumerate(train.models):
        vectors = train.responses(model)
        for place, item in enumerate(items):
            item["records"][model] = {
                "score": _known(train.scores[place, column]),
                "completion_tokens": _known(train.completion_tokens[place, column]),
                "embedding": _vector(vectors[place]),
            }
    return items


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _vector(vector: NDArray[np.float32]) -> Sequence[float] | None:
    """Give plain numbers, packed: a Python float for each of a family's 17 million would take half a gigabyte."""
    return None if np.isnan(vector).any() else array("d", vector.astype(np.float64).tobytes())
