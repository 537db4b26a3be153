"""The pool file of the local experts, as the services read it."""

import tomllib
from pathlib import Path

from jisi.cli.pool_source import PoolSource, choose_pool, last_choice, remember_choice
from jisi.llm.pool import load_pool
from jisi.llm.request import chat_messages
from jisi.llm.spec import Pool
from jisi.local.experts import EXPERTS, MODEL_NAME
from jisi.local.pool_file import CONTEXT_TOKENS, SLOTS, local_pool_toml
from jisi.stack.settings import StackSettings

URL = "http://127.0.0.1:20001/v1"
CHAT = [{"role": "user", "content": "What is 2 + 2?"}]


def _pool(folder: Path) -> Pool:
    file = folder / "pool.toml"
    file.write_text(local_pool_toml(URL), encoding="utf-8")
    return load_pool(file)


def test_five_experts_of_one_model(tmp_path: Path) -> None:
    """All experts live at one endpoint and are one model at one price, so a bank's records alone tell them apart."""
    pool = _pool(tmp_path)

    assert [model.name for model in pool.eligible] == [expert.name for expert in EXPERTS]
    assert len(EXPERTS) == 5
    assert pool.default_model == EXPERTS[0].name
    assert {(model.base_url, model.model) for model in pool.models} == {(URL, MODEL_NAME)}
    assert len({(model.prompt_price, model.completion_price) for model in pool.models}) == 1
    assert {model.limits.concurrency for model in pool.models} == {SLOTS}
    assert {model.limits.context_tokens for model in pool.models} == {CONTEXT_TOKENS}


def test_no_two_are_asked_alike(tmp_path: Path) -> None:
    """Each expert gets the same question with another prompt or another sampling."""
    asked = {
        (repr(chat_messages(model, CHAT)), model.sampling.model_dump_json(), repr(model.extra_body))
        for model in _pool(tmp_path).models
    }

    assert len(asked) == len(EXPERTS)


def test_prompts_arrive_whole(tmp_path: Path) -> None:
    """Quotation marks and line ends of the prompts survive the file."""
    prompts = {model.name: model.system_prompt for model in _pool(tmp_path).models}

    assert prompts == {expert.name: expert.system_prompt for expert in EXPERTS}


def test_prices_are_marked_as_nominal() -> None:
    """Whoever reads the file learns that nobody sends a bill."""
    text = local_pool_toml(URL)

    assert "Nobody sends a bill" in text
    assert tomllib.loads(text)["model"][0]["prompt_price"] > 0


def test_the_local_pool_is_chosen_and_remembered(tmp_path: Path) -> None:
    """`--pool local` starts one server beside the services, and the next start chooses it again at the same port."""
    settings = StackSettings(data=tmp_path, pool=None)
    source = choose_pool(settings, "local")
    remember_choice(tmp_path, source)
    again = choose_pool(settings, None)
    (process,) = source.processes

    assert (process.module, process.arguments) == ("jisi.local", ("--port", str(source.port)))
    assert process.health_path == "/health"
    assert last_choice(tmp_path).kind == "local"
    assert again == PoolSource(kind="local", chosen=False, port=source.port)
