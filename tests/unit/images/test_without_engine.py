"""Tests that are to run in containers, on a machine where no Docker engine answers."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
USAGE_ERROR = 4


def test_a_sentence_instead_of_skips(tmp_path: Path) -> None:
    """Nothing is run nor skipped: it is said that there is no engine, and what to do."""
    command = [sys.executable, "-m", "pytest", "--servers=containers", "-p", "no:cacheprovider", "tests/integration"]
    environment = {**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/no-engine.sock"}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)

    assert ended.returncode == USAGE_ERROR
    assert "No Docker engine answers" in ended.stderr
    assert "skipped" not in ended.stdout
