"""Reading `pool.toml`: what is right is taken, what is wrong is told by line and field."""

from pathlib import Path

import pytest
from jisi.errors import InputError
from jisi.llm.pool import PoolFileError, PoolProblem, load_pool
from jisi.llm.spec import ModelLimits, ModelSpec, Pool, Sampling, Timeouts

WHOLE = """\
default_model = "big"

[[model]]
name = "small"
base_url = "http://127.0.0.1:9000/v1/"
model = "small-8b"
prompt_price = 0.1
completion_price = 0.4

[[model]]
name = "big"
base_url = "https://host/v1"
model = "big-400b"
api_key_env = "BIG_KEY"
system_prompt = "Think."
prompt_price = 3
completion_price = 15
sampling = { temperature = 0.6, top_p = 0.95 }
limits = { concurrency = 8, requests_per_minute = 60, context_tokens = 128_000, max_tokens = 8192 }
extra_body = { chat_template_kwargs = { enable_thinking = true } }

[model.timeouts]
connect_seconds = 1
chunk_seconds = 30.5

[[model]]
name = "closed"
base_url = "https://elsewhere/v1"
model = "closed-1"
prompt_price = 10
completion_price = 30
eligible = false
"""


def _load(folder: Path, text: str) -> Pool:
    file = folder / "pool.toml"
    file.write_text(text, encoding="utf-8")
    return load_pool(file)


def _problems(folder: Path, text: str) -> list[PoolProblem]:
    with pytest.raises(PoolFileError) as raised:
        _load(folder, text)
    assert isinstance(raised.value, InputError)
    for problem in raised.value.problems:
        assert f"pool.toml:{problem.line}: {problem.field}: " in str(raised.value)
    return list(raised.value.problems)


def _model(**fields: str) -> str:
    given = {
        "name": '"a"',
        "base_url": '"http://host/v1"',
        "model": '"m"',
        "prompt_price": "0",
        "completion_price": "0",
        **fields,
    }
    return "[[model]]\n" + "\n".join(f"{name} = {value}" for name, value in given.items() if value) + "\n"


def test_everything_is_read(tmp_path: Path) -> None:
    """Every field arrives, what is left out has its default, and the order of the file is kept."""
    pool = _load(tmp_path, WHOLE)

    assert [model.name for model in pool.models] == ["small", "big", "closed"]
    assert [model.name for model in pool.eligible] == ["small", "big"]
    assert pool.default_model == "big"
    assert pool.by_name["small"] == ModelSpec(
        name="small", base_url="http://127.0.0.1:9000/v1", model="small-8b", prompt_price=0.1, completion_price=0.4
    )
    assert pool.by_name["big"] == ModelSpec(
        name="big",
        base_url="https://host/v1",
        model="big-400b",
        api_key_env="BIG_KEY",
        system_prompt="Think.",
        prompt_price=3,
        completion_price=15,
        sampling=Sampling(temperature=0.6, top_p=0.95),
        limits=ModelLimits(concurrency=8, requests_per_minute=60, context_tokens=128_000, max_tokens=8192),
        timeouts=Timeouts(connect_seconds=1, chunk_seconds=30.5, total_seconds=600),
        extra_body={"chat_template_kwargs": {"enable_thinking": True}},
    )


def test_the_first_eligible_model_is_the_default(tmp_path: Path) -> None:
    """Where no default is named, the first model that may be asked is it."""
    pool = _load(tmp_path, _model(name='"x"', eligible="false") + _model(name='"y"') + _model(name='"z"'))

    assert pool.default_model == "y"


@pytest.mark.parametrize(
    ("text", "line", "field", "words"),
    [
        (_model(concurrency="3"), 7, "model 1, concurrency", "known are"),
        (_model(base_url="", base_ur='"http://host/v1"'), 6, "model 1, base_ur", "did you mean base_url?"),
        (_model(limits="{ concurency = 3 }"), 7, "model 1, limits.concurency", "did you mean concurrency?"),
        (_model(base_url=""), 1, "model 1, base_url", "is missing"),
        (_model(prompt_price=""), 1, "model 1, prompt_price", "USD a million tokens"),
        (_model(prompt_price="-1"), 5, "model 1, prompt_price", "greater than or equal to 0"),
        (_model(prompt_price="nan"), 5, "model 1, prompt_price", "finite"),
        (_model(prompt_price='"3"'), 5, "model 1, prompt_price", "number"),
        (_model(completion_price="true"), 6, "model 1, completion_price", "number"),
        (_model(limits="{ concurrency = 0 }"), 7, "model 1, limits.concurrency", "greater than or equal to 1"),
        (_model(limits="{ concurrency = 1.5 }"), 7, "model 1, limits.concurrency", "integer"),
        (_model(limits="3"), 7, "model 1, limits", "dictionary"),
        (_model(eligible='"no"'), 7, "model 1, eligible", "boolean"),
        (_model(base_url='"host/v1"'), 3, "model 1, base_url", "https://host/v1"),
        (_model(base_url='"http://host/v1/chat/completions"'), 3, "model 1, base_url", "before /chat/completions"),
        (_model(base_url='"http://host/v1?key=1"'), 3, "model 1, base_url", "extra_body"),
        (_model(extra_body="{ stream = false }"), 7, "model 1, extra_body", "set by JiSi itself"),
        (_model(name='""'), 2, "model 1, name", "at least 1 character"),
        (_model(name='" a"'), 2, "model 1, name", "pattern"),
        (_model(system_prompt='"\\u0000"'), 1, "model 1", "NUL"),
        (_model() + _model(), 8, "model 2, name", "the model of line 2 already"),
        (_model() + 'models = "x"\n', 7, "model 1, models", "did you mean model?"),
        ('defaultmodel = "a"\n' + _model(), 1, "defaultmodel", "did you mean default_model?"),
        ('default_model = "b"\n' + _model(), 1, "default_model", "choose one of a"),
        ('default_model = "x"\n' + _model(name='"y"') + _model(name='"x"', eligible="false"), 1, "default_model", "y"),
        ("default_model = 3\n" + _model(), 1, "default_model", "in quotation marks"),
        (_model(eligible="false"), 1, "model", "at least one"),
        ("", 1, "model", "at least one [[model]]"),
        ('[model]\nname = "a"\n', 1, "model", "doubled brackets"),
        ("\n\nname = \n", 3, "file", "is not TOML"),
        ('name = "', 1, "file", "is not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, line: int, field: str, words: str) -> None:
    """Each mistake is told with the line and field it stands in and what to do about it."""
    problems = _problems(tmp_path, text)

    assert (line, field) in [(problem.line, problem.field) for problem in problems]
    assert any(words in problem.message for problem in problems if problem.field == field)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """A file with several mistakes is mended in one go, from the top to the bottom."""
    text = 'default_model = "q"\n' + _model(prompt_price="-1", model="") + _model(name='"b"', top_p="1")

    assert [problem.line for problem in _problems(tmp_path, text)] == [1, 2, 5, 13]


@pytest.mark.parametrize(
    "fields",
    [
        {"api_key": '"sk-verysecret"'},
        {"API_KEY": '"sk-verysecret"'},
        {"token": '"sk-verysecret"'},
        {"api_key_env": '"sk-verysecret"'},
        {"api_key_env": '"sk_verysecret"'},
        {"extra_body": '{ api_key = "sk-verysecret" }'},
        {"extra_body": '{ headers = [{ Authorization = "Bearer sk-verysecret" }] }'},
        {"base_url": '"http://me:sk-verysecret@host/v1"'},
        {"sampling": '{ seed = "sk-verysecret" }'},
    ],
)
def test_a_secret_is_refused_and_not_repeated(tmp_path: Path, fields: dict[str, str]) -> None:
    """A key written into the file is refused, and the error does not carry it on."""
    with pytest.raises(PoolFileError) as raised:
        _load(tmp_path, _model(**fields))

    assert "verysecret" not in str(raised.value)
    assert "verysecret" not in repr(raised.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a folder and a file in another encoding are told as such."""
    (tmp_path / "latin1.toml").write_bytes('name = "\xe9"'.encode("latin-1"))
    for name, words in (("missing.toml", "No such file"), (".", "directory"), ("latin1.toml", "UTF-8")):
        with pytest.raises(PoolFileError, match=words):
            load_pool(tmp_path / name)


def test_a_pool_cannot_be_changed(tmp_path: Path) -> None:
    """A pool in use is never changed under its users."""
    pool = _load(tmp_path, WHOLE)

    with pytest.raises(ValueError, match="frozen"):
        pool.default_model = "small"  # type: ignore[misc]  # this is what is tested
