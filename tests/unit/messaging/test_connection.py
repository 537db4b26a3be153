"""How Kafka is reached is read from variables, and what contradicts itself is refused by their names."""

import ssl
from collections.abc import Mapping
from pathlib import Path

import pytest
from jisi.errors import InputError
from jisi.messaging.connection import KafkaConnection, KafkaSecurity, kafka_security
from jisi.messaging.settings import KafkaSettings, TopicSettings
from jisi.stack.settings import StackSettings
from pydantic import ValidationError

from tests.support.certificates import Certificates, make_certificates

PASSWORD = "never to be seen"
USER = {"MECHANISM": "SCRAM-SHA-512", "USERNAME": "jisi", "PASSWORD": PASSWORD}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Files to name."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def read(**variables: str) -> KafkaSecurity:
    """Read the variables, named without what they all begin with."""
    return kafka_security({f"JISI_KAFKA_{name}": value for name, value in variables.items()})


def test_nothing_is_protected_unless_told() -> None:
    """Without variables, or with empty ones, connections are plain."""
    assert read() == read(PROTOCOL="", USERNAME="", CA_FILE="") == KafkaSecurity()
    assert KafkaConnection("a:1,b:2").options() == {
        "bootstrap_servers": "a:1,b:2",
        "security_protocol": "PLAINTEXT",
        "ssl_context": None,
    }


def test_upper_and_lower_case(certificates: Certificates) -> None:
    """Protocol and mechanism are taken as Kafka's own tools write them, or otherwise."""
    given = {**USER, "MECHANISM": "scram-sha-256", "CA_FILE": str(certificates.authority)}
    options = KafkaConnection("a:1", read(PROTOCOL="Sasl_SSL", **given)).options()

    context = options.pop("ssl_context")
    assert options == {
        "bootstrap_servers": "a:1",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": "jisi",
        "sasl_plain_password": PASSWORD,
    }
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)


def test_variables_tell_another_process_the_same(certificates: Certificates) -> None:
    """What is read from the variables given is what they were made of, secrets too."""
    security = read(
        PROTOCOL="sasl_ssl",
        **USER,
        CA_FILE=str(certificates.authority),
        CERTIFICATE_FILE=str(certificates.user),
        KEY_FILE=str(certificates.user_key),
    )

    assert kafka_security(security.variables()) == security
    assert kafka_security(KafkaSecurity().variables()) == KafkaSecurity()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PROTOCOL": "tls"}, "JISI_KAFKA_PROTOCOL is tls: it must be one of plaintext, ssl"),
        ({"PROTOCOL": "sasl_ssl", **USER, "MECHANISM": "GSSAPI"}, "JISI_KAFKA_MECHANISM is GSSAPI: it must be one of"),
        (
            {"PROTOCOL": "sasl_ssl", "USERNAME": "jisi"},
            "sasl_ssl, which needs JISI_KAFKA_MECHANISM and JISI_KAFKA_PASSWORD",
        ),
        (USER, "JISI_KAFKA_MECHANISM and .* cannot be used while JISI_KAFKA_PROTOCOL is plaintext.*sasl_ssl"),
        ({"PROTOCOL": "ssl", "USERNAME": "jisi"}, "JISI_KAFKA_USERNAME cannot be used .* is ssl, which sends no pass"),
        ({"CA_FILE": "ca.pem"}, "JISI_KAFKA_CA_FILE cannot be used .* is plaintext, which does not encrypt"),
        ({"PROTOCOL": "sasl_plaintext", **USER, "KEY_FILE": "k"}, "JISI_KAFKA_KEY_FILE .* does not encrypt"),
        ({"PROTOCOL": "ssl", "KEY_FILE": "k"}, "JISI_KAFKA_KEY_FILE is given without JISI_KAFKA_CERTIFICATE_FILE"),
    ],
)
def test_contradictions(variables: Mapping[str, str], sentence: str) -> None:
    """Each names the variables it is about, and no secret."""
    with pytest.raises(InputError, match=sentence) as refused:
        read(**variables)
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"CA_FILE": "nowhere"}, "JISI_KAFKA_CA_FILE must name a file of certificates .*nowhere is not: it is not th"),
        ({"CA_FILE": "user.key"}, "JISI_KAFKA_CA_FILE must name a file of certificates of authorities in PEM"),
        ({"CERTIFICATE_FILE": "nowhere", "KEY_FILE": "user.key"}, "JISI_KAFKA_CERTIFICATE_FILE must name a file"),
        (
            {"CERTIFICATE_FILE": "user.pem", "KEY_FILE": "server.key"},
            "a certificate in PEM that JISI_KAFKA_KEY_FILE is",
        ),
        ({"CERTIFICATE_FILE": "user.pem"}, "JISI_KAFKA_CERTIFICATE_FILE must name a file"),
        ({"CERTIFICATE_FILE": "user.pem", "KEY_FILE": "locked.key"}, "The key in JISI_KAFKA_KEY_FILE is encrypted"),
    ],
)
def test_files_that_are_not_what_they_should_be(
    certificates: Certificates, files: Mapping[str, str], sentence: str
) -> None:
    """That is found when they are read, which is before anything is connected."""
    folder = certificates.authority.parent
    _lock(certificates.user_key, folder / "locked.key")
    security = read(PROTOCOL="ssl", **{name: str(folder / file) for name, file in files.items()})
    with pytest.raises(InputError, match=sentence):
        security.ssl_context()


def _lock(key: Path, locked: Path) -> None:
    """Write a key once more, encrypted."""
    from cryptography.hazmat.primitives import serialization as forms  # noqa: PLC0415 - for this alone

    loaded = forms.load_pem_private_key(key.read_bytes(), password=None)
    locked.write_bytes(
        loaded.private_bytes(
            forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.BestAvailableEncryption(PASSWORD.encode())
        )
    )


def test_the_settings_of_services_and_commands_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have what the variables say, and neither shows the password."""
    for name, value in {"PROTOCOL": "sasl_plaintext", **USER}.items():
        monkeypatch.setenv(f"JISI_KAFKA_{name}", value)
    of_service, of_command = KafkaSettings(kafka="a:1"), StackSettings()

    assert of_service.connection.security == of_command.security == read(PROTOCOL="sasl_plaintext", **USER)
    assert PASSWORD not in f"{of_service!r} {of_command!r} {of_service.connection!r}"


def test_topics(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are never more copies in sync than copies; an empty variable says nothing."""
    monkeypatch.setenv("JISI_TOPIC_REPLICATION", "3")
    monkeypatch.setenv("JISI_TOPIC_MIN_INSYNC", "")
    assert TopicSettings().model_dump() == {"partitions": 6, "replication": 3, "min_insync": None}
    monkeypatch.setenv("JISI_TOPIC_MIN_INSYNC", "4")
    with pytest.raises(ValidationError, match="JISI_TOPIC_MIN_INSYNC is 4, but JISI_TOPIC_REPLICATION 3"):
        TopicSettings()
