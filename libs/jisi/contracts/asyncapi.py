"""The public topics as an AsyncAPI 3.0 document, made from the contracts themselves."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from jisi.contracts.answer import AnswerV1
from jisi.contracts.progress import ProgressV1
from jisi.contracts.query import CancelV1, QueryV1
from jisi.contracts.topics import Topics

_MESSAGES: dict[str, tuple[type[BaseModel], str]] = {
    "query": (QueryV1, "A question; the record's key should be its id."),
    "cancel": (CancelV1, "The wish to stop a query."),
    "answer": (AnswerV1, "Exactly one for each query, published at least once, keyed by query id."),
    "progress": (ProgressV1, "A step of a query; best effort."),
}


def asyncapi_document(topics: Topics, *, version: str) -> dict[str, Any]:
    """Describe the public topics: what users send, and what they may receive."""
    _, schemas = models_json_schema(
        [(contract, "validation") for contract, _ in _MESSAGES.values()],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "JiSi", "version": version, "description": "Many open models, one better answer."},
        "defaultContentType": "application/json",
        "channels": {
            "queries": _channel(topics.queries, "query", "cancel"),
            "answers": _channel(topics.answers, "answer"),
            "progress": _channel(topics.progress, "progress"),
        },
        "operations": {
            "ask": {"action": "receive", "channel": {"$ref": "#/channels/queries"}},
            "answer": {"action": "send", "channel": {"$ref": "#/channels/answers"}},
            "tell": {"action": "send", "channel": {"$ref": "#/channels/progress"}},
        },
        "components": {
            "messages": {
                name: {
                    "summary": summary,
                    "contentType": "application/json",
                    "payload": {"$ref": f"#/components/schemas/{contract.__name__}"},
                }
                for name, (contract, summary) in _MESSAGES.items()
            },
            "schemas": schemas["$defs"],
        },
    }


def _channel(address: str, *messages: str) -> dict[str, Any]:
    return {
        "address": address,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": {"topic": address}},
    }
