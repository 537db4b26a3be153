"""Renews the pinned list of Kafka's jars from infra/kafka/pom.xml: `python -m jisi.stack.kafka_jars`.

Needs `mvn`, and the repository as working folder. Nothing else of ours needs Maven: what it resolves is decided here,
once, and looked at in a diff.
"""

import subprocess
import tempfile
from pathlib import Path

from jisi.artefacts.cache import sha256_of
from jisi.artefacts.jars import PinnedJar

POM = Path("infra/kafka/pom.xml")
JAR_LIST = Path(__file__).with_name("kafka-jars.txt")

_HEADER = f"""\
# The jars of Apache Kafka as Maven resolves {POM}: group:artifact:version sha256 bytes.
# Made by: python -m jisi.stack.kafka_jars (needs mvn). Do not edit by hand.
"""


def main() -> None:
    """Let Maven copy what the pom asks for, and write down what came."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(  # noqa: S603 - constants
            [
                *("mvn", "--batch-mode", "--quiet", "--file", str(POM), "dependency:copy-dependencies"),
                *(f"-DoutputDirectory={folder}", "-Dmdep.useRepositoryLayout=true", "-DincludeScope=runtime"),
            ],
            check=True,
        )
        jars = sorted(str(_pin(file, Path(folder))) for file in Path(folder).rglob("*.jar"))
    JAR_LIST.write_text(_HEADER + "\n".join(jars) + "\n")


def _pin(file: Path, repository: Path) -> PinnedJar:
    """Read the coordinate off the path: group/as/folders/artifact/version/artifact-version.jar."""
    version, artifact = file.parent, file.parent.parent
    return PinnedJar(
        group=".".join(artifact.parent.relative_to(repository).parts),
        artifact=artifact.name,
        version=version.name,
        sha256=sha256_of(file),
        size_bytes=file.stat().st_size,
    )


if __name__ == "__main__":
    main()
