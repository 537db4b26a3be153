"""The benchmark of `jisi eval` runs, on what is small enough for a test, and measures what it says."""

import sys
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from jisi.evaluation.recordings.reading import lines_of, texts_of
from jisi.evaluation.routers.catalogue import routers_named

from benchmarks.evaluation.__main__ import main
from benchmarks.evaluation.embedding import MODELS, embedding_share, write_lines
from benchmarks.evaluation.made_up import Size, evaluation, write_vectors
from benchmarks.evaluation.memory import memory
from benchmarks.evaluation.routing import SHARED, family_times, timed_routers

SIZE = Size(train=240, test=60, models=4, dimensions=16, datasets=3)


def test_recordings_have_the_structure_of_real_ones(tmp_path: Path) -> None:
    """Items of a topic are near each other, models differ from topic to topic: so neighbours tell whom to ask."""
    size = replace(SIZE, dimensions=384)
    write_vectors(tmp_path, size)
    made = evaluation(tmp_path, size)

    queries, topics = made.recordings.queries, size.topics
    similarity = queries @ queries.T - 2 * np.eye(size.rows, dtype=np.float32)
    routers = routers_named(["knn:support_size=20", "best-single"], size.names)
    knn, best = made.run(routers, done=lambda _name, _rows: None)

    assert (topics[similarity.argmax(axis=1)] == topics).all()
    np.testing.assert_allclose(np.linalg.norm(made.recordings.responses("model-1"), axis=1)[:3], 1.0, atol=1e-6)
    assert len(knn) == SIZE.test
    assert knn.scores.mean() > best.scores.mean() + 0.1


def test_every_default_router_is_timed(tmp_path: Path) -> None:
    """What they share is told apart, and all is set against the bare products."""
    rows: list[int] = []
    timed = timed_routers(SIZE.names)
    times = family_times(tmp_path, SIZE, timed, repetitions=1, done=rows.append)

    default = [router.name for router in routers_named(["default"], SIZE.names)]
    assert sorted(times.shares) == sorted([SHARED, *default])
    assert sum(rows) == SIZE.test * len(timed)
    assert times.ratio == times.seconds / times.products > 0
    assert 0 < sum(times.shares.values()) <= 1
    assert list(times.shares.values()) == sorted(times.shares.values(), reverse=True)
    assert {one.router for one in times.routers if one.fit > one.route} >= {"mlp", "kmeans"}


async def test_the_preparation_is_set_against_the_embedder(tmp_path: Path) -> None:
    """On the same texts."""
    told: list[int] = []
    found = await embedding_share(tmp_path, lines=1, rounds=2, done=told.append)

    assert found.texts == 1 + len(MODELS)
    assert found.share > 0
    assert min(found.alone_per_second, found.prepared_per_second) > 0
    assert len(told) == 4


def test_no_text_is_embedded_twice(tmp_path: Path) -> None:
    """A cache would make the preparation look fast."""
    files = [write_lines(tmp_path / f"{seed}.jsonl", 5, seed=seed) for seed in range(2)]
    texts = list(chain.from_iterable(texts_of(line, MODELS) for file in files for line in lines_of(file)))

    assert len(texts) == len(set(texts)) == 2 * 5 * (1 + len(MODELS))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_told_apart(tmp_path: Path) -> None:
    """What is mapped from files, and what is the process's own."""
    found = memory(tmp_path, items=400, test=5)

    assert found.vectors == pytest.approx(405 * 11 * 384 * 4 / 1e6, rel=0.01)
    assert found.before < found.peak
    assert min(found.own, found.mapped) > 0
    assert max(found.own, found.mapped) < found.peak
    assert found.seconds > 0


def test_a_part_that_there_is_not_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    with pytest.raises(SystemExit):
        main(["--parts", "routing,nothing"])

    assert "there is no part nothing: take some of routing, embedding, memory" in capsys.readouterr().err
