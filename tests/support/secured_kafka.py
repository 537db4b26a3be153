"""Kafka as a cluster of several users has it: TLS, and users with passwords or certificates; one broker, embedded."""

from pathlib import Path

from jisi.messaging.connection import KafkaConnection, KafkaSecurity, Mechanism
from jisi.stack.kafka import EmbeddedKafka
from jisi.stack.ports import LOOPBACK, free_port
from pydantic import SecretStr

from tests.support.certificates import Certificates

USER = "jisi"
PASSWORD = "of a user: 100% & long"  # whatever stands in it must reach Kafka as it is

_LOGIN = "org.apache.kafka.common.security"


class SecuredKafka(EmbeddedKafka):
    """A broker with a listener for each way in; `address` is that for TLS and SCRAM, which `security` describes."""

    def __init__(self, *, folder: Path, certificates: Certificates) -> None:
        super().__init__(folder=folder, short_lived=True)
        self._certificates = certificates
        self._ports = {"SASL_SSL": self.port} | {
            name: free_port() for name in ("SSL", "SASL_PLAINTEXT", "PLAINTEXT", "CONTROLLER")
        }

    @property
    def security(self) -> KafkaSecurity:
        """What protects connections to `address`."""
        return self._with_password("SCRAM-SHA-512")

    def ways_in(self) -> dict[str, KafkaConnection]:
        """Give a connection of each kind."""
        certificates = self._certificates
        mutual = KafkaSecurity(
            protocol="ssl",
            ca_file=certificates.authority,
            certificate_file=certificates.user,
            key_file=certificates.user_key,
        )
        plain = KafkaSecurity(protocol="sasl_plaintext", mechanism="PLAIN", username=USER, password=SecretStr(PASSWORD))
        return {
            "TLS and SCRAM-SHA-512": KafkaConnection(self.address, self.security),
            "TLS and SCRAM-SHA-256": KafkaConnection(self.address, self._with_password("SCRAM-SHA-256")),
            "mutual TLS": KafkaConnection(self.listener("SSL"), mutual),
            "password alone": KafkaConnection(self.listener("SASL_PLAINTEXT"), plain),
        }

    def listener(self, protocol: str) -> str:
        """Give `host:port` of a listener: SASL_SSL, SSL, SASL_PLAINTEXT or PLAINTEXT."""
        return f"{LOOPBACK}:{self._ports[protocol]}"

    def _with_password(self, mechanism: Mechanism) -> KafkaSecurity:
        return KafkaSecurity(
            protocol="sasl_ssl",
            mechanism=mechanism,
            username=USER,
            password=SecretStr(PASSWORD),
            ca_file=self._certificates.authority,
        )

    def _properties(self) -> str:
        advertised = {name: port for name, port in self._ports.items() if name != "CONTROLLER"}
        changed = {
            "listeners": _urls(self._ports),
            "advertised.listeners": _urls(advertised),
            "listener.security.protocol.map": ",".join(f"{name}:{name}" for name in advertised)
            + ",CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.quorum.voters": f"1@{LOOPBACK}:{self._ports['CONTROLLER']}",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._certificates.server_keystore),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self._certificates.authority),
            "listener.name.ssl.ssl.client.auth": "required",
            "listener.name.sasl_ssl.sasl.enabled.mechanisms": "SCRAM-SHA-256,SCRAM-SHA-512",
            "listener.name.sasl_plaintext.sasl.enabled.mechanisms": "PLAIN",
            **{
                f"listener.name.sasl_ssl.scram-sha-{bits}.sasl.jaas.config": (
                    f"{_LOGIN}.scram.ScramLoginModule required;"
                )
                for bits in (256, 512)
            },
            "listener.name.sasl_plaintext.plain.sasl.jaas.config": (
                f'{_LOGIN}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
            ),
        }
        lines = [f"{name}={value}" for name, value in changed.items()]
        return "\n".join((super()._properties(), *lines, ""))  # of a name given twice the later value holds

    def _format_options(self) -> tuple[str, ...]:
        users = (
            f"--add-scram=SCRAM-SHA-{bits}=[name={USER},iterations=4096,password={PASSWORD}]" for bits in (256, 512)
        )
        return *super()._format_options(), *users


def _urls(ports: dict[str, int]) -> str:
    return ",".join(f"{name}://{LOOPBACK}:{port}" for name, port in ports.items())
