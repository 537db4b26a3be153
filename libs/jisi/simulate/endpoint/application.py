"""The HTTP application: /v1 in OpenAI's protocol, /control to order faults and read counts, /health.

- POST /v1/chat/completions: streamed or not
- GET /v1/models[/NAME]
- GET /health: {"status": "ok", "mode": "simulated" or "replay", ...}
- POST /control/faults: {"kind": ..., "model": ..., "times": ..., ...}: see `faults.Fault`
- GET /control/faults: what is in force and how often it fired
- DELETE /control/faults[/ID]
- GET /control/stats: counts by model, calls in flight, what was bought twice
- GET /control/calls: the latest calls one by one
- POST /control/reset: forgets counts and faults
"""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from jisi.simulate.endpoint.chat import ApiError, ChatRequest, Json, Responder, read_chat
from jisi.simulate.endpoint.delivery import Delivery, deformed
from jisi.simulate.endpoint.faults import FaultBook
from jisi.simulate.endpoint.journal import Call, Journal, Outcome

_MAX_BODY = 64 * 1024 * 1024
"""Bytes of a request: an aggregation of long responses is large."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class EndpointServer:
    """Serves one responder. Its journal and faults live as long as the server."""

    def __init__(self, responder: Responder, *, seed: int = 0, required_key: str | None = None) -> None:
        self._responder = responder
        self._names = frozenset(responder.model_names)
        self._journal = Journal()
        self._faults = FaultBook(seed=seed)
        self._required_key = required_key
        self._created = int(time.time())

    def application(self) -> web.Application:
        """Build the application; each call builds a new one over the same journal."""
        application = web.Application(client_max_size=_MAX_BODY)
        application.add_routes(
            [
                web.post("/v1/chat/completions", self._chat),
                web.get("/v1/models", _answering(self._models)),
                web.get("/v1/models/{name:.+}", _answering(self._model)),
                web.get("/health", _answering(self._health)),
                web.get("/control/stats", _answering(self._stats)),
                web.get("/control/calls", _answering(self._calls)),
                web.post("/control/reset", _answering(self._reset)),
                web.get("/control/faults", _answering(self._list_faults)),
                web.post("/control/faults", _answering(self._add_fault)),
                web.delete("/control/faults", _answering(self._remove_faults)),
                web.delete(r"/control/faults/{number:\d+}", _answering(self._remove_faults)),
            ]
        )
        return application

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_key(request)
            chat = read_chat(await request.read(), request.headers)
            if chat.model not in self._names:
                raise _unknown_model(chat.model)
        except ApiError as error:
            return _json(error.body, status=error.status, headers=error.headers)
        call = self._journal.begin(chat)
        outcome = Outcome.BROKEN
        try:
            response, outcome = await self._deliver(request, chat, call)
        except ApiError as error:
            outcome = Outcome.REFUSED
            return _json(error.body, status=error.status, headers=error.headers)
        except (asyncio.CancelledError, ConnectionResetError):
            # The client left: while this waited, or between two writes.
            outcome = Outcome.CANCELLED
            raise
        finally:
            self._journal.end(call, outcome)
        return response

    async def _deliver(self, request: web.Request, chat: ChatRequest, call: Call) -> tuple[web.StreamResponse, Outcome]:
        fault = self._faults.pick(chat, call.attempt)
        if fault is not None:
            call.fault = fault.kind.value
            if (refusal := fault.refusal()) is not None:
                raise refusal
        completion = self._responder.respond(chat)
        if fault is not None:
            completion = deformed(completion, fault)
        call.prompt_tokens, call.completion_tokens = completion.prompt_tokens, completion.completion_tokens
        pace = self._responder.pace(chat.model)
        return await Delivery(request, chat, pace, fault, f"{self._responder.mode}-{call.number}").send(completion)

    def _check_key(self, request: web.Request) -> None:
        if self._required_key is not None and request.headers.get("Authorization") != f"Bearer {self._required_key}":
            raise ApiError(401, "Incorrect API key provided.", code="invalid_api_key")

    async def _models(self, _: web.Request) -> Json:
        return {"object": "list", "data": [self._describe(name) for name in self._responder.model_names]}

    async def _model(self, request: web.Request) -> Json:
        name = request.match_info["name"]
        if name not in self._names:
            raise _unknown_model(name)
        return self._describe(name)

    def _describe(self, name: str) -> Json:
        return {"id": name, "object": "model", "created": self._created, "owned_by": f"jisi-{self._responder.mode}"}

    async def _health(self, _: web.Request) -> Json:
        return {"status": "ok", "mode": self._responder.mode, "models": len(self._names), "pid": os.getpid()}

    async def _stats(self, _: web.Request) -> Json:
        return self._journal.report()

    async def _calls(self, _: web.Request) -> Json:
        return {"calls": self._journal.calls()}

    async def _reset(self, _: web.Request) -> Json:
        self._journal.reset()
        self._faults.remove()
        return {"status": "ok"}

    async def _list_faults(self, _: web.Request) -> Json:
        return {"faults": self._faults.report()}

    async def _add_fault(self, request: web.Request) -> Json:
        try:
            given = json.loads(await request.read())
        except ValueError:
            raise ApiError(400, "The body is not JSON.") from None
        name = given.get("model", "*") if isinstance(given, dict) else "*"
        if name != "*" and name not in self._names:
            raise _unknown_model(str(name))
        return self._faults.add(given)

    async def _remove_faults(self, request: web.Request) -> Json:
        number = request.match_info.get("number")
        self._faults.remove(None if number is None else int(number))
        return {"faults": self._faults.report()}


def _unknown_model(name: str) -> ApiError:
    return ApiError(404, f"The model `{name}` does not exist.", param="model", code="model_not_found")


def _answering(handler: Callable[[web.Request], Awaitable[Json]]) -> Handler:
    """Turn a function that returns JSON or raises ApiError into a handler."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return _json(await handler(request))
        except ApiError as error:
            return _json(error.body, status=error.status, headers=error.headers)

    return answer


def _json(body: Json, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json", headers=headers)
