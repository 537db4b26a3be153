"""The best model of each dataset: an upper reference."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from jisi.evaluation.routers.choice import best_columns
from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.evaluation.routers.strength import dataset_scores, macro_scores


@dataclass(frozen=True, slots=True)
class BestPerDatasetRouter:
    """The best model on the train rows of the query's dataset.

    An upper reference: it is told which dataset a query is of, which nobody is who is asked one.
    """

    name: str = "best-per-dataset"

    def fit(self, evidence: Evidence) -> "BestOfDataset":
        """Find the best model of each dataset, and the best of all for a dataset of which nothing is recorded."""
        train = evidence.train
        by_dataset = dataset_scores(train)
        known = ~np.isnan(by_dataset).all(axis=1)
        columns = best_columns(by_dataset, evidence)
        overall = best_columns(macro_scores(train)[np.newaxis], evidence)
        return BestOfDataset(
            columns={train.dataset_names[place]: int(columns[place]) for place in np.flatnonzero(known)},
            otherwise=int(overall[0]),
        )


@dataclass(frozen=True, slots=True)
class BestOfDataset:
    """A column for each dataset by its name."""

    columns: Mapping[str, int]
    otherwise: int

    def route(self, rows: Rows) -> Outcome:
        """Let the best model of its dataset answer each row."""
        test = rows.test
        of_dataset = np.array([self.columns.get(name, self.otherwise) for name in test.dataset_names], np.int64)
        return Outcome.of_single(of_dataset[test.datasets], len(test.models))
