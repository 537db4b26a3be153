"""What the demonstration shows: a question with its answer, why, and what happened in the end."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.rule import Rule
from rich.text import Text

from jisi.cli.answer_text import describe_answer
from jisi.cli.output import notes, results
from jisi.cli.why import Explained
from jisi.cli.why_short import show_shortly
from jisi.cli.why_view import show_record
from jisi.contracts.answer import AnswerV1
from jisi.simulate.demo import Ending


@dataclass(frozen=True, slots=True)
class Shown:
    """A question of the demonstration and how it ended."""

    text: str
    expected: Ending | None
    """None: whatever comes."""
    answer: AnswerV1

    @property
    def ending(self) -> Ending | None:
        """What happened, as the answer tells it; None for a failure."""
        if self.answer.status == "failed":
            return None
        if any(call.kind == "expert" and call.wave > 1 for call in self.answer.bill.calls):
            return "second wave"
        return self.answer.route

    def fields(self) -> dict[str, Any]:
        """Give it as JSON values."""
        return {
            "question": self.text,
            "expected": self.expected,
            "ending": self.ending,
            "answer": self.answer.model_dump(mode="json"),
        }


def show_question(text: str) -> None:
    """Print the heading of a question."""
    notes().print()
    notes().print(Rule(Text(text), align="left", style="bold magenta"))


def show_answer_of(shown: Shown) -> None:
    """Print an answer, and what it was."""
    console = results()
    console.print()
    console.print(Text(shown.answer.text or ""))
    console.print()
    for line in describe_answer(shown.answer):
        console.print(line, soft_wrap=True)


def show_why(explained: Explained, *, shortly: bool) -> None:
    """Print why an answer is what it is: all there is to say, or a few lines."""
    console = results()
    console.print()
    if shortly:
        show_shortly(console, explained.record, explained.evidence)
        return
    console.print(Rule(Text(f"jisi why {explained.record.query_id}"), align="left", style="bold magenta"))
    show_record(console, explained.record, explained.evidence, explained.spans, texts=False)


def conclude(shown: Iterable[Shown], data: Path, took: float) -> None:
    """Print how each question ended, and what to do next."""
    console = results()
    console.print()
    console.print(Rule("what happened", align="left", style="bold magenta"))
    for one in shown:
        console.print(Text.assemble((one.text, "bold"), f"\n  {_told(one)}"), soft_wrap=True)
    notes().print(f"\nAll of it ended again, after {took:.0f} s; its data stays in {data} for the next time.")
    notes().print('Next: `jisi up` in one terminal, `jisi ask "..."` in another.', style="bold")


def _told(shown: Shown) -> str:
    """Say how a question ended, from its answer."""
    models = shown.answer.models
    match shown.ending:
        case "route":
            return f"routed: {models.answer} was far enough ahead, its response is the answer"
        case "aggregate":
            return f"aggregated: {models.aggregator} fused the responses of {', '.join(models.references)}"
        case "second wave":
            late = [call.model for call in shown.answer.bill.calls if call.kind == "expert" and call.wave > 1]
            how = "aggregated" if shown.answer.route == "aggregate" else "routed"
            return f"second wave: the first responses brought {', '.join(late)} in; then {how} by {models.answer}"
        case None:
            return f"failed: {shown.answer.reason}"
