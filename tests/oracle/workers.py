"""The oracle on several processes: it is plain Python, and takes a fifth of a second for a row of a large family."""

import asyncio
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait

from jisi.artefacts import cache_folder
from jisi.embedding import EmbedderSettings, create_embedder
from jisi.embedding.cached import CachedEmbedder
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.request import EvaluationRequest
from jisi.evaluation.running import Evaluation
from jisi.routing.settings import RoutingSettings

from tests.oracle.cases import Cases
from tests.oracle.decisions import Course, oracle_course


def prepared(request: EvaluationRequest) -> Evaluation:
    """Read a family as `jisi eval` does, embedding what it has not embedded before."""

    async def prepare() -> Evaluation:
        embedder = create_embedder(EmbedderSettings())
        try:
            cached = CachedEmbedder(embedder=embedder, folder=cache_folder() / "embeddings")
            folder = cache_folder() / "evaluation"
            return await request.prepare(cached, folder, say=lambda _: None, embedded=lambda _done, _total: None)
        finally:
            await embedder.close()

    return asyncio.run(prepare())


def oracle_courses(
    request: EvaluationRequest, settings: RoutingSettings, rows: Sequence[int], *, processes: int
) -> Iterator[tuple[int, Course]]:
    """Give the oracle's decisions about these of the tested rows, as they come.

    Raises:
        RuntimeError: a process ended early; it has printed why.
    """
    context = get_context("spawn")
    open_ends: dict[Connection, int] = {}
    workers = []
    for number in range(processes):
        own = rows[number::processes]
        ours, theirs = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(request, settings, own, theirs), daemon=True)
        worker.start()
        theirs.close()
        workers.append(worker)
        open_ends[ours] = len(own)
    while open_ends:
        for end in wait(list(open_ends)):
            assert isinstance(end, Connection)
            try:
                yield end.recv()
                open_ends[end] -= 1
            except EOFError:
                if open_ends.pop(end):
                    raise RuntimeError("a process of the oracle ended before its rows were decided") from None
    for worker in workers:
        worker.join()


def cases_of(evaluation: Evaluation, settings: RoutingSettings) -> tuple[Cases, Recordings]:
    """Give the cases of a family, and its test rows."""
    train = next(evaluation.supports()).train
    return Cases(train, evaluation.candidates.experts, settings), evaluation.tested().for_models(train.models)


def _work(request: EvaluationRequest, settings: RoutingSettings, rows: Sequence[int], answers: Connection) -> None:
    cases, test = cases_of(prepared(request), settings)
    for row in rows:
        answers.send((row, oracle_course(cases.of(test, row))))
    answers.close()
