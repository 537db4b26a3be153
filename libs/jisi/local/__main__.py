"""`python -m jisi.local`: serve the local model."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from jisi.errors import JisiError
from jisi.local.pins import fetch_local_files
from jisi.local.pool_file import local_pool_toml
from jisi.local.server import serve, usual_threads


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal ends it; returns only when it cannot be done."""
    given = _parser().parse_args(arguments)
    try:
        files = fetch_local_files()
        if given.pool is not None:
            given.pool.write_text(local_pool_toml(f"http://{given.host}:{given.port}/v1"), encoding="utf-8")
        serve(files, host=given.host, port=given.port, threads=given.threads)
    except (JisiError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m jisi.local", description="Serve the local model, five experts.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--threads", type=int, default=usual_threads(), help="default: half of the processors, up to 4")
    parser.add_argument("--pool", type=Path, metavar="FILE", help="write the pool file of the five experts there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
