"""How Kafka is reached: its brokers, encryption, and who one is there; read from `JISI_KAFKA_...` variables."""

import os
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import SecretStr

from jisi.errors import InputError

Protocol = Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]
Mechanism = Literal["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSecurity:
    """What connections to Kafka are protected by; by default by nothing.

    Raises:
        InputError: settings that contradict each other, or lack one; names their variables.
    """

    protocol: Protocol = "plaintext"
    """plaintext, ssl, sasl_plaintext or sasl_ssl: with `ssl` connections are encrypted and the broker's certificate and
    host name checked, with `sasl` there is a user name and a password."""
    mechanism: Mechanism | None = None
    """How the password is proved: SCRAM-SHA-256, SCRAM-SHA-512 or PLAIN."""
    username: str | None = None
    """Of the user that this process is in Kafka."""
    password: SecretStr | None = None
    """Of that user; secret."""
    ca_file: Path | None = None
    """PEM file of the authorities that sign brokers' certificates; unset: those the system trusts."""
    certificate_file: Path | None = None
    """PEM file of this process's own certificate, where brokers ask for one (mutual TLS)."""
    key_file: Path | None = None
    """PEM file of its private key, not encrypted."""

    def __post_init__(self) -> None:
        _require_one_of(self.protocol, get_args(Protocol), "protocol")
        if self.mechanism is not None:
            _require_one_of(self.mechanism, get_args(Mechanism), "mechanism")
        of_user = {"mechanism": self.mechanism, "username": self.username, "password": self.password}
        of_tls = {"ca_file": self.ca_file, "certificate_file": self.certificate_file, "key_file": self.key_file}
        if self.has_user and (missing := [name for name, value in of_user.items() if not value]):
            raise InputError(f"{_variable('protocol')} is {self.protocol}, which needs {_named(missing)} too.")
        if not self.has_user:
            self._refuse(of_user, "sends no password: make it sasl_ssl")
        if not self.is_encrypted:
            self._refuse(of_tls, "does not encrypt: make it ssl or sasl_ssl")
        if self.key_file and not self.certificate_file:
            raise InputError(f"{_variable('key_file')} is given without {_variable('certificate_file')}: give both.")

    @property
    def has_user(self) -> bool:
        """Whether a user name and a password are sent."""
        return self.protocol.startswith("sasl_")

    @property
    def is_encrypted(self) -> bool:
        """Whether connections are encrypted."""
        return self.protocol.endswith("ssl")

    def ssl_context(self) -> ssl.SSLContext | None:
        """Read the files; None where nothing is encrypted.

        Raises:
            InputError: a file that is not there or not what it should be; names its variable.
        """
        if not self.is_encrypted:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:  # of which SSLError is one
            raise _bad_file("ca_file", self.ca_file, "certificates of authorities in PEM", error) from error
        if self.certificate_file is not None:
            try:
                context.load_cert_chain(self.certificate_file, self.key_file, password=_refuse_encrypted_key)
            except OSError as error:
                wanted = f"a certificate in PEM that {_variable('key_file')} is the key of"
                raise _bad_file("certificate_file", self.certificate_file, wanted, error) from error
        return context

    def options(self) -> dict[str, Any]:
        """Give what every connection of aiokafka takes.

        Raises:
            InputError: as `ssl_context`.
        """
        protection = {"security_protocol": self.protocol.upper(), "ssl_context": self.ssl_context()}
        if self.password is None:
            return protection
        return protection | {
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password.get_secret_value(),
        }

    def variables(self) -> dict[str, str]:
        """Give the variables by which another process is told the same; empty ones for what is not set."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            _variable(name): value.get_secret_value() if isinstance(value, SecretStr) else str(value or "")
            for name, value in values.items()
        }

    def _refuse(self, settings: Mapping[str, object], because: str) -> None:
        if given := [name for name, value in settings.items() if value]:
            raise InputError(
                f"{_named(given)} cannot be used while {_variable('protocol')} is {self.protocol}, which {because}."
            )


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """Where Kafka is and how it is reached."""

    servers: str
    """host:port of one or more brokers, separated by commas."""
    security: KafkaSecurity = field(default_factory=KafkaSecurity)

    def options(self) -> dict[str, Any]:
        """Give what every client of aiokafka takes.

        Raises:
            InputError: as `ssl_context`.
        """
        return {"bootstrap_servers": self.servers, **self.security.options()}

    def __str__(self) -> str:
        return self.servers


def kafka_security(environment: Mapping[str, str] | None = None) -> KafkaSecurity:
    """Read `JISI_KAFKA_PROTOCOL`, `JISI_KAFKA_MECHANISM`, ...; an empty variable is taken for one that is not set.

    Raises:
        InputError: as `KafkaSecurity`.
    """
    given = os.environ if environment is None else environment
    texts = {name: text for name in _READ if (text := given.get(_variable(name)))}
    return KafkaSecurity(**{name: _READ[name](text) for name, text in texts.items()})


def _path(text: str) -> Path:
    return Path(text).expanduser()


_READ: Mapping[str, Callable[[str], Any]] = {
    "protocol": str.lower,
    "mechanism": str.upper,
    "username": str,
    "password": SecretStr,
    "ca_file": _path,
    "certificate_file": _path,
    "key_file": _path,
}
"""What is made of each variable's text."""


def _variable(name: str) -> str:
    return f"JISI_KAFKA_{name.upper()}"


def _named(names: Iterable[str]) -> str:
    return " and ".join(_variable(name) for name in names)


def _require_one_of(value: str, known: Iterable[str], name: str) -> None:
    if value not in known:
        raise InputError(f"{_variable(name)} is {value}: it must be one of {', '.join(known)}.")


def _bad_file(name: str, file: Path | None, wanted: str, error: OSError) -> InputError:
    reason = "it is not there" if isinstance(error, FileNotFoundError) else (error.strerror or str(error))
    return InputError(f"{_variable(name)} must name a file of {wanted}, which {file} is not: {reason}.")


def _refuse_encrypted_key() -> str:
    """Be asked for a password by OpenSSL, which would else ask whoever sits at the terminal."""
    raise InputError(f"The key in {_variable('key_file')} is encrypted: give one that is not.")
