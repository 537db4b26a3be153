"""What an image holds: `python - FOLDER`, run by the image's own Python in a container, as root who sees all."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

TOOLS = ("gcc", "cc", "c++", "ld", "as", "strip", "make", "pip", "pip3")
MODULES = ("pip", "onnxruntime", "tokenizers", "onnx", "pytest", "tests", "services.router", "jisi.simulate")
NOT_FILES = ("/proc", "/sys", "/dev")


def files(top: str) -> list[str]:
    """Give all files below a folder, of this file system alone."""
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if str(Path(folder, name)) not in NOT_FILES]
        found += [str(Path(folder, name)) for name in names]
    return found


def has_pip(python: str) -> bool:
    """Whether this Python could install anything."""
    return subprocess.run([python, "-I", "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def main() -> None:
    """Print the inventory as JSON."""
    found = {
        "tools": [tool for tool in TOOLS if shutil.which(tool)],
        "modules": [module for module in MODULES if importlib.util.find_spec(module)],
        "pip": [python for python in (sys.executable, os.path.realpath(sys.executable)) if has_pip(python)],
        "files": files(sys.argv[1]),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
