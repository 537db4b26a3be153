"""A supervisor reduced to its tether: holds one dummy service that has a child, prints all pids, waits to be killed."""

import json
import sys
import time
from pathlib import Path
from urllib.request import urlopen

from jisi.stack.ports import free_port, is_open
from jisi.stack.tether import Tethered

from tests.support.services.programs import dummy_command


def main() -> None:
    """Start, report as one line of JSON, wait."""
    port = free_port()
    held = Tethered(
        dummy_command(
            Path(sys.argv[1]), port=port, grace_seconds=2.0, env={"DUMMY_CHILD": "1", "DUMMY_DEAF": sys.argv[2]}
        )
    )
    held.await_ready(lambda: is_open(port), name="dummy", within_seconds=30.0)
    with urlopen(f"http://127.0.0.1:{port}/child") as answer:
        child = json.load(answer)
    print(json.dumps({"service": held.pid, "child": child}), flush=True)  # noqa: T201 - the report
    time.sleep(600)


if __name__ == "__main__":
    main()
