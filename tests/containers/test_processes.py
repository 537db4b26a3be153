"""How the images' processes start, tell of their health, and end: confined as docker-compose.yml confines them."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.containers.images import TARGETS, Images
from tests.containers.project import SERVICES, inspected
from tests.support.docker import docker, logged, owner_labels, tried
from tests.support.waiting import eventually

CONFINED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true")
HEALTH = "{{.State.Health.Status}}"
EXIT_CODE = "{{.State.ExitCode}}"
GRACE_SECONDS = 45
ENDED_BY_SIGTERM = 143

Start = Callable[..., str]


@pytest.fixture
def start(images: Images) -> Iterator[Start]:
    """Give a function that starts a container of an image, confined, and gives its id."""
    ((label, owner),) = owner_labels().items()
    started: list[str] = []

    def run(target: str, *options: str) -> str:
        started.append(f"jisi-test-{uuid.uuid4().hex[:8]}")
        marks = ("--detach", "--name", started[-1], "--label", f"{label}={owner}")
        return docker("run", *marks, *CONFINED, *options, images.name(target))

    yield run
    tried("rm", "--force", "--volumes", *started)


@pytest.mark.parametrize("target", TARGETS)
async def test_sigterm_while_it_starts(target: str, start: Start) -> None:
    """A process that is told to end while it still imports ends, and need not be killed."""
    container = start(target)

    def runs() -> bool:
        return bool({"python", "jisi"} & set(docker("top", container, "-o", "pid,comm").split()))

    await eventually(runs, within_seconds=60)
    docker("stop", "--time", str(GRACE_SECONDS), container)

    assert int(inspected(container, EXIT_CODE)) in {0, ENDED_BY_SIGTERM}


@pytest.mark.parametrize("target", SERVICES)
async def test_sigterm_while_it_waits_for_servers(target: str, start: Start) -> None:
    """A service that cannot start yet ends in order when it is told to."""
    container = start(target)
    await eventually(
        lambda: "cannot start yet" in logged(container),
        within_seconds=60,
        interval_seconds=0.2,
    )
    docker("stop", "--time", str(GRACE_SECONDS), container)

    assert int(inspected(container, EXIT_CODE)) == 0


async def test_health_of_what_works(start: Start) -> None:
    """The image's own check finds a process that works healthy; told to end, it does so in order."""
    container = start("simulated-pool", "--health-interval", "1s")
    await eventually(lambda: inspected(container, HEALTH) == "healthy", within_seconds=60, interval_seconds=0.2)
    docker("stop", "--time", str(GRACE_SECONDS), container)

    assert int(inspected(container, EXIT_CODE)) == 0


@pytest.mark.parametrize("target", SERVICES)
async def test_health_of_what_does_not(target: str, start: Start) -> None:
    """A service without its servers is unhealthy by the image's own check, and goes on trying."""
    options = ("--health-interval", "1s", "--health-start-period", "1s", "--health-retries", "1")
    container = start(target, *options)
    await eventually(lambda: inspected(container, HEALTH) == "unhealthy", within_seconds=60, interval_seconds=0.2)

    assert inspected(container, "{{.State.Running}}") == "true"
