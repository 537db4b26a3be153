"""A small run: two datasets, six rows, every kind of router."""

from collections.abc import Sequence

from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.reports.assembling import Run, assemble
from jisi.evaluation.reports.report import BankFile, EvaluationReport
from jisi.evaluation.reports.study import Study, StudyPoint, StudySeries

from tests.unit.evaluation.metrics.builders import NAN, measurement

DATASETS = ("gsm", "gsm", "gsm", "gsm", "crux", "crux")
RUN = Run(
    version="1.2.3",
    banks=[BankFile(file="bank.jsonl.gz", sha256="ab" * 32)],
    embedder="hash",
    split="own",
    seed=7,
)


def measured() -> list[Measurement]:
    """Give all routers, in no order."""

    def one(router: str, scores: Sequence[float], **changes: object) -> Measurement:
        return measurement(scores, router=router, datasets=DATASETS, **changes)  # type: ignore[arg-type] # figures

    return [
        one("single:able", [1, 1, 0, 0, 1, 0], costs=0.002),
        one("single:baker", [0, 0, 0, 1, 0, 0], costs=0.001),
        one("best-single", [1, 1, 0, 0, 1, 0], costs=0.002),
        one("random", [0.5, 0.5, 0, 0.5, 0.5, 0], costs=0.0015),
        one("oracle", [1, 1, 0, 1, 1, 1], costs=0.0012),
        one("reference:closed", [1, 1, 1, 1, 1, 1], costs=NAN),
        one("knn", [1, 1, 0, 1, 1, 0], costs=0.0016),
        one("knn-cost:price=0.1", [1, 1, 0, 0, 1, 0], costs=0.001),
        one("knn-cost:price=0.3", [1, 1, 1, 0, 0, 0], costs=0.0005),
        one(
            "jisi",
            [1, 1, 0, 1, 0, 1],
            quality="first reference",
            calls=[4, 4, 4, 3, 3, 3],
            costs=[0.008, 0.008, 0.008, 0.006, 0.006, NAN],
            fusion_costs=[0.004, 0.004, 0.004, 0, 0, 0],
            best_references=[1, 1, 0, NAN, NAN, NAN],
            aggregators=[1, 0.25, 0, NAN, NAN, NAN],
        ),
        one("moa:3", [0] * 6, quality="not recorded", calls=4, costs=0.01, best_references=1.0, aggregators=1.0),
    ]


def studies() -> list[Study]:
    """Give one of each kind."""

    def series(name: str, *points: tuple[float | None, str, float | None]) -> StudySeries:
        return StudySeries(
            name=name,
            points=[
                StudyPoint(
                    label=label, x=x, macro=macro, low=macro and macro - 0.1, high=macro and macro + 0.1, calls=3
                )
                for x, label, macro in points
            ],
        )

    return [
        Study(
            name="scaling",
            kind="scaling",
            title="Pools of 2, 3, ... models",
            series=[
                series("jisi, strongest first", (5.0, "five", 0.5), (6.0, "six", 0.75)),
                series("jisi, by lot", (5.0, "five", 0.25), (5.0, "other five", 0.5), (6.0, "six", None)),
            ],
        ),
        *(
            Study(
                name=name,
                kind="sensitivity",
                title=f"Sensitivity to {name}",
                default=0.4,
                series=[series("jisi", (0.0, "0", 0.5), (0.4, "0.4", 0.6), (0.8, "0.8", 0.5))],
            )
            for name in ("length_weight", "filter_ratio", "switch_threshold", "query_weight")
        ),
        Study(
            name="ablation",
            kind="ablation",
            title="One part taken away",
            series=[series("jisi", (None, "jisi", 0.75), (None, "jisi without $lengths$", 0.7), (None, "moa", None))],
        ),
        Study(
            name="calibration",
            kind="calibration",
            title="Are scores to be believed?",
            series=[
                StudySeries(
                    name="prior",
                    points=[StudyPoint(label="0.0 to 0.5", x=0.25, macro=0.3, count=12)],
                    figures={"expected_error": 0.05},
                )
            ],
        ),
    ]


def report(*, with_studies: bool = False) -> EvaluationReport:
    """Give its report."""
    return assemble(measured(), RUN, studies=studies() if with_studies else ())
