"""The pool's endpoints: whether they answer, take the key, and know the models."""

import asyncio
import os
from collections.abc import Sequence
from http import HTTPStatus

import httpx

from jisi.cli.checks.finding import Finding
from jisi.llm.spec import ModelSpec, Pool

ENDPOINT_WITHIN_SECONDS = 5.0


async def check_endpoints(pool: Pool) -> list[Finding]:
    """Ask every endpoint for its list of models, all at once; this costs nothing."""
    by_endpoint: dict[tuple[str, str | None], list[ModelSpec]] = {}
    for model in pool.eligible:
        by_endpoint.setdefault((model.base_url, model.api_key_env), []).append(model)
    async with httpx.AsyncClient(timeout=ENDPOINT_WITHIN_SECONDS) as client:
        return await asyncio.gather(
            *(_check(client, url, variable, models) for (url, variable), models in by_endpoint.items())
        )


async def _check(client: httpx.AsyncClient, url: str, variable: str | None, models: Sequence[ModelSpec]) -> Finding:
    key = os.environ.get(variable) if variable else None
    asked = ", ".join(model.name for model in models)
    if variable and not key:
        message = f"{url} wants a key, and {variable} is not set here ({asked})"
        advice = f"Set {variable} where `jisi up` or the services are started."
        return Finding(area="endpoint", level="error", message=message, advice=advice)
    try:
        answer = await client.get(f"{url}/models", headers={"Authorization": f"Bearer {key}"} if key else {})
    except httpx.HTTPError as error:
        message = f"{url} does not answer: {str(error) or type(error).__name__} ({asked})"
        return Finding(area="endpoint", level="error", message=message, advice="Start it, or correct base_url.")
    if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PAYMENT_REQUIRED):
        message = f"{url} refuses the key in {variable or '(none given)'}: status {answer.status_code} ({asked})"
        return Finding(area="endpoint", level="error", message=message, advice="Give a valid key, or top it up.")
    listed = _listed(answer)
    if listed is None:
        message = f"{url} answers, status {answer.status_code}, but lists no models: names cannot be checked"
        return Finding(area="endpoint", level="note", message=message)
    unknown = [model.model for model in models if model.model not in listed]
    if unknown:
        message = f"{url} does not list {', '.join(unknown)}"
        return Finding(area="endpoint", level="warning", message=message, advice="Correct `model` in pool.toml.")
    return Finding(area="endpoint", level="ok", message=f"{url} answers and knows {len(models)} models")


def _listed(answer: httpx.Response) -> set[str] | None:
    """Read the names of an OpenAI list of models; None where it is none."""
    try:
        return {str(model["id"]) for model in answer.json()["data"]}
    except (ValueError, TypeError, KeyError):
        return None
