"""JiSi itself: query-response mixed routing, aggregator selection and the switch, on recorded responses."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.comparisons import Comparisons
from jisi.evaluation.routers.outcome import NOBODY, Fusion, Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.routing.arrays import Embeddings, Floats, Positions
from jisi.routing.offline import OfflineDecision, RecordedResponse, decide_from_plan
from jisi.routing.plan import plan_from_support
from jisi.routing.settings import Mode, RoutingSettings

_UNREAD = np.empty(0, np.float32)
"""In place of a response's embedding: its similarities are looked up by row and model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedRouter:
    """The method of ALGORITHM.md with any settings; a fusion is scored by its first reference."""

    name: str = "jisi"
    settings: RoutingSettings = field(default_factory=RoutingSettings)
    mode: Mode = "auto"
    """`route`: the best candidate answers (no fusion); `aggregate`: whatever v, all candidates are fused."""
    aggregator: str | None = None
    """Fuses always, instead of the model chosen from the support set."""

    def fit(self, evidence: Evidence) -> "FittedMixed":
        """Nothing is learnt: the support set is the evidence."""
        return FittedMixed(self, evidence)


class FittedMixed:
    """The method over one support set."""

    def __init__(self, router: MixedRouter, evidence: Evidence) -> None:
        self._router = router
        self._experts = evidence.experts

    def route(self, rows: Rows) -> Outcome:
        """Decide every row as the services would."""
        test, column_of = rows.test, {model: column for column, model in enumerate(rows.test.models)}
        shape = (len(test), len(test.models))
        answers, calls, references = np.zeros(shape), np.zeros(shape), np.zeros(shape, np.bool_)
        aggregators = np.full(len(test), NOBODY, np.int64)
        for row, decided in enumerate(self.decisions(rows)):
            calls[row, [column_of[model] for model in decided.asked]] = 1.0
            decision = decided.decision
            if decision.kind == "aggregate":
                first, *_ = decision.references
                references[row, [column_of[model] for model in decision.references]] = True
                aggregators[row] = column_of[self._router.aggregator or decided.aggregator_candidates[0]]
                answers[row, column_of[first]] = 1.0
            elif decision.answer is not None:
                answers[row, column_of[decision.answer]] = 1.0
        return Outcome(
            answers=answers,
            calls=calls,
            aggregators=aggregators,
            references=references,
            quality="first reference" if (aggregators != NOBODY).any() else "recorded",
        )

    def fusions(self, rows: Rows) -> list[Fusion | None]:
        """Say who is to be asked and who fuses, row by row; None where one model's response is the answer."""
        return [
            Fusion(
                asked=dict.fromkeys(decided.asked, 1),
                references=decided.decision.references,
                aggregator=self._router.aggregator or decided.aggregator_candidates[0],
            )
            if decided.decision.kind == "aggregate"
            else None
            for decided in self.decisions(rows)
        ]

    def decisions(self, rows: Rows) -> list[OfflineDecision]:
        """Every stage of every row's decision."""
        settings, bank = self._router.settings, rows.comparisons.bank
        columns = {model: column for column, model in enumerate(rows.test.models)}
        return [
            decide_from_plan(
                plan_from_support(support, bank, self._experts, settings),
                bank,
                _RecordedRow(rows.test, row, columns, rows.comparisons),
                settings,
                mode=self._router.mode,
            )
            for row, support in enumerate(rows.comparisons.supports(settings))
        ]


class _RecordedRow:
    """One row's recorded responses as the answers of its models."""

    def __init__(self, test: Recordings, row: int, columns: Mapping[str, int], comparisons: Comparisons) -> None:
        self._test = test
        self._row = row
        self._columns = columns
        self._comparisons = comparisons

    def ask(self, model: str) -> RecordedResponse:
        """Give what was recorded; what was not is no usable response."""
        column = self._columns[model]
        tokens = float(self._test.completion_tokens[self._row, column])
        answer = int(self._test.answers[self._row, column])
        return RecordedResponse(
            usable=bool(self._test.usable[self._row, column]),
            embedding=_UNREAD,
            completion_tokens=None if np.isnan(tokens) else tokens,
            reference_tokens=0 if np.isnan(tokens) else int(tokens),
            answer=None if answer < 0 else str(answer),
        )

    def similarities(self, positions: Positions, model: str, response: Embeddings) -> Floats:
        """Look up how far the response is like the support set's of the same model."""
        del response
        return self._comparisons.responses(model, self._row, positions)
