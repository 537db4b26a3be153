"""An explanation for people, in the order in which the decision came about."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from jisi.cli.answer_text import describe_answer
from jisi.cli.explanation import Evidence, Lead, ModelScore, lead, model_scores
from jisi.cli.output import seconds, usd
from jisi.contracts.answer import BillV1
from jisi.ledger.record import QueryRecord
from jisi.telemetry.spantree import SpanNode, render_span_tree

_SHOWN_QUERY = 2_000
_SHOWN_RESPONSE = 200
_NUMBERS_WIDTH = 18
"""Columns that similarities and gaps take of a line; a score takes six."""
_LEAST_QUERY = 20


def show_record(
    console: Console, record: QueryRecord, evidence: Evidence | None, spans: Sequence[SpanNode], *, texts: bool
) -> None:
    """Print the explanation."""
    _section(console, "query")
    console.print(Text(_cut(record.text, _SHOWN_QUERY)))
    console.print(Text(_options(record), "dim"))
    if record.answer is not None:
        _section(console, "answer")
        console.print(Text(_cut(record.answer.text or "", _SHOWN_QUERY)))
        for line in describe_answer(record.answer):
            console.print(line, soft_wrap=True)
    if evidence is not None:
        _section(console, "neighbours")
        _show_evidence(console, record, evidence)
    if record.plan is not None:
        _section(console, "scores")
        console.print(_scores_table(model_scores(record)))
        _show_lead(console, lead(record))
    if record.decision is not None:
        _section(console, "decision")
        console.print(Text.assemble((record.decision.kind, "bold"), f": {record.decision.reason}"))
        if record.aggregators:
            console.print(Text(f"aggregators, best by prior first: {', '.join(record.aggregators)}", "dim"))
    if record.responses:
        _section(console, "responses")
        _show_responses(console, record, whole=texts)
    _section(console, "calls")
    console.print(_calls_table(record.settled_bill))
    _show_bill(console, record)
    _section(console, "times")
    console.print(_times_table(record))
    if spans:
        console.print(render_span_tree(spans, title=f"trace {record.trace_id}"))


def _section(console: Console, title: str) -> None:
    console.print()
    console.print(Rule(title, align="left", style="cyan"))


def _options(record: QueryRecord) -> str:
    options = {name: value for name, value in record.options.items() if value is not None}
    said = [
        f"id {record.query_id}",
        *([f"tenant {record.tenant}"] if record.tenant else []),
        record.state,
        *(f"{name} {value}" for name, value in options.items()),
        *([f"bank version {record.bank_version}"] if record.bank_version is not None else []),
        *([f"pool version {record.pool_version}"] if record.pool_version is not None else []),
    ]
    return ", ".join(said)


def _show_evidence(console: Console, record: QueryRecord, evidence: Evidence) -> None:
    settings = record.settings
    told = f"{evidence.size} items are more than {evidence.bar:.3f} alike (k = {settings.neighbours})"
    if evidence.kept is not None:
        told += f"; {evidence.kept} of them are kept, whose recorded responses resemble the probes' most"
    console.print(Text(told))
    if record.plan_recomputed:
        console.print(Text("the bank had changed between the waves, so they were chosen again", "yellow"))
    probes = () if record.plan is None else record.plan.probes
    numbers = [str(number) for number in range(1, len(probes) + 1)]
    table = _table("alike", "mixed", *numbers, right=("alike", "mixed", *numbers))
    table.add_column("item", no_wrap=True)
    table.add_column("query", no_wrap=True)
    names = max((len(one.dataset) for one in evidence.neighbours), default=0)
    left = max(_LEAST_QUERY, console.width - _NUMBERS_WIDTH - 6 * len(probes) - names)
    for one in evidence.neighbours:
        table.add_row(
            f"{one.similarity:.3f}",
            "" if one.mixed is None else f"{one.mixed:.3f}",
            *("" if score is None else f"{score:g}" for score in one.probe_scores.values()),
            one.dataset,
            Text(_cut(" ".join(one.query.split()), left)),
            style="" if one.kept is not False else "dim",
        )
    console.print(table)
    legend = ", ".join(f"{number} {probe}" for number, probe in zip(numbers, probes, strict=True))
    if legend:
        console.print(Text(f"scores there of {legend}", "dim"))


def _scores_table(scores: Iterable[ModelScore]) -> Table:
    table = _table(
        "model", "prior p", "covered", "refined p'", "v", "role", right=("prior p", "covered", "refined p'", "v")
    )
    for one in scores:
        table.add_row(
            Text(one.model, "bold" if {"answer", "aggregator"} & set(one.roles) else ""),
            _number(one.prior),
            f"{one.coverage:.0%}",
            _number(one.refined),
            _number(one.relative),
            ", ".join(one.roles),
        )
    return table


def _show_lead(console: Console, ahead: Lead | None) -> None:
    if ahead is not None:
        console.print(
            Text(
                f"{ahead.first} is ahead of {ahead.second} by {ahead.by:.4f} ({ahead.score:.4f} against "
                f"{ahead.behind:.4f})"
            )
        )


def _show_responses(console: Console, record: QueryRecord, *, whole: bool) -> None:
    for response in record.responses:
        state = "cut off" if response.cut_off else "usable" if response.usable else f"nothing usable ({response.code})"
        head = Text.assemble((response.model, "bold"), f", wave {response.wave}, {state}, {response.tokens} tokens")
        console.print(head)
        text = response.text if whole else _cut(" ".join(response.text.split()), _SHOWN_RESPONSE)
        if text:
            console.print(Text(f"  {text}", "dim"))


def _calls_table(bill: BillV1) -> Table:
    table = _table(
        "model",
        "as",
        "wave",
        "try",
        "status",
        "in",
        "out",
        "cost",
        "time",
        right=("wave", "try", "in", "out", "cost", "time"),
    )
    for call in bill.calls:
        table.add_row(
            Text(call.model, "bold" if call.used else ""),
            call.kind,
            str(call.wave),
            str(call.attempt),
            Text(f"{call.status}{f' ({call.code})' if call.code else ''}", "" if call.status == "ok" else "yellow"),
            _count(call.prompt_tokens, counted=call.counted),
            _count(call.completion_tokens, counted=call.counted),
            "?" if call.cost_usd is None else usd(call.cost_usd),
            "" if call.seconds is None else seconds(call.seconds * 1000),
        )
    return table


def _show_bill(console: Console, record: QueryRecord) -> None:
    bill = record.settled_bill
    told = f"{usd(bill.cost_usd)}, {bill.prompt_tokens} + {bill.completion_tokens} tokens; ~ counted here"
    if not bill.final:
        told += "; a call still runs, its price is not known yet"
    if record.answer is not None and record.answer.bill.cost_usd != bill.cost_usd:
        told += f" ({usd(record.answer.bill.cost_usd)} when the answer left)"
    console.print(Text(told))
    if record.repeats:
        console.print(
            Text(f"the answer was published again {record.repeats} times, because the query came again", "dim")
        )


def _times_table(record: QueryRecord) -> Table:
    table = _table("step", "after", right=("after",))
    steps: dict[str, datetime | None] = {
        "accepted": record.accepted_at,
        "first wave in": record.first_wave_at,
        "candidates stand": record.candidates_at,
        "decided": record.decided_at,
        "answered": record.answered_at,
        "deadline": record.deadline_at,
    }
    for name, moment in steps.items():
        if moment is not None:
            table.add_row(name, seconds((moment - record.received_at).total_seconds() * 1000))
    return table


def _table(*titles: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in titles:
        table.add_column(
            title, justify="right" if title in right else "left", overflow="fold", no_wrap=title == "model"
        )
    return table


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _count(tokens: int | None, *, counted: bool) -> str:
    return "" if tokens is None else f"{'~' if counted else ''}{tokens}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
