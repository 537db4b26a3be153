"""JiSi's own client on the simulated endpoint: what one side sends is what the other reads."""

from pathlib import Path

import pytest
from jisi.llm.client import CallMeter, LLMClient
from jisi.llm.errors import KeyRefused, LLMError, OutOfCredit, RateLimited, StalledStream
from jisi.llm.pool import load_pool
from jisi.llm.spec import ModelSpec, Timeouts
from jisi.simulate.pool_file import simulated_pool_toml

from tests.integration.simulate.endpoint_client import EndpointClient


def _spec(endpoint: EndpointClient, folder: Path, name: str) -> ModelSpec:
    file = folder / "pool.toml"
    file.write_text(simulated_pool_toml(f"{endpoint.url}/v1"), encoding="utf-8")
    return load_pool(file).by_name[name]


async def test_the_pool_file_leads_to_the_models(endpoint: EndpointClient, tmp_path: Path) -> None:
    """A model of the pool file answers through the client with reasoning and the endpoint's usage."""
    spec = _spec(endpoint, tmp_path, "simulated-sage-120b")
    async with LLMClient() as client:
        completion = await client.complete(
            spec,
            [{"role": "user", "content": "What is 7 * 6?"}],
            max_tokens=1000,
            timeout_seconds=10,
            meter=CallMeter(),
        )
    asked = await endpoint.ask("What is 7 * 6?", spec.model)

    assert (completion.text, completion.reasoning) == (asked.text, asked.reasoning)
    assert asked.usage is not None
    assert completion.usage.completion_tokens == asked.usage["completion_tokens"]
    assert not completion.usage.counted


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limited", RateLimited),
        ("unauthorized", KeyRefused),
        ("payment_required", OutOfCredit),
        ("stall", StalledStream),
        ("silence", StalledStream),
    ],
)
async def test_faults_become_typed_errors(
    endpoint: EndpointClient, tmp_path: Path, kind: str, error: type[LLMError]
) -> None:
    """The client takes each fault for what it is."""
    spec = _spec(endpoint, tmp_path, "simulated-mite-1b")
    hasty = spec.model_copy(update={"timeouts": Timeouts(chunk_seconds=0.1)})
    await endpoint.order(kind)
    async with LLMClient() as client:
        with pytest.raises(error):
            await client.complete(
                hasty,
                [{"role": "user", "content": "What is 7 * 6?"}],
                max_tokens=1000,
                timeout_seconds=10,
                meter=CallMeter(),
            )
