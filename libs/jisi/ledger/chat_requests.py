"""What the span of a call says of its request."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from jisi.ledger.tasks import Task
from jisi.llm.spec import ModelSpec
from jisi.telemetry.calls import ChatRequest


def chat_request(
    task: Task, spec: ModelSpec, messages: Sequence[Mapping[str, Any]], *, temperature: float | None, max_tokens: int
) -> ChatRequest:
    """Describe a call that is about to be made; `temperature` None: the model's own."""
    address = urlsplit(spec.base_url)
    return ChatRequest(
        model=spec.model,
        pool_model=spec.name,
        kind=task.kind,
        server_address=address.hostname,
        server_port=address.port,
        temperature=temperature if temperature is not None else spec.sampling.temperature,
        top_p=spec.sampling.top_p,
        max_tokens=max_tokens,
        messages=[{"role": str(m["role"]), "content": str(m["content"])} for m in messages],
    )
