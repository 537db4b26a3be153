"""Why Kafka cannot be reached: aiokafka itself says no more than that it has tried every broker."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from jisi.messaging.connection import KafkaConnection, KafkaSecurity

_WITHIN_SECONDS = 3.0
_NOBODY = "does not answer: check that it runs and that the address (JISI_KAFKA) is right"


async def why_unreachable(kafka: KafkaConnection, failure: KafkaError) -> str:
    """Connect once more to every broker named, and say in a sentence what comes of it and what to do about it.

    Where nothing is wrong now, the `failure` that led here is told.
    """
    options = kafka.security.options()
    hosts = collect_hosts(kafka.servers, randomize=False)
    errors = await asyncio.gather(*(_attempt(host, port, options) for host, port, _ in hosts))
    if None in errors:
        return f"Kafka at {kafka} answers, but did not do what was asked ({failure}): try again."
    reasons = [_reason(error, kafka.security) for error in errors if error is not None]
    told = next((reason for reason in reasons if reason != _NOBODY), _NOBODY)
    return f"Kafka at {kafka} {told}."


async def _attempt(host: str, port: int, options: Mapping[str, Any]) -> Exception | None:
    """Give what keeps us from talking to this broker; None if nothing does."""
    try:
        async with asyncio.timeout(_WITHIN_SECONDS):
            connection = await create_conn(host, port, **options)
            try:
                await connection.send(MetadataRequest([]))
            finally:
                connection.close()
    except (KafkaError, OSError) as error:  # of which TimeoutError is one
        return error
    return None


def _reason(error: Exception, security: KafkaSecurity) -> str:
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"has a certificate that cannot be trusted ({cause.verify_message}): JISI_KAFKA_CA_FILE must name the "
            "authority that signed it, and JISI_KAFKA the host it was made out to"
        )
    if isinstance(cause, ssl.SSLError) and "CERTIFICATE" in str(cause.reason):
        return "wants a certificate of its clients: give JISI_KAFKA_CERTIFICATE_FILE and JISI_KAFKA_KEY_FILE"
    match error:
        case SaslAuthenticationFailed():
            told = "refuses the user: check JISI_KAFKA_USERNAME, JISI_KAFKA_PASSWORD and JISI_KAFKA_MECHANISM"
        case UnsupportedSaslMechanismError():
            told = f"does not know {security.mechanism}: give another JISI_KAFKA_MECHANISM"
        case IllegalSaslStateError():
            told = f"asks for no password there: JISI_KAFKA_PROTOCOL cannot be {security.protocol}"
        case ConnectionRefusedError() | TimeoutError():
            told = _NOBODY
        case KafkaError() | ConnectionResetError() | ssl.SSLError():
            told = f"hangs up on {security.protocol}: JISI_KAFKA_PROTOCOL must be what this port speaks"
        case _:
            told = f"cannot be reached ({error}): check the address (JISI_KAFKA)"
    return told
