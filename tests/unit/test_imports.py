"""Importing does nothing: no module needs an environment, opens anything or changes a global."""

import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import jisi

import migrations
import services

ROOT = Path(__file__).parents[2]
NEEDS_A_RUN = ("migrations.env",)
"""Alembic's entry point works when it is imported, which is how Alembic calls it."""
NEEDS_AN_EXTRA = ("jisi.embedding.local_model",)
"""Its library is an extra, tested apart (tests/extras)."""

_PROGRAM = """
import importlib, json, logging, signal, sys, threading, warnings
warnings.simplefilter("error", ResourceWarning)
failed = {}
before = (signal.getsignal(signal.SIGTERM), logging.getLogger().level, len(logging.getLogger().handlers))
for name in json.load(sys.stdin):
    try:
        importlib.import_module(name)
    except BaseException as error:
        failed[name] = repr(error)
    if threading.active_count() > 1:
        failed.setdefault(name, f"started {threading.enumerate()}")
after = (signal.getsignal(signal.SIGTERM), logging.getLogger().level, len(logging.getLogger().handlers))
print(json.dumps({"failed": failed, "changed": before != after}))
"""


def modules() -> list[str]:
    """Give the names of all modules of ours."""
    found = []
    for package in (jisi, services, migrations):
        found += [one.name for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return sorted(name for name in found if name not in (*NEEDS_A_RUN, *NEEDS_AN_EXTRA))


def test_every_module_imports_with_an_empty_environment() -> None:
    """No import reads settings, starts a thread, takes a signal or sets up logging."""
    names = modules()
    assert len(names) > 100
    finished = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": os.pathsep.join([str(ROOT / "libs"), str(ROOT)])},
        cwd=ROOT / "tests",
    )

    assert json.loads(finished.stdout) == {"failed": {}, "changed": False}
