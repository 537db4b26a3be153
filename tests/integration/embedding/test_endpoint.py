"""Embeddings from an OpenAI-compatible endpoint, over real HTTP on loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from jisi.embedding.endpoint import EndpointEmbedder
from jisi.embedding.tail import TailOfCharacters
from jisi.errors import PermanentError, TransientError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[..., Awaitable[EndpointEmbedder]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Give a function that serves /v1/embeddings with a handler and gives an embedder for it."""
    async with AsyncExitStack() as stack:

        async def start(handler: Handler, **options: Any) -> EndpointEmbedder:
            application = web.Application()
            application.router.add_post("/v1/embeddings", handler)
            runner = web.AppRunner(application, shutdown_timeout=0.1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            host, port = runner.addresses[0][:2]
            embedder = EndpointEmbedder(
                **{
                    "base_url": f"http://{host}:{port}/v1/",
                    "model": "big",
                    "dimensions": 2,
                    "tail": TailOfCharacters(8),
                    **options,
                }
            )
            return await stack.enter_async_context(embedder)

        yield start


def answering(*vectors: list[float], status: int = 200) -> Handler:
    """Make a handler that gives these vectors whatever is asked."""

    async def handle(_request: web.Request) -> web.Response:
        data = [{"index": place, "embedding": vector} for place, vector in enumerate(vectors)]
        return web.json_response({"data": data}, status=status)

    return handle


def failing(status: int, text: str = "no") -> Handler:
    """Make a handler that refuses."""

    async def handle(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=text)

    return handle


async def test_texts_come_back_in_order_and_of_unit_length(serve: Serve) -> None:
    """Several requests at once, answers in any order: each text has its own vector, scaled to 1."""
    requests: list[dict[str, Any]] = []

    async def handle(request: web.Request) -> web.Response:
        body = await request.json()
        requests.append(body)
        await asyncio.sleep(0.02 if "a" in body["input"] else 0)
        data = [{"index": place, "embedding": [ord(text), 1]} for place, text in enumerate(body["input"])]
        return web.json_response({"data": data[::-1], "model": "big", "usage": {}})

    embedder = await serve(handle, batch_size=2)

    vectors = await embedder.embed(["a", "b", "c"])

    expected = np.array([[ord(text), 1] for text in "abc"]) / np.hypot([[97], [98], [99]], 1)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, expected, rtol=1e-6)
    assert sorted(len(body["input"]) for body in requests) == [1, 2]
    assert {body["model"] for body in requests} == {"big"}
    assert (embedder.identity, embedder.dimensions) == ("big/tail-8-characters", 2)
    assert (await embedder.embed([])).shape == (0, 2)


async def test_the_tail_is_sent(serve: Serve) -> None:
    """Of a long text only the end leaves the process, and what is no character is replaced."""
    sent: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        sent.extend((await request.json())["input"])
        return web.json_response({"data": [{"index": 0, "embedding": [1, 0]}]})

    embedder = await serve(handle)

    await embedder.embed(["0123456789 end\ud83e"])

    assert sent == ["789 end?"]


async def test_the_key_comes_from_the_environment(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named in the settings; its content goes into the header and nowhere else."""
    monkeypatch.setenv("BIG_KEY", "s3cret")

    async def handle(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer s3cret"
        return web.Response(status=401, text="unknown key")

    embedder = await serve(handle, api_key_env="BIG_KEY")

    with pytest.raises(PermanentError, match=r"answered 401: unknown key .* check the variable BIG_KEY") as caught:
        await embedder.embed(["x"])
    assert "s3cret" not in str(caught.value)


def test_a_key_that_is_not_set_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails at the start, not at the first query."""
    monkeypatch.delenv("BIG_KEY", raising=False)

    with pytest.raises(PermanentError, match="BIG_KEY, which is not set"):
        EndpointEmbedder(
            base_url="http://127.0.0.1:9", model="m", dimensions=2, tail=TailOfCharacters(8), api_key_env="BIG_KEY"
        )


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_what_passes_is_transient(serve: Serve, status: int) -> None:
    """A busy or failing endpoint is to be asked again; how often is the caller's to say."""
    embedder = await serve(failing(status))

    with pytest.raises(TransientError, match=f"answered {status}"):
        await embedder.embed(["x"])


@pytest.mark.parametrize("status", [400, 404, 413, 422])
async def test_what_does_not_pass_is_permanent(serve: Serve, status: int) -> None:
    """A refused request is refused for good, with what may help."""
    embedder = await serve(failing(status, "y" * 9_000))

    with pytest.raises(PermanentError, match="lower JISI_EMBEDDER_TAIL_TOKENS") as caught:
        await embedder.embed(["x"])
    assert len(str(caught.value)) < 600


async def test_silence_is_transient(serve: Serve) -> None:
    """An endpoint that does not answer in time is given up."""

    async def handle(_request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    embedder = await serve(handle, timeout_seconds=0.05)

    with pytest.raises(TransientError, match="no answer from"):
        await embedder.embed(["x"])


async def test_nobody_there_is_transient() -> None:
    """A refused connection may be accepted soon."""
    async with EndpointEmbedder(
        base_url="http://127.0.0.1:1/v1", model="m", dimensions=2, tail=TailOfCharacters(8)
    ) as embedder:
        with pytest.raises(TransientError, match=r"no answer from http://127\.0\.0\.1:1/v1/embeddings"):
            await embedder.embed(["x"])


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (answering([1, 0], [0, 1]), "answered 2 embeddings to 1 texts"),
        (answering([1, 0, 0]), "vectors of 3 numbers: JISI_EMBEDDER_DIMENSIONS is 2"),
        (answering([0, 0]), "no direction"),
        (failing(200, "<html>"), "did not answer with embeddings"),
        (failing(200, '{"data": [{"index": 0, "embedding": "AAA="}]}'), "did not answer with embeddings"),
    ],
)
async def test_an_answer_that_is_none(serve: Serve, handler: Handler, said: str) -> None:
    """What is not one unit vector a text is refused rather than stored."""
    embedder = await serve(handler)

    with pytest.raises(PermanentError, match=said):
        await embedder.embed(["x"])
