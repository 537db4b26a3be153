"""The report of an evaluation, as `--json` writes it. Scores are in [0, 1]; what is not known is null."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from jisi.evaluation.replay.report import ReplayReport
from jisi.evaluation.reports.study import Study
from jisi.evaluation.routers.outcome import Quality

RouterKind = Literal["router", "single", "reference model", "upper reference"]
"""What chooses; one model of the pool; a model that is recorded to compare with and never chosen; what cannot exist."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BankFile(_Frozen):
    """A file of recordings."""

    file: str
    """Its name without folders."""
    sha256: str
    """Of the file as it is on disk."""


class DifferenceReport(_Frozen):
    """One router's figure less another's, on the same rows."""

    value: float
    interval: tuple[float, float]
    """95%, by paired bootstrap."""
    p: float
    """Two-sided, by paired randomisation test; not corrected for how many routers are compared."""


class PairedReport(_Frozen):
    """A router against another one."""

    against: str
    macro: DifferenceReport | None
    """Null where the quality of either is not recorded."""
    calls: DifferenceReport | None
    """Of the mean calls a query."""
    cost: DifferenceReport | None
    """Of the mean USD a query, over rows where both are known."""


class GainReport(_Frozen):
    """LLMRouterBench's figures and two of RouterBench's kind, defined in `metrics/comparison.py`.

    Shares of the baseline's figure; null where router, baseline or cost is not measured, and where none is defined.
    """

    over_random: float | None
    """Gain@R."""
    over_best_single: float | None
    """Gain@B."""
    gap_to_oracle: float | None
    """Gap@O; the less the better."""
    performance_gain: float | None
    """PerfGain: of the most accurate configuration of the same family over the best single model."""
    cost_save: float | None
    """CostSave: by the cheapest configuration of the family that is as accurate as the best single model."""
    pareto_distance: float | None
    """ParetoDist: mean over the configurations of the family; 0 on the front."""
    at_equal_cost: float | None
    """Macro score above what asking single models by lot attains at the same cost; in points of the score."""
    saved_at_equal_quality: float | None
    """Share saved of the cost at which asking single models by lot is as accurate."""


class LiveFigures(_Frozen):
    """How far a router's fusions were really made. Its other figures are of the rows that were answered."""

    rows: int
    """Drawn from the tested ones."""
    answered: int
    graded: int
    """Answered rows whose right answer can be read in the bank: those the macro score is of."""
    graded_by_dataset: dict[str, int]
    fusions: int
    """Made."""
    failures: dict[str, int]
    """Rows left out for a failed call, by model and cause."""
    not_asked: int
    """Rows left out because a bound was reached."""
    counted_calls: int
    """Calls whose tokens are our own count, for their endpoints tell none."""
    best_single: float | None
    """Macro score of the best single model's recorded responses on the graded rows, graded alike."""


class LiveReport(_Frozen):
    """What it took to make fusions for real."""

    rows: int
    """Drawn from the tested ones."""
    not_graded: int
    """Rows to which the bank has no right answer, or none that can be read."""
    calls: int
    """Made by this run, every attempt counted."""
    kept_calls: int
    """Answers that earlier runs had paid for."""
    cost: float
    """USD of this run's calls."""
    failed_calls: dict[str, int]
    """Of this run, by model and cause; those that another attempt made good are among them."""
    stopped: str | None
    """Which bound ended it; null: none did."""
    grader_agreement: float | None
    """Share of the responses recorded on these rows whose grade is their recorded score; null: none is graded."""


class RouterReport(_Frozen):
    """One router, or one model asked alone."""

    router: str
    kind: RouterKind
    family: str
    """Routers of one family are configurations of the same method."""
    quality: Quality
    note: str
    """What recorded data tell of it and what not, in plain sentences."""
    macro: float | None
    """Mean over datasets; null where the quality is not recorded."""
    interval: tuple[float, float] | None
    """95% of `macro`, by bootstrap over the rows."""
    by_dataset: dict[str, float]
    """Mean score of each dataset; empty where the quality is not recorded."""
    intervals: dict[str, tuple[float, float]]
    """95% of each."""
    scored: float | None
    """Share of the answers whose score was recorded; the others count 0."""
    cost: float | None
    """USD a query: mean over the rows where all is known. A fusion's part is an estimate."""
    cost_total: float | None
    """USD over those rows."""
    cost_by_dataset: dict[str, float]
    """USD a query."""
    cost_estimated: float | None
    """Share of `cost_total` that is an estimate: that of fusions."""
    cost_recorded: float | None
    """Share of the calls whose cost is known; null without calls."""
    calls: float
    """A query."""
    calls_total: float
    calls_by_dataset: dict[str, float]
    """A query."""
    prompt_tokens: float | None
    """A query, over all its calls; a fusion's are an estimate."""
    completion_tokens: float | None
    routed: float
    """Share of the rows answered by one model's response."""
    aggregated: float
    """Share of the rows answered by a fusion."""
    references_hold_right: float | None
    """Share of the fusions with a right reference (score >= 0.5): what a perfect aggregator could reach."""
    best_reference: float | None
    """Mean over the fusions of their best reference's score."""
    aggregator_right: float | None
    """Share of the fusions whose aggregator's own response was right."""
    aggregator_score: float | None
    """Mean over the fusions of the score of the aggregator's own response."""
    against_best_single: PairedReport | None
    against: list[PairedReport]
    """Against other routers that were asked for."""
    gains: GainReport
    on_front: bool
    """Whether no router or model measured is as accurate and as cheap, and better in one."""
    live: LiveFigures | None = None
    """Of a router whose fusions were really made, on some of the rows; its name begins with `live:`."""


class EvaluationReport(_Frozen):
    """What `jisi eval` measured."""

    version: str
    """Of the program."""
    banks: list[BankFile]
    embedder: str
    split: str
    """How rows were divided into evidence and tests."""
    seed: int
    rows: int
    """Tested."""
    datasets: dict[str, int]
    """Tested rows of each."""
    routers: list[RouterReport]
    """By macro score, best first; those without one last, but for the live ones, which come after all others."""
    studies: list[Study]
    services: ReplayReport | None = None
    """The same test rows through the services, where that was asked for."""
    live: LiveReport | None = None
    """Of fusions that were really made, where that was asked for."""

    @property
    def recorded(self) -> list[RouterReport]:
        """Routers measured on recorded responses alone, all on the same rows: those that can be ranked."""
        return [one for one in self.routers if one.live is None]

    def router(self, name: str) -> RouterReport | None:
        """Give a router by name."""
        return next((one for one in self.routers if one.router == name), None)
