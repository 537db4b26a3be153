"""Names of topics and groups."""

from jisi.contracts.topics import Topics


def test_names() -> None:
    """Names are public: they are what users subscribe to."""
    assert Topics().all == (
        "jisi.queries.v1",
        "jisi.generation.v1",
        "jisi.responses.v1",
        "jisi.candidates.v1",
        "jisi.aggregation.v1",
        "jisi.answers.v1",
        "jisi.progress.v1",
        "jisi.queries.v1.dlq",
        "jisi.generation.v1.dlq",
        "jisi.responses.v1.dlq",
        "jisi.candidates.v1.dlq",
        "jisi.aggregation.v1.dlq",
    )
    assert Topics().group("router") == "jisi-router"


def test_prefix() -> None:
    """A prefix stands before every topic and group, so that systems that share a cluster never meet."""
    topics = Topics("one.")

    assert all(name.startswith("one.jisi.") for name in topics.all)
    assert topics.group("router") == "one.jisi-router"
