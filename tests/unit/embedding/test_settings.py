"""Which embedder the environment asks for."""

import sys

import pytest
from jisi.embedding import EmbedderSettings, create_embedder
from jisi.errors import PermanentError
from pydantic import ValidationError


def test_nothing_set_is_the_default_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first run needs no setting."""
    monkeypatch.delenv("JISI_EMBEDDER", raising=False)

    assert EmbedderSettings().kind == "minilm"


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint is described by variables alone."""
    for name, value in (
        ("", "endpoint"),
        ("_MODEL", "big"),
        ("_BASE_URL", "http://127.0.0.1:9/v1"),
        ("_DIMENSIONS", "3584"),
        ("_TAIL_TOKENS", "7500"),
    ):
        monkeypatch.setenv(f"JISI_EMBEDDER{name}", value)

    embedder = create_embedder(EmbedderSettings())

    assert (embedder.identity, embedder.dimensions) == ("big/tail-22500-characters", 3584)


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("sentence-transformers", "JISI_EMBEDDER_MODEL"),
        (
            "endpoint",
            "JISI_EMBEDDER_MODEL, JISI_EMBEDDER_BASE_URL, JISI_EMBEDDER_DIMENSIONS, JISI_EMBEDDER_TAIL_TOKENS",
        ),
        ("word2vec", "'minilm', 'sentence-transformers' or 'endpoint'"),
    ],
)
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, kind: str, missing: str) -> None:
    """The error lists every variable that the chosen kind still needs."""
    monkeypatch.setenv("JISI_EMBEDDER", kind)

    with pytest.raises(ValidationError, match=missing):
        EmbedderSettings()


def test_an_extra_that_is_not_installed_is_named() -> None:
    """The error says what to install."""
    with pytest.raises(PermanentError, match=r"pip install 'jisi\[sentence-transformers\]'"):
        create_embedder(EmbedderSettings(kind="sentence-transformers", model="any"))


def test_a_missing_default_embedder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """So in an image without it, or where the package was installed without its extra."""
    monkeypatch.setitem(sys.modules, "jisi.embedding.minilm", None)

    with pytest.raises(PermanentError, match=r"pip install 'jisi\[embedder\]'"):
        create_embedder(EmbedderSettings())
