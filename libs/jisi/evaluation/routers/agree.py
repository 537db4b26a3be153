"""Agreement of final answers, one model asked after the other."""

from dataclasses import dataclass, field, replace

from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Rows
from jisi.evaluation.routers.ranked import ranked
from jisi.routing.agreement import Agreement, ask_in_turn, support
from jisi.routing.settings import RoutingSettings


@dataclass(frozen=True, slots=True)
class AgreeRouter:
    """A vote of the best by prior, weighed by log-odds of the prior, that ends where the rest could change nothing."""

    name: str = "agree"
    agreement: Agreement = field(default_factory=Agreement)
    support_threshold: float = RoutingSettings().support_threshold
    """As the setting of that name."""
    alike: float | None = None
    """Cosine similarity from which two responses agree whose answer cannot be read; None: such agree with none."""

    def __post_init__(self) -> None:
        if self.alike is not None and not -1 <= self.alike <= 1:
            raise ValueError(f"alike must be between -1 and 1, not {self.alike!r}")

    def fit(self, evidence: Evidence) -> "FittedAgree":
        """Nothing is learnt: the support set is the evidence."""
        return FittedAgree(self, evidence)


class FittedAgree:
    """Votes over one support set."""

    def __init__(self, router: AgreeRouter, evidence: Evidence) -> None:
        self._router = router
        self._experts = evidence.experts
        self._settings = replace(
            RoutingSettings(), support_size=router.agreement.support_size, support_threshold=router.support_threshold
        )

    def route(self, rows: Rows) -> Outcome:
        """Ask in turn."""
        agreement = self._router.agreement
        view = ranked(rows, self._experts, self._settings, alike=self._router.alike)
        weights = support(view.priors, agreement.bonus)
        return view.outcome(*ask_in_turn(weights, view.groups, agreement.models))
