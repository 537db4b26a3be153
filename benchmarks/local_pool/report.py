"""What came out, for people and as JSON: as it is, whether or not fusing pays."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from jisi.evaluation.reports.grid import Grid
from jisi.evaluation.reports.report import DifferenceReport, PairedReport, RouterReport
from jisi.evaluation.reports.writing import (
    NONE,
    interval,
    number,
    p_value,
    percent,
    points,
    signed_interval,
    signed_points,
    usd_a_thousand,
)

from benchmarks.local_pool.fresh import bank_size
from benchmarks.local_pool.measuring import SERVICES, Result
from benchmarks.local_pool.plan import Plan

_BY_KIND = ("best-single", "vote", "jisi:mode=route", SERVICES["route"], SERVICES["auto"], "oracle")

_FEWEST = 5
_FEW = f"Fewer than {_FEWEST} questions of a kind: these intervals are too narrow, and the numbers mean little."
"""Drawing rows again within a kind of n shows (n - 1) / n of their variance."""


def facts(plan: Plan, result: Result, *, machine: Mapping[str, Any], commit: str) -> dict[str, Any]:
    """Say what the numbers are of; `commit`: the one that this run began at."""
    return {
        "models": dict(result.models),
        "questions": plan.questions,
        "kinds": len(result.report.datasets),
        "seed": plan.seed,
        "task": plan.spec,
        "bank": {**result.report.banks[0].model_dump(), "items": bank_size(plan.bank)},
        "best_single": result.best_single,
        "samples": plan.samples,
        "in_flight": plan.in_flight,
        "settings": asdict(plan.settings),
        "variables": dict(plan.variables),
        "commit": commit,
        "machine": dict(machine),
    }


def as_json(result: Result, told: Mapping[str, Any]) -> dict[str, Any]:
    """Give all figures, for programs."""
    return {
        "benchmark": "local_pool",
        **told,
        "seconds_p50": dict(result.seconds),
        "services": {name: asdict(one) for name, one in result.services.items()},
        "on_fused": asdict(result.on_fused),
        "evaluation": result.report.model_dump(mode="json"),
    }


def methods(result: Result) -> Grid:
    """All methods by macro score, with what they take."""
    rows = [
        (
            router.router,
            points(router.macro),
            interval(router.interval),
            *_difference(router.against_best_single, router),
            number(router.calls, 1),
            number(router.prompt_tokens, 0),
            number(router.completion_tokens, 0),
            usd_a_thousand(router.cost),
            NONE if (waited := result.seconds.get(router.router)) is None else f"{waited:.1f}",
            percent(router.aggregated) if router.aggregated else NONE,
        )
        for router in result.report.recorded
    ]
    return Grid(
        title="Methods",
        header=("method", "macro", "95%", "vs best", "95%", "p", "calls", "in", "out", "USD/1k", "s p50", "fused"),
        rows=rows,
        note=(
            "Macro: mean over the kinds, in points; 95% by bootstrap over the questions, p by paired randomisation, "
            "not corrected for how many methods there are. In, out: tokens a question over all calls. USD/1k: nominal, "
            "for a thousand questions. A name with live: every answer was really made for it; the others are "
            "computed from one answer of each expert to each question, and random is its expectation. oracle knows "
            "which expert is right: a bound. The luck of sampling is in the scores, and in no interval."
        ),
    )


def by_kind(result: Result) -> Grid:
    """Mean scores of some methods on each kind."""
    routers = [router for name in _BY_KIND if (router := result.report.router(name)) is not None]
    return Grid(
        title="By kind",
        header=("kind", "questions", *(router.router for router in routers)),
        rows=[
            (kind.removeprefix("local-"), str(rows), *(points(router.by_dataset.get(kind)) for router in routers))
            for kind, rows in result.report.datasets.items()
        ],
    )


def sentences(result: Result, told: Mapping[str, Any]) -> list[str]:
    """Say what the numbers are of, and what fusing did, in plain words."""
    models, bank, machine = sorted(set(told["models"].values())), told["bank"], told["machine"]
    what = (
        f"{', '.join(models)} as {len(told['models'])} experts; {told['questions']} fresh questions of "
        f"{told['kinds']} kinds ({told['task']}), none of them in the bank ({bank['file']}, {bank['items']} items, "
        f"sha256 {bank['sha256'][:12]})."
    )
    how = (
        f"Best on the bank, hence best-single: {told['best_single']}. {told['in_flight']} questions at once, on "
        f"{machine['cores']} cores ({machine['processor']}), load {machine['load_average'][0]:g} at the end; "
        f"{machine['date']}, commit {told['commit']}."
    )
    given = " ".join(f"{name}={value}" for name, value in told["variables"].items())
    return [
        what,
        how,
        f"Settings of the services: {given or 'the defaults'}.",
        *(_of_services(name, result) for name in SERVICES.values()),
        *_of_fusing(result),
        *([_FEW] if told["questions"] < _FEWEST * told["kinds"] else []),
    ]


def _of_services(name: str, result: Result) -> str:
    figures, rows = result.services[name], result.report.rows
    said = [
        f"{name}: {figures.fused} of {rows} answers are fusions, {figures.second_waves} needed a second wave",
        *(f"{count} were degraded by {reason}" for reason, count in figures.degraded.items()),
        *(f"{count} failed by {code} and count as wrong" for code, count in figures.failed.items()),
        *([f"{figures.unsettled} bills were not final"] if figures.unsettled else []),
    ]
    return "; ".join(said) + "."


def _of_fusing(result: Result) -> list[str]:
    router = result.report.router(SERVICES["auto"])
    assert router is not None, "it is always measured"
    test = next(test for test in router.against if test.against == SERVICES["route"])
    fused, macro = result.on_fused, test.macro
    said = []
    if macro is not None:
        said.append(
            f"What fusing gives, the same questions through the same services: {signed_points(macro.value)} points "
            f"({signed_interval(macro.interval)}, p {p_value(macro.p)}){_cost_of_fusing(test.calls)}."
        )
    if fused.questions:
        said.append(
            f"On the {fused.questions} fused ones alone: {points(fused.fused)} fused, {points(fused.routed)} routed "
            "(mean over questions)."
        )
    return said


def _cost_of_fusing(calls: DifferenceReport | None) -> str:
    return NONE if calls is None else f", for {calls.value:+.2f} calls a question"


def _difference(test: PairedReport | None, router: RouterReport) -> Sequence[str]:
    if test is None or test.macro is None or test.against == router.router:
        return NONE, NONE, NONE
    return signed_points(test.macro.value), signed_interval(test.macro.interval), p_value(test.macro.p)
