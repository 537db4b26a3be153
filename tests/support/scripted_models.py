"""Models that say what a test tells them, behind the simulated pool's endpoint: real HTTP, its faults, its journal."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from jisi.llm.spec import ModelSpec, Pool, Timeouts
from jisi.simulate.endpoint.application import EndpointServer
from jisi.simulate.endpoint.chat import ChatRequest, Completion
from jisi.simulate.endpoint.serving import listening
from jisi.simulate.models import AT_ONCE, Pace
from jisi.simulate.tokens import count_tokens

KEY_VARIABLE = "JISI_TEST_MODELS_KEY"
KEY = "sk-test-0123456789-never-to-be-seen"
"""What the endpoint asks for; it must never turn up anywhere."""

Say = Callable[[ChatRequest], str | Completion]


class ScriptedModels:
    """The responder: `say` is asked for each call; what it gives is said, counted in tokens unless it is whole."""

    mode = "scripted"

    def __init__(self, names: Sequence[str], say: Say) -> None:
        self.model_names = tuple(names)
        self.say = say
        self.paces: dict[str, Pace] = {}

    def respond(self, request: ChatRequest) -> Completion:
        """Say what the script says."""
        said = self.say(request)
        return said if isinstance(said, Completion) else completion(request, said)

    def pace(self, model: str) -> Pace:
        """Speak at once, unless a test wants it slower."""
        return self.paces.get(model, AT_ONCE)


def completion(request: ChatRequest, text: str, **changes: Any) -> Completion:
    """Give a whole response of this text; its tokens are counted."""
    fields = {
        "prompt_tokens": request.count_prompt_tokens(),
        "completion_tokens": max(1, count_tokens(text)),
        **changes,
    }
    return Completion(model=request.model, text=text, **fields)


@dataclass(slots=True)
class Gate:
    """Holds calls of a model until the test lets them go on."""

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)


class ModelEndpoint:
    """The endpoint as a test steers it: faults, gates, and what was asked."""

    def __init__(self, models: ScriptedModels, url: str, session: aiohttp.ClientSession) -> None:
        self.models = models
        self.url = url
        self.requests: list[tuple[str, Mapping[str, Any]]] = []
        self._session = session
        self._gates: dict[str, Gate] = {}

    async def fault(self, kind: str, model: str = "*", **options: Any) -> None:
        """Order a fault: see `jisi.simulate.endpoint.faults`."""
        await self._control("POST", "faults", {"kind": kind, "model": model, **options})

    async def reset(self) -> None:
        """Forget faults, gates and calls."""
        for gate in self._gates.values():
            gate.opened.set()
        self._gates.clear()
        self.models.paces.clear()
        self.requests.clear()
        await self._control("POST", "reset")

    async def calls(self, **wanted: object) -> list[dict[str, Any]]:
        """Give the calls that have these values, oldest first."""
        calls = (await self._control("GET", "calls"))["calls"]
        return [call for call in calls if wanted.items() <= call.items()]

    async def asked(self, query: str) -> list[str]:
        """Give the models asked about a query as experts, in alphabetical order."""
        calls = [call for call in await self.calls(kind="expert") if query in call["query"]]
        return sorted(call["model"] for call in calls)

    def hold(self, model: str) -> Gate:
        """Hold all calls of a model from now on."""
        return self._gates.setdefault(model, Gate())

    def pool(self, *, specs: Mapping[str, Mapping[str, Any]] | None = None, without: Sequence[str] = ()) -> Pool:
        """Give the pool of all models; `specs` changes fields of some."""
        chosen = [name for name in self.models.model_names if name not in without]
        return Pool(models=tuple(self._spec(name, place, specs or {}) for place, name in enumerate(chosen, 1)))

    def _spec(self, name: str, place: int, specs: Mapping[str, Mapping[str, Any]]) -> ModelSpec:
        fields: dict[str, Any] = {
            "name": name,
            "base_url": f"{self.url}/v1",
            "model": name,
            "api_key_env": KEY_VARIABLE,
            "prompt_price": 1.0 * place,
            "completion_price": 2.0 * place,
            "timeouts": Timeouts(connect_seconds=5, chunk_seconds=30, total_seconds=60),
            **specs.get(name, {}),
        }
        return ModelSpec(**fields)

    async def _control(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        async with self._session.request(method, f"{self.url}/control/{path}", json=body) as response:
            given: dict[str, Any] = await response.json()
            assert response.status == 200, given
            return given

    @web.middleware
    async def _watch(self, request: web.Request, handler: Any) -> Any:
        if request.path == "/v1/chat/completions":
            body = await request.json()
            self.requests.append((body["model"], body))
            gate = self._gates.get(body["model"])
            if gate is not None:
                gate.arrived.set()
                await gate.opened.wait()
        return await handler(request)


@asynccontextmanager
async def model_endpoint(names: Sequence[str], say: Say) -> AsyncIterator[ModelEndpoint]:
    """Serve scripted models on a free port."""
    models = ScriptedModels(names, say)
    application = EndpointServer(models, required_key=KEY).application()
    async with aiohttp.ClientSession() as session:
        endpoint = ModelEndpoint(models, "", session)
        application.middlewares.append(endpoint._watch)
        async with listening(application) as url:
            endpoint.url = url
            yield endpoint
            await endpoint.reset()
