"""What a span of an LLM call says of it, in the GenAI conventions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jisi.telemetry import conventions as names
from jisi.telemetry.spans import AttributeValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What is asked of an endpoint.

    Attributes:
        model: what the endpoint calls the model.
        pool_model: what the pool calls it.
        kind: `expert` or `aggregator`.
        provider: who serves it, `openai` for anything that speaks its protocol and is not known better.
        messages: role and content each; recorded only with contents on.
    """

    model: str
    pool_model: str
    kind: str
    provider: str = "openai"
    server_address: str | None = None
    server_port: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stream: bool = True
    messages: Sequence[Mapping[str, str]] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatResult:
    """What came of a call, as far as known; `text` is recorded only with contents on."""

    model: str | None = None
    response_id: str | None = None
    finish_reason: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    seconds_to_first_chunk: float | None = None
    cost_usd: float | None = None
    text: str | None = field(default=None, repr=False)


def shared_request_attributes(request: ChatRequest) -> dict[str, AttributeValue]:
    """Give what all calls of one model have in common."""
    return _given(
        {
            names.GEN_AI_OPERATION_NAME: "chat",
            names.GEN_AI_PROVIDER_NAME: request.provider,
            names.GEN_AI_REQUEST_MODEL: request.model,
            names.SERVER_ADDRESS: request.server_address,
            names.SERVER_PORT: request.server_port,
            names.GEN_AI_REQUEST_STREAM: request.stream,
            names.JISI_CALL_MODEL: request.pool_model,
            names.JISI_CALL_KIND: request.kind,
        }
    )


def request_attributes(request: ChatRequest, *, attempt: int, content: bool) -> dict[str, AttributeValue]:
    """Give what is particular to one call."""
    messages = [_message(message["role"], message["content"]) for message in request.messages] if content else []
    return _given(
        {
            names.JISI_CALL_ATTEMPT: attempt,
            names.GEN_AI_REQUEST_TEMPERATURE: request.temperature,
            names.GEN_AI_REQUEST_TOP_P: request.top_p,
            names.GEN_AI_REQUEST_MAX_TOKENS: request.max_tokens,
            names.GEN_AI_REQUEST_SEED: request.seed,
            names.GEN_AI_INPUT_MESSAGES: json.dumps(messages, ensure_ascii=False) if messages else None,
        }
    )


def result_attributes(result: ChatResult, *, content: bool) -> dict[str, AttributeValue]:
    """Give what a call ended with."""
    reason = result.finish_reason
    output = None
    if content and result.text is not None:
        output = json.dumps([_message("assistant", result.text, finish_reason=reason or "error")], ensure_ascii=False)
    return _given(
        {
            names.GEN_AI_RESPONSE_MODEL: result.model,
            names.GEN_AI_RESPONSE_ID: result.response_id,
            names.GEN_AI_RESPONSE_FINISH_REASONS: None if reason is None else [reason],
            names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: result.seconds_to_first_chunk,
            names.GEN_AI_USAGE_INPUT_TOKENS: result.input_tokens,
            names.GEN_AI_USAGE_OUTPUT_TOKENS: result.output_tokens,
            names.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: result.reasoning_tokens,
            names.JISI_CALL_COST_USD: result.cost_usd,
            names.GEN_AI_OUTPUT_MESSAGES: output,
        }
    )


def _message(role: str, content: str, **more: str) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": content}], **more}


def _given(attributes: Mapping[str, AttributeValue | None]) -> dict[str, AttributeValue]:
    return {name: value for name, value in attributes.items() if value is not None}
