"""`jisi eval --live`: fusions that recorded data cannot tell the quality of are really made, by a live pool."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from jisi.artefacts import cache_folder
from jisi.cli.eval_view import EvalView
from jisi.cli.long_running import run_to_end
from jisi.cli.output import usd
from jisi.evaluation.live.asking import Asker
from jisi.evaluation.live.evaluating import LiveRequest
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.reports.live import with_live
from jisi.evaluation.reports.report import EvaluationReport
from jisi.evaluation.routers.protocol import Router
from jisi.evaluation.running import Evaluation
from jisi.llm.pool import load_pool

LivePool = Annotated[
    Path | None,
    typer.Option(
        "--live",
        metavar="POOL",
        help="pool.toml whose models, named as in the bank, are asked for real: each fusion of the routers is made on "
        "some of the tested rows, and graded. Each answer is kept: the same command never pays for it again.",
    ),
]
LiveRows = Annotated[int, typer.Option(min=1, help="How many of the tested rows, evenly spread, with --live.")]
MaxCost = Annotated[
    float | None, typer.Option(min=0, metavar="USD", help="What the calls of this --live run may cost at most.")
]
MaxCalls = Annotated[int | None, typer.Option(min=0, help="How many calls this --live run may make at most.")]

LIVE_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """What the options say."""

    pool: Path
    rows: int
    max_cost: float | None
    max_calls: int | None

    def add_to(
        self,
        report: EvaluationReport,
        evaluation: Evaluation,
        *,
        files: Sequence[Path],
        routers: Sequence[Router],
        measured: Sequence[Measurement],
        view: EvalView,
    ) -> EvaluationReport:
        """Really make the fusions of those routers that were measured to fuse, and report of them too."""
        fusing = {one.router for one in measured if one.fused.any()}
        request = LiveRequest(
            pool=load_pool(self.pool),
            files=files,
            rows=self.rows,
            store=cache_folder() / "live" / "calls.sqlite",
            max_cost=self.max_cost,
            max_calls=self.max_calls,
        )

        def progress(done: int, total: int, asker: Asker) -> None:
            spending, failed = asker.spending, asker.failures.total()
            note = f"{spending.calls} calls, {usd(spending.cost)} so far, {asker.kept} answers kept from before"
            view.asked(done, total, f"{note}, {failed} calls failed" if failed else note)

        view.say("asking the pool")
        chosen = [router for router in routers if router.name in fusing]
        return with_live(report, run_to_end(request.run(evaluation, chosen, progress=progress)))
