"""An explanation in a few lines, for whoever has just read the answer; `jisi why` has all of it."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jisi.cli.explanation import Evidence, model_scores
from jisi.ledger.record import QueryRecord

_SHOWN_QUERY = 70


def show_shortly(console: Console, record: QueryRecord, evidence: Evidence | None) -> None:
    """Print the nearest recorded questions, how the models stand, and the decision."""
    if evidence is not None:
        console.print(Text(f"of {evidence.size} similar questions in the bank these count most:", "dim"))
        for one in evidence.neighbours:
            text = " ".join(one.query.split())
            shown = text if len(text) <= _SHOWN_QUERY else f"{text[: _SHOWN_QUERY - 1]}…"
            console.print(Text.assemble(f"  {one.similarity:.3f}  ", (one.dataset, "cyan"), f"  {shown}"))
    if record.plan is not None and record.plan.priors is not None:
        console.print(_standings(record))
    if record.decision is not None:
        console.print(Text.assemble((record.decision.kind, "bold"), f": {record.decision.reason}"), soft_wrap=True)


def _standings(record: QueryRecord) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("model", "expected", "after the responses", "role"):
        table.add_column(title, justify="left" if title in {"model", "role"} else "right", no_wrap=True)
    for one in model_scores(record):
        table.add_row(Text(one.model), _number(one.prior), _number(one.refined), ", ".join(one.roles))
    return table


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
