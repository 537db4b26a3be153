"""An answer for people: its text on standard output, what it was on standard error."""

from collections.abc import Iterator, Mapping

from rich.text import Text

from jisi.cli.output import notes, print_line, seconds, usd
from jisi.contracts.answer import AnswerV1, DegradedReason

DEGRADED: Mapping[DegradedReason, str] = {
    "fewer_experts": "an expert gave nothing usable in time",
    "aggregator_replaced": "the first aggregator failed, another one fused",
    "aggregation_failed": "no aggregator succeeded, so the best expert answers",
    "deadline": "the time ran out",
    "budget": "calls or money ran out",
    "no_evidence": "the bank says nothing about such a question",
    "cut_off": "the answer ended at its length limit",
    "references_trimmed": "the references did not fit the aggregator's context whole",
    "internal_error": "a stage could not be worked, see `jisi dlq list`",
}


def show_answer(answer: AnswerV1) -> None:
    """Print the text where it can be piped, and the rest beside it."""
    if answer.text is not None:
        print_line(answer.text)
    console = notes()
    console.print()
    for line in describe_answer(answer):
        console.print(line, soft_wrap=True)


def describe_answer(answer: AnswerV1) -> Iterator[Text]:
    """Say what the answer was, what it cost, and where to learn why."""
    yield _origin(answer)
    for reason in answer.degraded:
        yield Text(f"degraded: {DEGRADED[reason]} ({reason})", style="yellow")
    bill = answer.bill
    calls = len(bill.calls)
    cost = usd(bill.cost_usd) + ("" if bill.final else " so far, a call's price is not known yet")
    counted = f"{calls} call{'' if calls == 1 else 's'}"
    yield Text(f"{cost}, {counted}, {bill.prompt_tokens} + {bill.completion_tokens} tokens", style="dim")
    yield Text(f"{seconds(answer.timings.answered_ms)}; why: jisi why {answer.query_id}", style="dim")


def _origin(answer: AnswerV1) -> Text:
    """Say who answered."""
    models = answer.models
    if answer.status == "failed":
        return Text.assemble(
            ("failed", "bold red"), f" ({answer.code or 'unknown'}): {answer.reason or 'no reason told'}"
        )
    if answer.route == "aggregate":
        fused = f" by {models.aggregator} from {', '.join(models.references)}"
        return Text.assemble(("aggregated", "bold magenta"), fused)
    return Text.assemble(("routed", "bold green"), f" to {models.answer}, of {', '.join(models.experts)} asked")
