"""What each grader is told of a question beside its text: one model a grader, read from the task's JSON object."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, field_validator, model_validator

from jisi.answers.question import FEWEST_OPTIONS, LETTERS
from jisi.errors import InputError
from jisi.grading.protocol import Reference

Model = TypeVar("Model", bound="_Reference")
Text = Annotated[str, Field(min_length=1)]
Answer = Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)]
"""A number is read as it is written."""


class _Reference(BaseModel):
    """Frozen and strict about names: an unknown field is a misspelt one."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class AnswerReference(_Reference):
    """Of graders `maths` and `factuality`: one right answer."""

    answer: Answer


class AnswersReference(_Reference):
    """Of graders `exact` and `normalised`: the right answer, or several of which each is right."""

    answer: tuple[Answer, ...]

    @field_validator("answer", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        listed = given if isinstance(given, list | tuple) else (given,)
        if not listed:
            raise ValueError("must hold at least one accepted answer")
        return listed


class ChoiceReference(_Reference):
    """Of grader `choice`: the letter of the right option, and how many options there are, or their texts in order."""

    answer: Annotated[str, Field(pattern=r"^[A-J]$")]
    choices: Annotated[int, Field(ge=FEWEST_OPTIONS, le=len(LETTERS))] | tuple[Text, ...]

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if not FEWEST_OPTIONS <= len(self.letters) <= len(LETTERS):
            raise ValueError(f"`choices` must be between {FEWEST_OPTIONS} and {len(LETTERS)}")
        if self.answer not in self.letters:
            raise ValueError(f"`answer` must be one of the {len(self.letters)} choices {self.letters}")
        return self

    @property
    def letters(self) -> str:
        """The letters there are."""
        return LETTERS[: self.choices if isinstance(self.choices, int) else len(self.choices)]


class BaselineReference(_Reference):
    """Of grader `pairwise`: the response that others are compared with."""

    baseline: Text


class StdinTest(_Reference):
    """A program's standard output for a standard input, compared line by line without white space at the ends."""

    stdin: str
    stdout: str


class CallTest(_Reference):
    """What `entry_point` returns for these arguments; both are JSON."""

    arguments: tuple[Any, ...]
    returns: Any


class AssertTest(_Reference):
    """Python that is run after the response's; it raises where the response is wrong."""

    asserts: Text


def _kind(test: object) -> str:
    """Tell a test by the field only its kind has."""
    fields = test if isinstance(test, Mapping) else vars(test) if isinstance(test, BaseModel) else {}
    return next((field for field in ("stdin", "asserts") if field in fields), "arguments")


CodeTest = Annotated[
    Annotated[StdinTest, Tag("stdin")] | Annotated[CallTest, Tag("arguments")] | Annotated[AssertTest, Tag("asserts")],
    Discriminator(_kind),
]


class CodeReference(_Reference):
    """Of grader `code`: tests, all of which have to pass."""

    tests: Annotated[tuple[CodeTest, ...], Field(min_length=1)]
    entry_point: Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")] | None = None
    """Name of the function, or of the method of class `Solution`, that call tests call."""
    seconds: Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)] | None = None
    """For each test; None: the sandbox's own limit."""

    @model_validator(mode="after")
    def _knows_what_to_call(self) -> Self:
        if self.entry_point is None and any(isinstance(test, CallTest) for test in self.tests):
            raise ValueError("`entry_point` must name the function that tests with `arguments` call")
        return self


class PatchReference(_Reference):
    """Of grader `patch`: a container image with a repository, and which of its tests tell whether a patch is right."""

    image: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:@-]*$")]
    """Has the repository, all it needs, and `git`."""
    folder: Annotated[str, Field(pattern=r"^/")] = "/testbed"
    """Of the repository in the image."""
    test_patch: str = ""
    """Unified diff with the tests; put over whatever the response does to the same files."""
    test_command: Text
    """For `bash -c`, in the folder."""
    log: Literal["pytest", "unittest"] = "pytest"
    """What the command writes: `pytest -rA`, or verbose unittest (Django)."""
    fail_to_pass: Annotated[tuple[Text, ...], Field(min_length=1)]
    pass_to_pass: tuple[Text, ...] = ()
    seconds: Annotated[float, Field(gt=0, le=7200, allow_inf_nan=False)] = 1800.0
    """For the test command."""


def read(model: type[Model], given: Reference) -> Model:
    """Read a reference.

    Raises:
        InputError: names each field that is wrong.
    """
    if not isinstance(given, Mapping):
        raise InputError("the reference of a question must be a JSON object")
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        wrong = "; ".join(
            f"{_place(one['loc'])}: {one['msg'].removeprefix('Value error, ')}" for one in error.errors()[:3]
        )
        raise InputError(f"the reference of a question is wrong: {wrong}") from None


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "reference"
