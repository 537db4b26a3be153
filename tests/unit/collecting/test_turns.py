"""When a model may be asked, and when it is given up."""

import asyncio

import pytest
from jisi.collecting.slots import OwnSlots
from jisi.collecting.turns import FAILURES_IN_A_ROW, GivenUpError, own_turns
from jisi.llm.errors import ContextOverflow, EndpointError, ModelNotFound
from jisi.llm.spec import ModelLimits, ModelSpec

ADA = ModelSpec(name="ada", base_url="http://h/v1", model="a", prompt_price=1, completion_price=1)
BEA = ADA.model_copy(update={"name": "bea"})


async def test_an_endpoint_that_stays_down_is_given_up() -> None:
    """After so many questions in a row without an answer; one answer between them begins the count anew."""
    turns = own_turns(concurrency=4)
    for _ in range(FAILURES_IN_A_ROW - 1):
        turns.unanswered(ADA, EndpointError("down"))
    await turns.succeeded(ADA)
    for _ in range(FAILURES_IN_A_ROW - 1):
        turns.unanswered(ADA, EndpointError("down"))

    assert turns.given_up == {}
    turns.unanswered(ADA, EndpointError("down"))
    with pytest.raises(GivenUpError, match="down"):
        await turns.begin(ADA)
    await turns.begin(BEA)
    turns.end(BEA)


async def test_what_waiting_does_not_mend_gives_up_at_once() -> None:
    """A model that its endpoint does not know is not asked again; a question that is too long says nothing of it."""
    turns = own_turns(concurrency=4)
    await turns.failed(ADA, ModelNotFound("no such model"))
    for _ in range(FAILURES_IN_A_ROW + 1):
        await turns.failed(BEA, ContextOverflow("too long"))
        turns.unanswered(BEA, ContextOverflow("too long"))

    assert {name: error.cause for name, error in turns.given_up.items()} == {"ada": "model_not_found"}


async def test_slots_are_bounded_for_each_and_for_all() -> None:
    """Nobody passes a model's limit or that of all, and a slot that is given back is taken by who waits."""
    slots = OwnSlots(concurrency=3)
    narrow = ADA.model_copy(update={"limits": ModelLimits(concurrency=1)})
    await slots.acquire(narrow)
    await slots.acquire(BEA)
    waiting = asyncio.create_task(slots.acquire(narrow))
    await slots.acquire(BEA)
    crowded = asyncio.create_task(slots.acquire(BEA))
    await asyncio.sleep(0)

    assert not waiting.done()
    assert not crowded.done()
    slots.release(narrow)
    await asyncio.wait_for(crowded, 5)
    assert not waiting.done()  # its model has a slot again, but all are taken
    slots.release(BEA)
    await asyncio.wait_for(waiting, 5)


async def test_a_cancelled_wait_leaves_no_slot_taken() -> None:
    """Who gives up waiting takes nothing along."""
    slots = OwnSlots(concurrency=1)
    await slots.acquire(ADA)
    waiting = asyncio.create_task(slots.acquire(BEA))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    slots.release(ADA)

    await asyncio.wait_for(slots.acquire(BEA), 5)
