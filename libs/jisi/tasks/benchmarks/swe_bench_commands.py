"""How the repositories of SWE-bench are tested: after `swebench/harness/constants/python.py` of SWE-bench (MIT)."""

import re
import shlex
from collections.abc import Mapping
from typing import Literal

LOG_OF: Mapping[str, Literal["pytest", "unittest"]] = {
    "astropy/astropy": "pytest",
    "django/django": "unittest",
    "matplotlib/matplotlib": "pytest",
    "mwaskom/seaborn": "pytest",
    "pallets/flask": "pytest",
    "psf/requests": "pytest",
    "pydata/xarray": "pytest",
    "pylint-dev/pylint": "pytest",
    "pytest-dev/pytest": "pytest",
    "scikit-learn/scikit-learn": "pytest",
    "sphinx-doc/sphinx": "pytest",
    "sympy/sympy": "unittest",
}
"""What the tests of each repository write."""

_ACTIVATE = "source /opt/miniconda3/bin/activate && conda activate testbed"
_UTF8 = "export LANG=en_US.UTF-8 LC_ALL=en_US.UTF-8 LANGUAGE=en_US:en PYTHONIOENCODING=utf8"
_PYTEST = "pytest -rA"
_COMMANDS: Mapping[str, str] = {
    "astropy/astropy": "pytest -rA -vv -o console_output_style=classic --tb=no",
    "django/django": "./tests/runtests.py --verbosity 2 --settings=test_sqlite --parallel 1",
    "mwaskom/seaborn": "pytest --no-header -rA",
    "sphinx-doc/sphinx": "tox --current-env -epy39 -v --",
    "sympy/sympy": "PYTHONWARNINGS='ignore::UserWarning,ignore::SyntaxWarning' bin/test -C --verbose",
}
"""Where it is not plain pytest."""
_OLD_DJANGO = "./tests/runtests.py --verbosity 2"
"""Of version 1.9, which knows no test_sqlite in that place."""
_AS_UNITTEST = r"sed -uE 's/^ *(test_[^ ]+) ok$/\1 ... ok/; s/^ *(test_[^ ]+) [EF]$/\1 ... FAIL/'"
"""SymPy's own runner writes `test_name ok`; this is the form of unittest."""
_CHANGED = re.compile(r"^diff --git a/.* b/(.*)$", re.MULTILINE)
_NO_TESTS = (".json", ".png", "csv", ".txt", ".md", ".jpg", ".jpeg", ".pkl", ".yml", ".yaml", ".toml")
"""Endings of files that a test patch brings along."""


def command_of(repository: str, version: str, test_patch: str) -> str:
    """Give the shell command that runs the test files which a test patch touches, in the repository's folder."""
    django = repository == "django/django"
    command = _OLD_DJANGO if django and version == "1.9" else _COMMANDS.get(repository, _PYTEST)
    files = [file for file in _CHANGED.findall(test_patch) if not file.endswith(_NO_TESTS)]
    tests = [_module(file) for file in files] if django else files
    run = " ".join([command, *map(shlex.quote, dict.fromkeys(tests))])
    if repository == "sympy/sympy":
        run = f"{run} | {_AS_UNITTEST}"
    return " && ".join([_ACTIVATE, *([_UTF8] if django else []), run])


def _module(file: str) -> str:
    return file.removesuffix(".py").removeprefix("tests/").replace("/", ".")
