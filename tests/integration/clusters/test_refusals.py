"""Who comes with the wrong key is told at once what is wrong, by commands and services, and no secret with it."""

import asyncio
import re
from collections.abc import Mapping

import pytest
from jisi.errors import InputError
from jisi.messaging.connection import KafkaSecurity
from pydantic import SecretStr

from services.switch.app import create_app
from services.switch.settings import SwitchSettings
from tests.support.certificates import Certificates
from tests.support.command_line import CommandLine
from tests.support.pooler import Pooler
from tests.support.secured_kafka import PASSWORD, USER, SecuredKafka
from tests.support.tls_postgres import TlsPostgres
from tests.support.waiting import eventually

WRONG = "certainly-nobodys-password"
SOON_SECONDS = 60.0


def _says(said: str, sentence: str) -> None:
    """See that a sentence is said, and no password."""
    assert re.search(sentence, " ".join(said.split())), said
    assert "bug" not in said
    assert PASSWORD not in said
    assert WRONG not in said


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kafka_password": WRONG}, "refuses the user: check JISI_KAFKA_USERNAME, JISI_KAFKA_PASSWORD"),
        ({"kafka_mechanism": "PLAIN"}, "does not know PLAIN: give another JISI_KAFKA_MECHANISM"),
        ({"kafka_ca_file": "{foreign}"}, "a certificate that cannot be trusted .*JISI_KAFKA_CA_FILE must name"),
        ({"kafka_ca_file": ""}, "a certificate that cannot be trusted .*JISI_KAFKA_CA_FILE must name"),
        ({"kafka": "localhost:{port}"}, "a certificate that cannot be trusted .*mismatch.*JISI_KAFKA the host"),
        ({"kafka_ca_file": "/nowhere.pem"}, "JISI_KAFKA_CA_FILE must name a file .*/nowhere.pem.*not there"),
        ({"kafka_ca_file": "{key}"}, "JISI_KAFKA_CA_FILE must name a file of certificates"),
        ({"kafka_protocol": "sasl_plaintext", "kafka_ca_file": ""}, "hangs up on sasl_plaintext: JISI_KAFKA_PROTOCOL"),
        ({"kafka": "{PLAINTEXT}"}, "hangs up on sasl_ssl: JISI_KAFKA_PROTOCOL must be what this port speaks"),
        ({"kafka": "{SSL}"}, "wants a certificate of its clients: give JISI_KAFKA_CERTIFICATE_FILE"),
        ({"kafka": "127.0.0.1:1"}, "does not answer: check that it runs"),
        ({"kafka": "127.0.0.1:1,{SASL_SSL}", "kafka_password": WRONG}, "refuses the user"),
        ({"kafka": "no-such-host.invalid:9093"}, "cannot be reached .*check the address"),
        ({"kafka_username": ""}, "JISI_KAFKA_PROTOCOL is sasl_ssl, which needs JISI_KAFKA_USERNAME too"),
    ],
)
async def test_kafka_says_why(
    cli: CommandLine,
    of_kafka: Mapping[str, str],
    kafka: SecuredKafka,
    certificates: Certificates,
    changes: Mapping[str, str],
    sentence: str,
) -> None:
    """Each mistake has a sentence that names what to change."""
    known = {
        "foreign": certificates.foreign_authority,
        "key": certificates.user_key,
        "port": kafka.port,
        **{name: kafka.listener(name) for name in ("PLAINTEXT", "SSL", "SASL_SSL")},
    }
    cli.tell(**{**of_kafka, **{name: value.format(**known) for name, value in changes.items()}})
    ended = await asyncio.to_thread(cli, "ask", "Anybody there?")

    assert ended.code == 1
    _says(ended.err, sentence)


@pytest.mark.parametrize(
    "command", [("watch",), ("cancel", "id"), ("dlq", "list"), ("doctor",), ("migrate", "--topics")]
)
async def test_every_command_says_so(
    cli: CommandLine, of_kafka: Mapping[str, str], postgres: TlsPostgres, database: str, command: tuple[str, ...]
) -> None:
    """It is the same sentence whoever asks."""
    cli.tell(**{**of_kafka, "kafka_password": WRONG}, database_url=postgres.url(database))
    ended = await asyncio.to_thread(cli, *command)

    assert ended.code == 1
    _says(ended.out + ended.err, "refuses the user: check JISI_KAFKA_USERNAME, JISI_KAFKA_PASSWORD")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("sslmode=verify-full", "sslmode=disable"), "no encryption.*sslmode=verify-full"),
        (("authority.pem", "foreign.pem"), "certificate verify failed.*sslrootcert"),
        (("authority.pem", "nowhere.pem"), 'nowhere.pem" does not exist'),
        (("@127.0.0.1", "@localhost"), "certificate for .*127.0.0.1.* does not match host name"),
    ],
)
async def test_postgres_says_why(
    cli: CommandLine, postgres: TlsPostgres, change: tuple[str, str], sentence: str
) -> None:
    """So does a database that one is not let into."""
    cli.tell(database_url=postgres.url().replace(*change))
    ended = await asyncio.to_thread(cli, "why", "any")

    assert ended.code == 1
    _says(ended.err, f"Postgres cannot be reached.*JISI_DATABASE_URL.*{sentence}")
    assert postgres.password not in ended.err


async def test_a_wrong_password_of_postgres(cli: CommandLine, postgres: TlsPostgres) -> None:
    """It is named as such, and not shown."""
    cli.tell(database_url=postgres.url().replace(postgres.password, WRONG))
    ended = await asyncio.to_thread(cli, "why", "any")

    assert ended.code == 1
    _says(ended.err, "password authentication failed for user")


async def test_nothing_is_migrated_through_a_pooler(
    cli: CommandLine, before_postgres: Pooler, of_kafka: Mapping[str, str]
) -> None:
    """Two migrations at once could not be kept apart there: the address of Postgres itself is asked for."""
    cli.tell(**of_kafka, database_url=before_postgres.url("postgres"), database_pooled="true")
    migrated = await asyncio.to_thread(cli, "migrate")

    assert migrated.code == 1
    _says(migrated.err, "give the address of Postgres itself in JISI_DATABASE_DIRECT_URL")


async def test_a_service_does_not_listen_through_a_pooler(before_postgres: Pooler, kafka: SecuredKafka) -> None:
    """It would never hear anything, and does not start."""
    settings = SwitchSettings(
        kafka=kafka.address,
        security=kafka.security,
        database_url=SecretStr(before_postgres.url("postgres")),
        database_pooled=True,
    )
    with pytest.raises(InputError, match="JISI_DATABASE_DIRECT_URL"):
        await asyncio.wait_for(create_app(settings).run(asyncio.Event()), SOON_SECONDS)


async def test_a_service_that_is_not_let_in_says_so_and_goes_on_trying(
    kafka: SecuredKafka,
    certificates: Certificates,
    postgres: TlsPostgres,
    database: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Passwords are changed while services run: it waits until its own is right, and tells why it waits."""
    security = KafkaSecurity(
        protocol="sasl_ssl",
        mechanism="SCRAM-SHA-512",
        username=USER,
        password=SecretStr(WRONG),
        ca_file=certificates.authority,
    )
    settings = SwitchSettings(kafka=kafka.address, security=security, database_url=SecretStr(postgres.url(database)))
    stop = asyncio.Event()
    running = asyncio.create_task(create_app(settings).run(stop))

    await eventually(lambda: "cannot start yet" in caplog.text, within_seconds=SOON_SECONDS)
    stop.set()
    await asyncio.wait_for(running, SOON_SECONDS)
    _says(caplog.text, "refuses the user: check JISI_KAFKA_USERNAME, JISI_KAFKA_PASSWORD")
    assert WRONG not in repr(settings)
