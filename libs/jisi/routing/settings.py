"""Every setting of ALGORITHM.md 1 to 4 and 6, by its name there, with the paper's default; and the method's choice."""

from dataclasses import dataclass, fields
from typing import Literal, get_args

from jisi.routing.agreement import Agreement

Source = Literal["query", "response"]
SecondWave = Literal["needed", "all"]
Method = Literal["jisi", "agree", "selector"]
Mode = Literal["auto", "route", "aggregate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSettings:
    """How the method is set; checked on construction, so that a wrong value never reaches a decision.

    Raises:
        ValueError: a value is out of bounds; the message names the setting, the value and what is allowed.
    """

    method: Method = "jisi"
    """The paper's; a vote over final answers that asks one expert after the other (`agreement.py`); or `selector`: what
    was fitted to the bank says who is right (`selection.py`), which needs `JISI_SELECTOR_FILE`."""
    support_size: int = 400
    """k: how many nearest items set the bar of the support set (section 1)."""
    support_threshold: float = 0.95
    """Share of the k-th similarity that an item must exceed to be in S; above 1 S would always be one item."""
    aggregator_candidates: int = 5
    """How many models, best first, may be tried as aggregator (section 2)."""
    aggregator_source: Source = "query"
    """Ranking the aggregator is taken from: p over S (`query`) or p' over S' (`response`)."""
    probe_experts: int = 3
    """How many models generate a response before anything is known of responses (section 3)."""
    length_order: float = 2
    """o: power of the completion tokens that lengths are compared in."""
    length_weight: float = 0.4
    """Weight of the length similarity against the response similarity."""
    query_weight: float = 0.0
    """Weight of the query similarity against both."""
    filter_ratio: float = 0.5
    """Share of S that is kept as S'."""
    candidates: int = 3
    """How many experts, best by p', the switch chooses among."""
    second_wave: SecondWave = "needed"
    """Ask only the candidates that section 4 would use, or all, as the paper does."""
    expert_source: Source = "response"
    """Ranking the candidates are taken from; with `query` the probes are the candidates."""
    switch_threshold: float = 0.8
    """t: share of the best candidate's score from which a candidate is a reference (section 4)."""
    reference_token_limit: int = 13_000
    """Tokens of more than two references together above which the last is dropped, once."""

    agreement_models: int = 4
    """With method `agree`: how many models may vote, best by prior."""
    agreement_support_size: int = 80
    """With method `agree`: k, in place of `support_size`."""
    agreement_bonus: float = 1.0
    """With method `agree`: what a vote weighs besides the log-odds of its model's prior."""

    def __post_init__(self) -> None:
        for name in ("support_size", "aggregator_candidates", "probe_experts", "candidates"):
            _require_whole(name, getattr(self, name), least=1)
        _require_whole("reference_token_limit", self.reference_token_limit, least=0)
        for name in ("support_threshold", "length_weight", "query_weight", "switch_threshold"):
            _require_share(name, getattr(self, name))
        if not 0 < self.filter_ratio <= 1:
            raise ValueError(f"filter_ratio must be above 0 and at most 1, not {self.filter_ratio!r}")
        if not 0 < self.length_order <= 8:  # noqa: PLR2004 - 10^6 tokens to the 8th still leaves room in a float64
            raise ValueError(f"length_order must be above 0 and at most 8, not {self.length_order!r}")
        for name, choices in (
            ("aggregator_source", Source),
            ("expert_source", Source),
            ("second_wave", SecondWave),
            ("method", Method),
        ):
            if getattr(self, name) not in get_args(choices):
                raise ValueError(f"{name} must be one of {', '.join(get_args(choices))}, not {getattr(self, name)!r}")

        try:
            self.agreement  # noqa: B018 - checks its own bounds
        except ValueError as error:
            raise ValueError(f"agreement_{error}") from None

    @property
    def uses_responses(self) -> bool:
        """Whether any ranking depends on p', hence on the mixed similarities and what they need from the bank."""
        return self.method == "jisi" and "response" in (self.expert_source, self.aggregator_source)

    @property
    def agreement(self) -> Agreement:
        """How the vote is set."""
        return Agreement(
            models=self.agreement_models, support_size=self.agreement_support_size, bonus=self.agreement_bonus
        )

    @property
    def neighbours(self) -> int:
        """Give k of the method chosen."""
        return self.support_size if self.method == "jisi" else self.agreement_support_size

    def votes(self, mode: Mode) -> bool:
        """Whether final answers are compared: a fusion that is asked for is one by any method."""
        return self.method != "jisi" and mode != "aggregate"


def setting_names() -> tuple[str, ...]:
    """Names of all settings, in the order of ALGORITHM.md."""
    return tuple(field.name for field in fields(RoutingSettings))


def _require_whole(name: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")


def _require_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be between 0 and 1, not {value!r}")
