"""One trace a query over all services, in Postgres and at an OTLP receiver (issue 8, item 7)."""

from collections.abc import Iterator

from jisi.telemetry.spantree import SpanNode, read_span_tree

from tests.integration.telemetry.receiver import OtlpReceiver, attributes
from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import MOONS
from tests.support.system import System
from tests.support.waiting import eventually

SENDS = ("generation", "responses", "candidates", "aggregation")


def walk(nodes: tuple[SpanNode, ...]) -> Iterator[SpanNode]:
    """Give all spans of a tree."""
    for node in nodes:
        yield node
        yield from walk(node.children)


async def trace_of(jisi: System, trace_id: str, *, least: int) -> tuple[SpanNode, ...]:
    """Read a trace once so many spans are there."""

    async def complete() -> tuple[SpanNode, ...]:
        tree = await read_span_tree(jisi.engine, trace_id)
        return tree if sum(1 for _ in walk(tree)) >= least else ()

    return await eventually(complete, within_seconds=20, reason=f"{least} spans of {trace_id}")


EXPECTED = {
    "process queries": 1,
    "jisi.plan": 1,
    "send generation": 5,
    "process generation": 5,
    "chat": 6,
    "send responses": 5,
    "process responses": 5,
    "embeddings": 3,
    "jisi.refine": 1,
    "send candidates": 1,
    "process candidates": 1,
    "jisi.switch": 1,
    "send aggregation": 1,
    "process aggregation": 1,
    "send answers": 1,
}


async def test_one_tree_over_all_services_and_both_waves(jisi: System) -> None:
    """Every step is in one trace whose only root is the query's arrival, with the services it was worked in."""
    answer = await jisi.ask(MOONS)
    assert answer.trace_id is not None
    tree = await trace_of(jisi, answer.trace_id, least=sum(EXPECTED.values()))

    (root,) = tree
    assert root.name == f"process {jisi.topics.queries}"
    spans = list(walk(tree))
    counts: dict[str, int] = {}
    for span in spans:
        short = span.name.replace(jisi.topics.prefix, "").replace("jisi.", "", span.name.count(".v1"))
        short = short.removesuffix(".v1")
        short = short.split(" ")[0] if short.startswith(("chat ", "embeddings ")) else short
        counts[short] = counts.get(short, 0) + 1
    assert counts == EXPECTED
    assert {span.service for span in spans} == {"router", "generator", "switch", "aggregator"}
    assert all(span.status == "unset" for span in spans)


async def test_a_fan_in_links_what_it_was_made_of(jisi: System) -> None:
    """The refinement follows from all probes, not only from the one that came last."""
    answer = await jisi.ask(MOONS)
    assert answer.trace_id is not None
    spans = list(walk(await trace_of(jisi, answer.trace_id, least=sum(EXPECTED.values()))))

    (refine,) = [span for span in spans if span.name == "jisi.refine"]
    by_id = {span.span_id: span for span in spans}
    linked = [by_id[link] for link in refine.links]
    assert {span.name for span in linked} == {f"process {jisi.topics.generation}"}
    chats = {
        chat.attributes["jisi.call.model"] for span in linked for chat in walk(span.children) if chat.kind == "CLIENT"
    }
    assert chats >= {"ada", "bea", "cid"}


async def test_attempts_are_spans_of_their_own(jisi: System, models: ModelEndpoint) -> None:
    """A call made again shows as two, the first with its error, the second linked to it."""
    await models.fault("rate_limited", "bea", times=1, retry_after=1)
    answer = await jisi.ask(MOONS)
    assert answer.trace_id is not None
    spans = list(walk(await trace_of(jisi, answer.trace_id, least=sum(EXPECTED.values()) + 1)))

    bea = [span for span in spans if span.name == "chat bea"]
    told = sorted(
        (span.attributes["jisi.call.attempt"], span.status, span.attributes.get("error.type")) for span in bea
    )
    assert told == [(1, "error", "rate_limited"), (2, "unset", None)]
    first, second = sorted(bea, key=lambda span: str(span.attributes["jisi.call.attempt"]))
    assert (list(first.links), list(second.links)) == ([], [first.span_id])


async def test_the_asker_s_own_trace_is_continued(jisi: System) -> None:
    """A traceparent on the queries topic is the parent of all that follows."""
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    header = ("traceparent", f"00-{trace_id}-00f067aa0ba902b7-01".encode())
    body = f'{{"query": "{MOONS}", "query_id": "traced by its asker"}}'.encode()
    async with jisi.kafka.producer() as producer:
        await producer.send_and_wait(jisi.topics.queries, body, headers=[header])

    assert (await jisi.answer("traced by its asker")).trace_id == trace_id
    (record,) = [one for one in await jisi.kafka.records(jisi.topics.answers) if one.key == b"traced by its asker"]
    assert trace_id.encode() in dict(record.headers)["traceparent"]


async def test_the_same_trace_goes_out_over_otlp(jisi: System, receiver: OtlpReceiver) -> None:
    """The receiver decodes the same spans with GenAI and messaging attributes, and neither prompt nor response."""
    answer = await jisi.ask(MOONS)
    trace_id = bytes.fromhex(answer.trace_id or "")

    async def complete() -> bool:
        return len([span for span in receiver.all_spans if span.trace_id == trace_id]) >= sum(EXPECTED.values())

    await eventually(complete, within_seconds=20)
    spans = [span for span in receiver.all_spans if span.trace_id == trace_id]
    assert len(spans) == sum(EXPECTED.values())
    ids = {span.span_id for span in spans}
    assert len([span for span in spans if span.parent_span_id not in ids]) == 1
    chats = [attributes(span.attributes) for span in spans if span.name.startswith("chat ")]
    assert {chat["gen_ai.operation.name"] for chat in chats} == {"chat"}
    assert sorted(str(chat["gen_ai.request.model"]) for chat in chats) == ["ada", "ada", "bea", "cid", "dot", "eva"]
    assert all(int(str(chat["gen_ai.usage.input_tokens"])) > 0 for chat in chats)
    assert {chat["jisi.call.kind"] for chat in chats} == {"expert", "aggregator"}
    sends = [attributes(span.attributes) for span in spans if span.name.startswith("send ")]
    assert {send["messaging.system"] for send in sends} == {"kafka"}
    everything = b"".join(span.SerializeToString() for span in spans)
    assert MOONS.encode() not in everything
    assert b"satellite" not in everything
