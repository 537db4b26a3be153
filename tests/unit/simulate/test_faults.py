"""Faults fire for the calls they are meant for, as often as ordered, and repeatably."""

import pytest
from jisi.simulate.endpoint.chat import ApiError, ChatRequest
from jisi.simulate.endpoint.faults import FaultBook, FaultKind


def _request(
    model: str = "m", query: str = "q", *, aggregator: bool = False, fault: dict[str, object] | None = None
) -> ChatRequest:
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
        query_id="",
        fault=fault,
    )


def _fired(book: FaultBook, requests: list[ChatRequest]) -> list[bool]:
    return [book.pick(request, attempt=0) is not None for request in requests]


def test_a_fault_fires_as_often_as_ordered() -> None:
    """`skip` calls pass, then `times` calls fail, then all pass again."""
    book = FaultBook()
    book.add({"kind": "server_error", "times": 2, "skip": 1})

    assert _fired(book, [_request(query=str(number)) for number in range(5)]) == [False, True, True, False, False]
    assert [(rule["fired"], rule["spent"]) for rule in book.report()] == [(2, True)]


def test_a_fault_keeps_to_its_model_and_kind() -> None:
    """Other models and other kinds of calls are left alone, and do not count."""
    book = FaultBook()
    book.add({"kind": "empty", "model": "m", "calls": "aggregator"})

    assert _fired(book, [_request(), _request("other", aggregator=True), _request(aggregator=True)]) == [
        False,
        False,
        True,
    ]


def test_the_first_fault_that_fires_is_taken() -> None:
    """Rules are tried in their order; a spent one makes way."""
    book = FaultBook()
    book.add({"kind": "rate_limited", "times": 1})
    book.add({"kind": "empty"})
    picked = [book.pick(_request(), attempt) for attempt in range(2)]

    assert [fault.kind for fault in picked if fault] == [FaultKind.RATE_LIMITED, FaultKind.EMPTY]


def test_probability_does_not_depend_on_the_order_of_calls() -> None:
    """Which calls fail is decided by seed and call, whatever order they come in."""
    requests = [_request(query=str(number)) for number in range(200)]

    def failing(seed: int, order: list[ChatRequest]) -> set[str]:
        book = FaultBook(seed=seed)
        book.add({"kind": "server_error", "probability": 0.3})
        return {request.query for request in order if book.pick(request, 0)}

    assert failing(0, requests) == failing(0, requests[::-1]) != failing(1, requests)
    assert 30 < len(failing(0, requests)) < 90


def test_a_retry_is_drawn_anew() -> None:
    """A call that failed may succeed when it is tried again."""
    book = FaultBook()
    book.add({"kind": "server_error", "probability": 0.5})

    assert len({book.pick(_request(), attempt) is None for attempt in range(20)}) == 2


def test_a_request_may_order_its_own_fault() -> None:
    """A field of the body, which a pool file can set, makes a model that always fails."""
    fault = FaultBook().pick(_request(fault={"kind": "truncated", "after_tokens": 2}), 0)

    assert fault is not None
    assert (fault.kind, fault.after_tokens) == (FaultKind.TRUNCATED, 2)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "kind"),
        ({"kind": "meteor"}, "kind"),
        ({"kind": "empty", "times": 0}, "times"),
        ({"kind": "empty", "probability": 2}, "probability"),
        ({"kind": "empty", "often": True}, "often"),
        ({"kind": "server_error", "status": 404}, "status"),
        ([], "JSON object"),
    ],
)
def test_a_wrong_order_is_refused(given: object, named: str) -> None:
    """The refusal says which field is wrong."""
    with pytest.raises(ApiError, match=named):
        FaultBook().add(given)


def test_faults_are_taken_back() -> None:
    """One by its number, all without; a number that is not there is an error."""
    book = FaultBook()
    first = book.add({"kind": "empty"})["id"]
    book.add({"kind": "stall"})
    assert isinstance(first, int)
    book.remove(first)

    assert [rule["kind"] for rule in book.report()] == ["stall"]
    with pytest.raises(ApiError):
        book.remove(first)
    book.remove()
    assert book.report() == []


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("rate_limited", 429),
        ("server_error", 500),
        ("unauthorized", 401),
        ("payment_required", 402),
        ("context_exceeded", 400),
    ],
)
def test_refusals_have_their_status(kind: str, status: int) -> None:
    """Kinds that never begin to answer give the error an endpoint would send."""
    fault = FaultBook().pick(_request(fault={"kind": kind}), 0)
    refusal = fault.refusal() if fault else None

    assert refusal is not None
    assert refusal.status == status
    assert ("Retry-After" in refusal.headers) == (status == 429)
