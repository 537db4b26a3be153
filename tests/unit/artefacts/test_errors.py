"""Sentences for a full disk."""

import errno
from pathlib import Path

import pytest
from jisi.artefacts.errors import DiskFullError, IndexUnreachableError, full_disk_is_told
from jisi.artefacts.wheels import failure_of_pip
from jisi.errors import PermanentError


def test_no_space_left_becomes_a_sentence() -> None:
    """The operating system's error is replaced by one that names the folder and says what to do."""
    with (
        pytest.raises(DiskFullError, match="No space is left on the disk of /data: free some"),
        full_disk_is_told(Path("/data")),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_other_errors_stay_what_they_are() -> None:
    """Only a full disk is told as one."""
    with pytest.raises(PermissionError), full_disk_is_told(Path("/data")):
        raise PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize(
    ("output", "kind", "sentence"),
    [
        ("ERROR: [Errno 28] No space left on device", DiskFullError, "No space is left on the disk of /cache"),
        ("/usr/bin/python: No module named pip", PermanentError, "pip is missing"),
        (
            "WARNING: Retrying (Retry(total=1)) after connection broken by 'ConnectTimeoutError'\nERROR: No matching",
            IndexUnreachableError,
            "could not be reached",
        ),
        ("ERROR: No matching distribution found for a==1", IndexUnreachableError, "does not serve a==1"),
    ],
)
def test_what_pip_says_becomes_a_sentence(output: str, kind: type[Exception], sentence: str) -> None:
    """Each way in which pip fails has its own error and sentence."""
    error = failure_of_pip("a==1", output, Path("/cache"))

    assert type(error) is kind
    assert sentence in str(error)
