"""A row of recordings in the golden format, as the slow oracle reads it."""

import math
from dataclasses import asdict
from typing import Any

import numpy as np
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.protocol import Evidence
from jisi.routing.settings import RoutingSettings
from numpy.typing import NDArray


def oracle_case(test: Recordings, row: int, evidence: Evidence, settings: RoutingSettings) -> dict[str, Any]:
    """Give the case of one test row against the train rows of the evidence."""
    train = evidence.train
    vectors = {model: train.responses(model).astype(np.float64) for model in train.models}
    return {
        "settings": {**asdict(settings), "max_calls": None, "default_model": None},
        "pool": [
            {"name": one.name, "prompt_price": one.prompt_price, "completion_price": one.completion_price}
            for one in evidence.experts
        ],
        "query": test.queries[row].astype(np.float64).tolist(),
        "items": [
            {
                "id": str(item),
                "embedding": train.queries[item].astype(np.float64).tolist(),
                "records": {
                    model: {
                        "score": _known(train.scores[item, column]),
                        "completion_tokens": _known(train.completion_tokens[item, column]),
                        "embedding": _vector(vectors[model][item]),
                    }
                    for column, model in enumerate(train.models)
                },
            }
            for item in range(len(train))
        ],
        "responses": {
            model: {
                "usable": bool(test.usable[row, column]),
                "embedding": _vector(test.take(np.array([row])).responses(model)[0].astype(np.float64)),
                "completion_tokens": _known(test.completion_tokens[row, column]),
                "reference_tokens": int(np.nan_to_num(test.completion_tokens[row, column])),
            }
            for column, model in enumerate(test.models)
        },
    }


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _vector(vector: NDArray[np.float64]) -> list[float] | None:
    return None if np.isnan(vector).any() else vector.tolist()
