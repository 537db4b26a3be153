"""The pinned list of jars."""

import pytest
from jisi.artefacts import PinnedJar, read_jar_list
from jisi.errors import InputError


def test_a_list_is_read_as_it_is_written() -> None:
    """Comments and empty lines are skipped; every other line is a jar."""
    jar = PinnedJar(group="org.example", artifact="part", version="1.0", sha256="ab" * 32, size_bytes=12)

    assert read_jar_list(f"# a comment\n\n{jar}\n") == (jar,)


def test_a_bad_line_is_named() -> None:
    """A line that is no jar is an error that says which line."""
    with pytest.raises(InputError, match="Line 2 of the jar list"):
        read_jar_list("# a comment\norg.example:part abc 12\n")
