"""The second wave (ALGORITHM.md 3) and the adaptive routing-aggregation switch (4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from jisi.routing.settings import Mode, RoutingSettings
from jisi.routing.standing import Standing, Verdict
from jisi.routing.turns import Ballot, ballot

THRESHOLD_SLACK = 1e-9
"""v counts as at the threshold when it is this little below: rounding must not decide (section 4)."""

_UNSELECTED = "by vote, for the router that took the responses in has not the selector the query was planned for: "

FEWEST_REFERENCES_TO_DROP_FROM = 3
"""The token limit lowers n only above 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How asking a model ended, as far as the switch cares."""

    usable: bool
    """Whether there is text once reasoning is taken away."""
    cut_off: bool = False
    """Whether it ended at its length limit: such a response answers only when nothing whole is there."""
    reference_tokens: int = 0
    """Tokens counted against `reference_token_limit`."""
    answer: str | None = None
    """Key of the final answer, but for method `jisi`: equal keys are equal answers; None: it could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Who is asked next."""

    ask: tuple[str, ...]
    """Best first."""
    withheld: tuple[str, ...]
    """Who would be asked if more calls were allowed, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The switch's decision and all that explains it."""

    kind: Literal["route", "aggregate", "fail"]
    answer: str | None
    """route: the model whose response is the answer, verbatim."""
    references: tuple[str, ...]
    """aggregate: the models whose responses go to the aggregator, best first."""
    relative_scores: tuple[tuple[str, float], ...] | None
    """v: p'_m / max p' of each candidate left, best first; None if the largest is not positive or none is left."""
    n: int | None
    """Number of references after the token limit; None if no candidate is left or one model answers alone."""
    candidates: tuple[str, ...]
    """The candidate experts, best first."""
    dropped: tuple[str, ...]
    """Candidates that were asked and have no usable response, or a cut-off one while a whole one is there."""
    degraded: tuple[str, ...]
    """`no_evidence`, `budget`, or nothing."""
    reason: str
    """The decision in a sentence, for people."""


def next_wave(
    standing: Standing,
    replies: Mapping[str, Reply],
    settings: RoutingSettings,
    *,
    mode: Mode = "auto",
    calls_left: int | None = None,
) -> Wave:
    """Who is asked now, given the replies of all models asked so far; nobody if the decision can be made.

    The first call gives the second wave; once it was asked, nobody is, unless nothing is usable: then each further
    call gives the next models by p, until one answers or all have been asked. `calls_left` None: no limit.
    """
    if settings.votes(mode) and not standing.alone and standing.verdict is None:
        wanted = list(votes_of(standing, replies).next_voters(settings.agreement))
        return _affordable(wanted, calls_left)
    if any(reply.usable for reply in replies.values()):
        done = standing.alone or not replies.keys() <= set(standing.probes)
        group: Sequence[str] = () if done else standing.candidates
    else:
        unasked = [model for model in (*standing.candidates, *standing.reserve) if model not in replies]
        group = unasked[: standing.group]
    wanted = [model for model in _wanted(group, standing, replies, settings, mode) if model not in replies]
    return _affordable(wanted, calls_left)


def decide(
    standing: Standing,
    replies: Mapping[str, Reply],
    settings: RoutingSettings,
    *,
    mode: Mode = "auto",
    calls_left: int | None = None,
    short_of_calls: bool = False,
) -> Decision:
    """Route or aggregate, given how every model asked replied.

    `mode` route: always n = 1; aggregate: every usable candidate is a reference, whatever its v. `calls_left` is what
    remains for the aggregation (None: no limit; 0 also where it cannot be paid). `short_of_calls` says that a wave
    withheld a model: the answer is then degraded `budget`, as it is where a call for the aggregation is wanting.
    """
    there = answering(replies)
    considered = (*standing.candidates, *(model for model in standing.reserve if model in replies))
    dropped = tuple(model for model in considered if model in replies and model not in there)
    left = [model for model in considered if model in there]
    decision = partial(
        Decision, candidates=standing.candidates, dropped=dropped, relative_scores=None, n=None, references=()
    )
    degraded = tuple(dict.fromkeys((*standing.degraded, *(["budget"] if short_of_calls else []))))
    if not there:
        reason = f"none of the {len(replies)} models asked gave a usable response"
        return decision(kind="fail", answer=None, degraded=degraded, reason=reason)
    if standing.alone or not left:
        answer = next(model for model in standing.ranking if model in there)
        reason = (
            _alone_reason(standing, answer) if standing.alone else f"no candidate gave a usable response; {answer} did"
        )
        return decision(kind="route", answer=answer, degraded=degraded, reason=reason)
    if settings.votes(mode):
        answer, reason = _by_answers(standing, replies, settings, left)
        return decision(kind="route", answer=answer, degraded=degraded, reason=reason)
    relative = relative_scores([standing.score_of(model) for model in left])
    references = _references(left, standing, replies, settings, mode)
    decision = partial(
        decision,
        relative_scores=None if relative is None else tuple(zip(left, relative, strict=True)),
        n=len(references),
    )
    reason = _reason(left, relative, references, settings, mode)
    if len(references) == 1:
        return decision(kind="route", answer=left[0], degraded=degraded, reason=reason)
    if calls_left is not None and calls_left < 1:
        degraded = tuple(dict.fromkeys((*degraded, "budget")))
        reason = f"{reason}; no call is left to aggregate them, so {left[0]} answers"
        return decision(kind="route", answer=left[0], degraded=degraded, reason=reason)
    return decision(kind="aggregate", answer=None, references=references, degraded=degraded, reason=reason)


def relative_scores(scores: Sequence[float]) -> list[float] | None:
    """v_m = p'_m / max p' of the candidates left; None if the largest is not positive."""
    largest = max(scores)
    return None if largest <= 0.0 else [score / largest for score in scores]


def _affordable(wanted: Sequence[str], calls_left: int | None) -> Wave:
    affordable = len(wanted) if calls_left is None else max(0, calls_left)
    return Wave(ask=tuple(wanted[:affordable]), withheld=tuple(wanted[affordable:]))


def votes_of(standing: Standing, replies: Mapping[str, Reply]) -> Ballot:
    """The votes that are in; a cut-off response votes only where nothing whole is there."""
    answers = {model: replies[model].answer for model in answering(replies)}
    return ballot(standing.ranking, standing.scores, answers, set(replies))


def _wanted(
    group: Sequence[str],
    standing: Standing,
    replies: Mapping[str, Reply],
    settings: RoutingSettings,
    mode: Mode,
) -> Sequence[str]:
    """Which of a group section 4 would use: those with v >= t, and the best one in any case.

    v is taken over those not known to have failed.
    """
    if settings.second_wave == "all" or standing.alone:
        return group
    there = answering(replies)
    left = [model for model in group if model not in replies or model in there]
    if mode == "aggregate":
        return left
    chosen = left[:1] if mode == "route" else _at_threshold(left, standing, settings)
    return [model for model in left if model in chosen or model == left[0]]


def answering(replies: Mapping[str, Reply]) -> set[str]:
    """Models whose response may be used: the whole ones, or, where there is none, those cut off."""
    usable = {model for model, reply in replies.items() if reply.usable}
    return {model for model in usable if not replies[model].cut_off} or usable


def _references(
    left: Sequence[str], standing: Standing, replies: Mapping[str, Reply], settings: RoutingSettings, mode: Mode
) -> tuple[str, ...]:
    """The n references, in the order of their rank, after the token limit."""
    match mode:
        case "route":
            chosen = list(left[:1])
        case "aggregate":
            chosen = list(left)
        case "auto":
            chosen = _at_threshold(left, standing, settings)
    tokens = sum(replies[model].reference_tokens for model in chosen)
    if len(chosen) >= FEWEST_REFERENCES_TO_DROP_FROM and tokens > settings.reference_token_limit:
        del chosen[-1]
    return tuple(chosen)


def _at_threshold(models: Sequence[str], standing: Standing, settings: RoutingSettings) -> list[str]:
    """Models with v >= t, in the order given; the first alone if the largest score is not positive."""
    if not models:
        return []
    relative = relative_scores([standing.score_of(model) for model in models])
    if relative is None:
        return [models[0]]
    lowest = settings.switch_threshold - THRESHOLD_SLACK
    return [model for model, share in zip(models, relative, strict=True) if share >= lowest]


def _alone_reason(standing: Standing, answer: str) -> str:
    cause = (
        "nothing near the query is known of any model"
        if "no_evidence" in standing.degraded
        else "too few calls are allowed for the probes"
    )
    return f"{cause}, so {answer} answers alone"


def _by_answers(
    standing: Standing, replies: Mapping[str, Reply], settings: RoutingSettings, left: Sequence[str]
) -> tuple[str, str]:
    """Who answers and why, by the selector's verdict, or by vote where there is none."""
    votes = votes_of(standing, replies)
    if standing.verdict is not None:
        return left[0], _selected_reason(standing.verdict, left[0], votes)
    winner = votes.winner(settings.agreement)
    assert winner is not None, "a response is usable"
    return winner, f"{_UNSELECTED if settings.method == 'selector' else ''}{votes.reason(winner)}"


def _selected_reason(verdict: Verdict, answer: str, votes: Ballot) -> str:
    """Say how likely each is right, who agrees, and whether the selector knows such queries."""
    chances = dict(verdict.chances)
    if answer not in chances:
        return f"the selector can judge none of the usable responses; {answer} is the best by prior that gave one"
    shares = ", ".join(f"{model} {chance:.3f}" for model, chance in verdict.chances)
    warning = "; caution: the query is unlike those that the selector was fitted to" if verdict.unlike else ""
    return f"by the selector {answer} is the most likely to be right ({shares}); {votes.agreeing(answer)}{warning}"


def _reason(
    left: Sequence[str],
    relative: Sequence[float] | None,
    references: Sequence[str],
    settings: RoutingSettings,
    mode: Mode,
) -> str:
    """Why n is what it is, with the numbers it hung on."""
    if mode == "route":
        return f"asked to route: {left[0]} is the best of {len(left)} candidates"
    if mode == "aggregate":
        return f"asked to aggregate: {len(references)} of {len(left)} usable candidates are references"
    if relative is None:
        return f"no candidate has a score above 0, so {left[0]}, ranked first, answers"
    shares = ", ".join(f"{model} {share:.3f}" for model, share in zip(left, relative, strict=True))
    counted = sum(share >= settings.switch_threshold - THRESHOLD_SLACK for share in relative)
    said = f"{counted} of {len(left)} candidates reach {settings.switch_threshold:g} of the best score ({shares})"
    if counted > len(references):
        said += f"; the last is dropped: together they exceed {settings.reference_token_limit} tokens"
    return said
