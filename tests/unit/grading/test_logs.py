"""Test runs' logs are read."""

from jisi.grading.patches.logs import pytest_outcomes, unittest_outcomes


def test_pytest() -> None:
    """As `pytest -rA` sums up, in colour or not; a test told twice passes twice; SWE-bench cuts names at spaces."""
    log = (
        "tests/test_a.py::test_x PASSED [ 50%]\n"
        "=== short test summary info ===\n"
        "\x1b[32mPASSED\x1b[0m tests/test_a.py::\x1b[1mtest_x\x1b[0m\n"
        "PASSED tests/test_a.py::test_y[a b]\n"
        "FAILED tests/test_a.py::test_z - AssertionError: assert 1 == 2\n"
        "PASSED tests/test_a.py::test_z\n"
        "ERROR tests/test_b.py::test_e - fixture 'x' not found\n"
        "XFAIL tests/test_b.py::test_known\n"
        "PASSED whatever a program prints\n"
    )

    assert pytest_outcomes(log) == {
        "tests/test_a.py::test_x": "passed",
        "tests/test_a.py::test_y[a b]": "passed",
        "tests/test_a.py::test_y[a": "passed",
        "tests/test_a.py::test_z": "failed",
        "tests/test_b.py::test_e": "failed",
        "tests/test_b.py::test_known": "passed",
    }


def test_unittest() -> None:
    """As verbose unittest and Django's runner tell each test."""
    log = (
        "test_a (app.tests.Case) ... ok\n"
        "test_b (app.tests.Case) ... FAIL\n"
        "test_c (app.tests.Case) ... skipped 'no database'\n"
        "test_d (app.tests.Case) ... some output\n"
        "Ran 4 tests in 0.1s\n"
    )

    assert unittest_outcomes(log) == {
        "test_a (app.tests.Case)": "passed",
        "test_b (app.tests.Case)": "failed",
        "test_c (app.tests.Case)": "failed",
    }
