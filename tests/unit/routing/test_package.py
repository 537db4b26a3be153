"""The maths stands alone: numpy, and nothing else that is installed."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import importlib, pkgutil, sys
import numpy
before = set(sys.modules)
import jisi.routing
for module in pkgutil.iter_modules(jisi.routing.__path__):
    importlib.import_module(f"jisi.routing.{module.name}")
loaded = {name.split(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names) - {"numpy"}
print(*sorted(loaded))
print(*sorted(name for name in sys.modules if name.startswith("jisi.") and not name.startswith("jisi.routing")))
"""

TESTS = """
import sys
from importlib.metadata import packages_distributions
import pytest
needed = {"jisi", "numpy", "hypothesis", "pytest", "pluggy", "iniconfig", "packaging", "pygments", "sortedcontainers"}
for module, distributions in packages_distributions().items():
    if not needed & {name.lower() for name in distributions}:
        sys.modules[module] = None
sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "tests/unit/routing"]))
"""
"""Collects these tests as if nothing else were installed, pytest's plugins included."""


def test_routing_imports_numpy_and_nothing_of_ours() -> None:
    """So its tests run where neither Kafka nor SQL nor HTTP libraries are installed."""
    ran = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, env={})

    assert ran.stdout.splitlines() == ["jisi", ""]


def test_its_tests_need_numpy_pytest_and_hypothesis_alone() -> None:
    """They are collected where nothing else is installed: no fixture or plugin of other tests is in their way."""
    root = Path(__file__).parents[3]
    ran = subprocess.run(
        [sys.executable, "-c", TESTS],
        check=False,
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
