"""The pinned list of Kafka's jars."""

from importlib import resources
from xml.etree import ElementTree as ET

from jisi.artefacts import read_jar_list
from jisi.stack.kafka_jars import POM


def test_the_list_is_the_pom_s() -> None:
    """Every dependency the pom states is pinned in its version: the list was renewed after the last change."""
    stated = {
        tuple(dependency.findtext(part) for part in ("groupId", "artifactId", "version"))
        for dependency in ET.parse(POM).getroot().iterfind(".//dependency")
    }
    jars = read_jar_list(resources.files("jisi.stack").joinpath("kafka-jars.txt").read_text())

    assert len(stated) == 2
    assert stated <= {(jar.group, jar.artifact, jar.version) for jar in jars}
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {"4.1.0"}
    assert len(jars) == 46
    assert len({jar.file_name for jar in jars}) == 46


def test_every_pin_is_a_sha256() -> None:
    """No line has lost part of its hash."""
    jars = read_jar_list(resources.files("jisi.stack").joinpath("kafka-jars.txt").read_text())

    assert all(len(jar.sha256) == 64 and int(jar.sha256, 16) and jar.size_bytes > 0 for jar in jars)
