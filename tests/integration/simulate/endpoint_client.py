"""Speaks to an endpoint as any program would, over HTTP, and reads what comes as JSON."""

import json
from dataclasses import dataclass
from typing import Any, Self

import aiohttp

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: its status, headers and JSON, or the JSON of its events."""

    status: int
    headers: dict[str, str]
    body: Json
    events: list[Json]
    done: bool
    """Whether a stream was closed by its last word."""

    @property
    def text(self) -> str:
        """What the assistant said."""
        if self.events:
            return "".join(
                event["choices"][0]["delta"].get("content") or "" for event in self.events if event["choices"]
            )
        return str(self.body["choices"][0]["message"]["content"])

    @property
    def reasoning(self) -> str:
        """What the assistant thought."""
        if self.events:
            deltas = [event["choices"][0]["delta"] for event in self.events if event["choices"]]
            return "".join(delta.get("reasoning_content") or "" for delta in deltas)
        return str(self.body["choices"][0]["message"].get("reasoning_content", ""))

    @property
    def finish_reason(self) -> str | None:
        """Why it ended."""
        if self.events:
            reasons = [event["choices"][0]["finish_reason"] for event in self.events if event["choices"]]
            return next((reason for reason in reasons if reason), None)
        return str(self.body["choices"][0]["finish_reason"])

    @property
    def usage(self) -> Json | None:
        """The token counts, if there were any."""
        if self.events:
            return next((event["usage"] for event in self.events if event.get("usage")), None)
        return self.body.get("usage")


class EndpointClient:
    """One client of one endpoint."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = aiohttp.ClientSession(url)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def ask(
        self,
        question: str = "What is 2 + 2?",
        model: str = "simulated-atlas-400b",
        *,
        stream: bool = False,
        headers: dict[str, str] | None = None,
        system: str | None = None,
        **fields: object,
    ) -> Reply:
        """Ask one question."""
        messages = [{"role": "user", "content": question}]
        if system is not None:
            messages.insert(0, {"role": "system", "content": system})
        body: Json = {"model": model, "messages": messages, "stream": stream, **fields}
        if stream:
            body.setdefault("stream_options", {"include_usage": True})
        async with self._session.post("/v1/chat/completions", json=body, headers=headers) as response:
            text = await response.text()
            if not stream or response.status != 200:
                return Reply(response.status, dict(response.headers), json.loads(text), [], done=False)
            data = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
            events = [json.loads(event) for event in data if event != "[DONE]"]
            return Reply(response.status, dict(response.headers), {}, events, done=data[-1] == "[DONE]")

    async def get(self, path: str) -> Json:
        """Read JSON."""
        async with self._session.get(path) as response:
            return dict(await response.json())

    async def post(self, path: str, body: object = None, *, status: int = 200) -> Json:
        """Send JSON and read JSON, with the status that is due."""
        async with self._session.post(path, json=body) as response:
            assert response.status == status, await response.text()
            return dict(await response.json())

    async def delete(self, path: str, *, status: int = 200) -> Json:
        """Delete, with the status that is due."""
        async with self._session.delete(path) as response:
            assert response.status == status, await response.text()
            return dict(await response.json())

    async def order(self, kind: str, **fault: object) -> Json:
        """Put a fault in force."""
        return await self.post("/control/faults", {"kind": kind, **fault})

    async def stats(self) -> Json:
        """Read the counts."""
        return await self.get("/control/stats")
