"""Answers as they are written: status, reasons, bill and timings follow from what is known of the query."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.contracts.answer import CallV1
from jisi.ledger.drafts import Verdict, best_response, bill, draft, failed, make_do, routed

from tests.unit.ledger.contexts import STANDING, T0, TRACE_ID, call, context, response

NOW = T0 + timedelta(seconds=1.5)
ALL = (response("ada"), response("bea"), response("cid"))


def test_a_routed_answer_is_the_response_verbatim() -> None:
    """Whose text it is, who was asked, what it cost, how long it took and which trace it is."""
    query = context(*ALL)
    answer = draft(query, routed(query, "bea", reason="best"), now=NOW)

    assert (answer.status, answer.text, answer.reason, answer.route) == ("completed", "by bea", "best", "route")
    assert answer.models.experts == ("ada", "bea", "cid")
    assert [one.model for one in answer.bill.calls if one.used] == ["bea"]
    assert (answer.bill.cost_usd, answer.bill.prompt_tokens, answer.bill.completion_tokens) == (1.5, 6, 9)
    assert (answer.timings.accepted_ms, answer.timings.first_wave_ms, answer.timings.answered_ms) == (5, None, 1500)
    assert (answer.trace_id, answer.metadata) == (TRACE_ID, {"mine": 1})


def test_a_fused_answer_marks_all_that_went_into_it() -> None:
    """References and the aggregator's own call are used; an aggregator that failed is not."""
    query = context(*ALL, calls=(*(call(one.model) for one in ALL), call("ada", kind="aggregator", status="failed")))
    verdict = Verdict(
        text="fused",
        reason="equal",
        route="aggregate",
        answered_by="bea",
        aggregator="bea",
        references=("ada", "cid"),
        degraded=("aggregator_replaced",),
        extra_calls=(call("bea", kind="aggregator"),),
    )
    answer = draft(query, verdict, now=NOW)

    assert answer.status == "degraded"
    used = [(one.kind, one.model) for one in answer.bill.calls if one.used]
    assert used == [("expert", "ada"), ("expert", "cid"), ("aggregator", "bea")]


def test_a_failed_answer_has_a_code_and_no_reasons_for_degradation() -> None:
    """Text is None exactly where the status is failed."""
    answer = draft(context(response("ada", usable=False)), failed("none", "no_usable_response"), now=NOW)

    assert (answer.status, answer.text, answer.code, answer.degraded) == ("failed", None, "no_usable_response", ())


@pytest.mark.parametrize(
    ("given", "degraded"),
    [
        (ALL, ()),
        (ALL[:2], ("fewer_experts",)),
        ((*ALL[:2], response("cid", usable=False, code="empty")), ("fewer_experts",)),
    ],
)
def test_an_expert_that_gave_nothing_usable_is_told(given: tuple[object, ...], degraded: tuple[str, ...]) -> None:
    """Whether it failed, said nothing, or its call never began before its wave was closed."""
    query = context(*given)  # type: ignore[arg-type] # responses, by the parameters above

    assert draft(query, routed(query, "ada", reason=""), now=NOW).degraded == degraded


def test_reasons_are_told_once_and_in_order() -> None:
    """What degraded the answer comes before what is missing, each once."""
    query = context(response("ada", cut_off=True))
    verdict = routed(query, "ada", reason="", degraded=("budget", "budget"))

    assert draft(query, verdict, now=NOW).degraded == ("budget", "cut_off", "fewer_experts")


def test_a_running_call_leaves_the_bill_open() -> None:
    """Its price is not known; one that is just being settled takes the place of its running self."""
    running = call("cid", status="running", cost_usd=None)
    query = context(*ALL[:2], calls=(call("ada"), call("bea"), running))
    verdict = routed(query, "ada", reason="")

    assert not draft(query, verdict, now=NOW).bill.final
    settled = Verdict(**{**{name: getattr(verdict, name) for name in verdict.__slots__}, "extra_calls": (call("cid"),)})
    assert draft(query, settled, now=NOW).bill.final
    assert len(draft(query, settled, now=NOW).bill.calls) == 3


@given(st.lists(st.builds(call, st.sampled_from("abc"), cost_usd=st.none() | st.floats(0, 1e6))))
def test_a_bill_is_the_sum_of_its_calls(calls: list[CallV1]) -> None:
    """Nothing is left out of the sums, and nothing is marked as used that served nothing."""
    made = bill(calls, set())

    assert made.cost_usd == pytest.approx(sum(one.cost_usd or 0 for one in calls))
    assert made.completion_tokens == 3 * len(calls)
    assert not any(one.used for one in made.calls)


def test_the_best_there_is() -> None:
    """By refined score once it is known, before by prior; whole before cut off; never one that is not usable."""
    assert best_response(context()) is None
    assert best_response(context(response("ada", usable=False))) is None
    assert best_response(context(*ALL)) == ALL[0]
    assert best_response(context(*ALL, standing=STANDING)) == ALL[1]
    cut = response("bea", cut_off=True)
    assert best_response(context(ALL[0], cut, standing=STANDING)) == ALL[0]
    assert best_response(context(cut, standing=STANDING)) == cut


def test_to_make_do_is_to_answer_with_the_best_or_to_fail() -> None:
    """The cause is told either way."""
    made = make_do(context(*ALL, standing=STANDING), "deadline", "late")
    assert (made.text, made.degraded, made.route) == ("by bea", ("deadline",), "route")

    nothing = make_do(context(), "deadline", "late")
    assert (nothing.text, nothing.code) == (None, "deadline")
    assert nothing.reason.startswith("late; ")


def test_the_silent_are_no_longer_asked() -> None:
    """A model asked that has said nothing when its wave closed counts as not usable."""
    replies = context(response("ada"), asked=("ada", "bea", "cid")).replies

    assert {model: reply.usable for model, reply in replies.items()} == {"ada": True, "bea": False, "cid": False}


@pytest.mark.parametrize(("allowed", "spent", "left"), [(None, 5, None), (3, 1, 2), (3, 5, 0)])
def test_what_is_left_is_never_below_nothing(allowed: int | None, spent: int, left: int | None) -> None:
    """Of calls as of money; without a limit nothing is counted."""
    query = context(max_calls=allowed, calls_reserved=spent, max_cost=allowed, cost_reserved=spent)

    assert query.calls_left == left
    assert query.money_left == left
