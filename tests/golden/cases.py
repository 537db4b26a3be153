"""Reads a golden case: settings, pool, query, items with their records, and what each model answers if asked.

A case is a JSON object: `settings` (each setting by its name, `max_calls` and `default_model`), `pool` (name and
prices, in order), `query` (an embedding), `items` (`id`, `embedding`, `records`: model -> `score`,
`completion_tokens`, `embedding`, each null where not recorded), `responses` (model -> `usable`, `embedding`,
`completion_tokens`, `reference_tokens`), and `expected` (see `comparison`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jisi.routing.arrays import Embeddings, Floats, Positions
from jisi.routing.bank import Bank, Expert
from jisi.routing.mixed import response_similarity
from jisi.routing.offline import OfflineDecision, RecordedResponse, ResponseSource, decide_offline
from jisi.routing.settings import Mode, RoutingSettings, SecondWave, setting_names


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Case:
    """What goes into one decision; the ids of items are their rows, `ids` says what the file calls them."""

    query: Floats
    bank: Bank
    experts: tuple[Expert, ...]
    source: ResponseSource
    settings: RoutingSettings
    max_calls: int | None
    default_model: str | None
    ids: tuple[str, ...]

    def decide(self, *, mode: Mode = "auto") -> OfflineDecision:
        """The decision of our maths."""
        return decide_offline(
            self.query,
            self.bank,
            self.experts,
            self.source,
            self.settings,
            default_model=self.default_model,
            max_calls=self.max_calls,
            mode=mode,
        )

    def ids_at(self, positions: Positions) -> list[str]:
        """The file's names of items, in the order given."""
        return [self.ids[position] for position in positions]


@dataclass(frozen=True, slots=True, eq=False)
class CaseResponses:
    """The responses of a case as `decide_offline` asks for them."""

    items: tuple[Mapping[str, Any], ...]
    responses: Mapping[str, Mapping[str, Any]]

    def ask(self, model: str) -> RecordedResponse:
        """What this model returns."""
        response = self.responses[model]
        embedding = response["embedding"]
        return RecordedResponse(
            usable=response["usable"],
            cut_off=response.get("cut_off", False),
            embedding=None if embedding is None else np.array(embedding, dtype=np.float64),
            completion_tokens=response["completion_tokens"],
            reference_tokens=response["reference_tokens"] or 0,
        )

    def similarities(self, positions: Positions, model: str, response: Embeddings) -> Floats:
        """Similarity of a response to the bank's at these items, NaN where there is none."""
        missing = [np.nan] * len(response)
        rows = [_record(self.items[position], model).get("embedding") or missing for position in positions]
        return response_similarity(np.array(rows, dtype=np.float64), response)


def read_case(document: Mapping[str, Any], *, second_wave: SecondWave) -> Case:
    """A case of the file, with the second wave as given whatever its settings say."""
    pool = [expert["name"] for expert in document["pool"]]
    items = tuple(document["items"])
    settings = {name: document["settings"][name] for name in setting_names() if name in document["settings"]}
    dimensions = len(document["query"])
    return Case(
        query=np.array(document["query"], dtype=np.float64),
        bank=Bank(
            item_ids=np.arange(len(items), dtype=np.int64),
            embeddings=np.array([item["embedding"] for item in items], dtype=np.float64).reshape(-1, dimensions),
            scores=_matrix(items, pool, "score"),
            tokens=_matrix(items, pool, "completion_tokens"),
            models=tuple(pool),
        ),
        experts=tuple(
            Expert(expert["name"], expert["prompt_price"], expert["completion_price"]) for expert in document["pool"]
        ),
        source=CaseResponses(items, document["responses"]),
        settings=RoutingSettings(**{**settings, "second_wave": second_wave}),
        max_calls=document["settings"].get("max_calls"),
        default_model=document["settings"].get("default_model"),
        ids=tuple(item["id"] for item in items),
    )


def _record(item: Mapping[str, Any], model: str) -> Mapping[str, Any]:
    """What is recorded of a model on an item; empty if nothing is."""
    record: Mapping[str, Any] | None = item["records"].get(model)
    return record or {}


def _matrix(items: tuple[Mapping[str, Any], ...], pool: list[str], field: str) -> Floats:
    """One number of every record: (N, M), NaN where not recorded."""
    rows = [[_record(item, model).get(field) for model in pool] for item in items]
    return np.array(rows, dtype=np.float64).reshape(-1, len(pool))
