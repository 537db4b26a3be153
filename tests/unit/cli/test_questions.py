"""Questions of a file and their ids."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st
from jisi.cli.questions import answered_ids, read_questions

LINES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\u2028\u2029\x85")).filter(
        str.strip
    ),
    min_size=1,
    max_size=6,
)


@given(LINES)
def test_ids_are_of_the_content(lines: list[str]) -> None:
    """The same lines give the same distinct ids, wherever blank ones stand between them."""
    plain = _ids("\n".join(lines))
    spaced = _ids("\n\n \n".join(lines) + "\n")

    assert plain == spaced
    assert len(set(plain)) == len(plain) == len(lines)


@given(LINES, st.text(alphabet="abc", min_size=1))
def test_an_added_line_changes_no_other_id(lines: list[str], added: str) -> None:
    """A file that grew asks only what is new."""
    assert _ids("\n".join([*lines, added]))[: len(lines)] == _ids("\n".join(lines))


def test_options_are_part_of_what_is_asked() -> None:
    """The same question with other options is another query: under the same id it would be a conflict."""
    assert _ids("x", mode="route") != _ids("x")


def test_no_answers_yet(tmp_path: Path) -> None:
    """A file that is not there, or empty, holds no answers."""
    (tmp_path / "empty").touch()

    assert answered_ids(tmp_path / "none") == answered_ids(tmp_path / "empty") == set()


def _ids(content: str, **given: object) -> list[str]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "questions.txt"
        file.write_text(content, encoding="utf-8", newline="")
        return [question.query_id for question in read_questions(file, given)]
