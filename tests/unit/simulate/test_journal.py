"""The journal counts what was asked, how it ended and what was bought twice."""

from jisi.simulate.endpoint.chat import ChatRequest
from jisi.simulate.endpoint.journal import Journal, Outcome


def _request(model: str = "m", query: str = "q", *, aggregator: bool = False, query_id: str = "") -> ChatRequest:
    return ChatRequest(
        model=model,
        user_turns=(query,),
        system_text="",
        texts=(),
        stream=False,
        include_usage=False,
        max_tokens=None,
        aggregator=aggregator,
        first_reference=None,
        query_id=query_id,
        fault=None,
    )


def _done(journal: Journal, request: ChatRequest, outcome: Outcome = Outcome.COMPLETED) -> None:
    journal.end(journal.begin(request), outcome)


def test_a_call_completed_twice_is_told() -> None:
    """The same model, kind, query and query id twice is one thing bought twice."""
    journal = Journal()
    for _ in range(2):
        _done(journal, _request())
    _done(journal, _request(aggregator=True))
    _done(journal, _request("other"))
    _done(journal, _request(query_id="another query of the same text"))

    assert journal.report()["bought_twice"] == [
        {"model": "m", "kind": "expert", "query": "q", "query_id": "", "times": 2}
    ]


def test_a_retry_after_a_failure_is_no_second_purchase() -> None:
    """Calls that were refused, broken or cancelled were not bought."""
    journal = Journal()
    for outcome in (Outcome.REFUSED, Outcome.BROKEN, Outcome.CANCELLED, Outcome.COMPLETED):
        _done(journal, _request(), outcome)

    assert journal.report()["bought_twice"] == []
    assert [call["attempt"] for call in journal.calls()] == [0, 1, 2, 3]


def test_calls_in_flight_are_counted_with_their_peak() -> None:
    """The largest number of calls at once is kept: it shows whether a limit held."""
    journal = Journal()
    first, second = journal.begin(_request()), journal.begin(_request(query="other"))
    journal.end(first, Outcome.COMPLETED)
    report = journal.report()["models"]

    assert isinstance(report, dict)
    assert (report["m"]["in_flight"], report["m"]["peak_in_flight"]) == (1, 2)
    journal.end(second, Outcome.CANCELLED)
    assert (journal.report()["in_flight"], journal.report()["cancelled"]) == (0, 1)


def test_a_reset_forgets_running_calls() -> None:
    """A call begun before a reset does not count when it ends."""
    journal = Journal()
    call = journal.begin(_request())
    journal.reset()
    journal.end(call, Outcome.COMPLETED)

    assert journal.report() == Journal().report()
