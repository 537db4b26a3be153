"""The maths stands alone: numpy, and nothing else that is installed."""

import subprocess
import sys

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


def test_routing_imports_numpy_and_nothing_of_ours() -> None:
    """So its tests run where neither Kafka nor SQL nor HTTP libraries are installed."""
    ran = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, env={})

    assert ran.stdout.splitlines() == ["jisi", ""]
