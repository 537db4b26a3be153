"""The tail rule where the model's own window is not at hand."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.embedding.tail import TailOfCharacters, TailOfTokens
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace


@pytest.fixture(scope="module")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a tokenizer of words, which pads and truncates as published ones do."""
    tokenizer = Tokenizer(WordLevel({"[UNK]": 0, "one": 1, "two": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(length=8)
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(file))
    return file


@given(st.text(max_size=30), st.integers(1, 40))
def test_the_last_characters(text: str, characters: int) -> None:
    """The end of the text, as long as asked for."""
    tail = TailOfCharacters(characters)(text)

    assert text.endswith(tail)
    assert len(tail) == min(len(text), characters)


def test_the_last_tokens(tokenizer_file: Path) -> None:
    """The text from its third-last word on, whatever the tokenizer's file says of truncation and padding."""
    tail = TailOfTokens(tokens=3, tokenizer_file=tokenizer_file)

    assert tail("one two one  two unknown") == "one  two unknown"
    assert tail("two one") == "two one"
    assert tail("") == ""


def test_the_rule_is_part_of_the_identity(tokenizer_file: Path) -> None:
    """Another length or another unit gives other vectors, hence another name."""
    assert TailOfCharacters(900).name == "tail-900-characters"
    assert TailOfTokens(tokens=300, tokenizer_file=tokenizer_file).name == "tail-300"
