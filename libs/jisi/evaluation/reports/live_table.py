"""The table of fusions that were really made, and what is to be known of the run."""

from jisi.evaluation.reports.grid import Grid
from jisi.evaluation.reports.report import EvaluationReport, LiveFigures, LiveReport, RouterReport
from jisi.evaluation.reports.writing import (
    NONE,
    interval,
    number,
    p_value,
    percent,
    points,
    signed_points,
    usd_a_thousand,
)

NOT_GRADED = "not graded"


def live_table(report: EvaluationReport) -> Grid | None:
    """All routers whose fusions were really made; None where none were."""
    if report.live is None:
        return None
    return Grid(
        title="Really made (live)",
        header=("router", "macro", "95%", "vs best single", "USD/1k", "calls", "tokens", "made", "graded"),
        rows=[_row(router, router.live) for router in report.routers if router.live is not None],
        note=" ".join(_sentences(report.live)),
    )


def _row(router: RouterReport, live: LiveFigures) -> tuple[str, ...]:
    test = router.against_best_single
    difference = None if test is None else test.macro
    return (
        router.router,
        NOT_GRADED if router.macro is None else points(router.macro),
        interval(router.interval),
        NONE if difference is None else f"{signed_points(difference.value)} p {p_value(difference.p)}",
        NONE if router.cost is None else usd_a_thousand(router.cost),
        number(router.calls) if live.answered else NONE,
        NONE if router.completion_tokens is None else number(router.completion_tokens, 0),
        f"{live.answered}/{live.rows}",
        str(live.graded),
    )


def _sentences(live: LiveReport) -> list[str]:
    """Say what was bought, what failed, and how far the grades can be trusted."""
    said = [
        f"{live.calls} calls were made for ${live.cost:.4g}, {live.kept_calls} answers were kept from earlier runs.",
        "Costs are of all calls behind an answer, whenever they were made.",
        "Models get the query as the bank has it; those recorded may have been told more.",
    ]
    if live.failed_calls:
        causes = ", ".join(f"{cause} {count}" for cause, count in sorted(live.failed_calls.items()))
        total = sum(live.failed_calls.values())
        said.append(f"{total} calls failed ({causes}): rows lost by that are left out, not counted as wrong.")
    if live.stopped is not None:
        said.append(f"Ended by a bound: {live.stopped} The same command goes on from here.")
    if live.not_graded:
        said.append(
            f"{live.not_graded} of {live.rows} rows are not graded: the bank has no final answer to compare with."
        )
    if live.grader_agreement is not None:
        said.append(
            f"Graded by final answers, the best single model's recorded responses too: that is the bank's own score on "
            f"{percent(live.grader_agreement)} of the responses recorded on these rows."
        )
    return said
