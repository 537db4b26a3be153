"""A stand-in for a service: serves /health at `JISI_HEALTH_PORT` and misbehaves as `DUMMY_...` variables say.

    DUMMY_DIES=now        writes a line to the log and exits with 3 before it is ready
    DUMMY_DIES=soon       exits with 4 as soon as it was seen ready
    DUMMY_FULL_DISK=1     fails as a program does whose disk is full
    DUMMY_DEAF=1          ignores SIGTERM
    DUMMY_CHILD=1         has a child of its own, which would live for ten minutes

/environment gives the JISI_... variables it was started with, /child the pid of its child.
"""

import json
import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import FrameType


def main() -> None:
    """Serve until told to end."""
    if os.environ.get("DUMMY_DIES") == "now":
        print("cannot find my settings", file=sys.stderr)  # noqa: T201 - the log
        sys.exit(3)
    if os.environ.get("DUMMY_FULL_DISK"):
        Path("/dev/full").write_text("no room for this")
    child = subprocess.Popen(["sleep", "600"]).pid if os.environ.get("DUMMY_CHILD") else None
    told = {name: value for name, value in os.environ.items() if name.startswith("JISI_")}
    health = {"ready": True, "instance": os.environ.get("JISI_INSTANCE")}
    pages = {"/health": health, "/environment": told, "/child": child}
    dies_soon = os.environ.get("DUMMY_DIES") == "soon"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(pages[self.path]).encode())
            if dies_soon:
                self.wfile.flush()
                os._exit(4)

    def end(number: int, _frame: FrameType | None) -> None:
        if not os.environ.get("DUMMY_DEAF"):
            print(f"ended by signal {number}", file=sys.stderr, flush=True)  # noqa: T201 - the log
            os._exit(0)

    signal.signal(signal.SIGTERM, end)
    HTTPServer(("127.0.0.1", int(os.environ["JISI_HEALTH_PORT"])), Handler).serve_forever()


if __name__ == "__main__":
    main()
