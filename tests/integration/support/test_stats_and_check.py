"""The bank in numbers, what is said about its weaknesses, and taking things out of it."""

import pytest
from jisi.database import driver_connection
from jisi.errors import InputError
from jisi.support.check import Finding, check_bank
from jisi.support.identity import read_identity
from jisi.support.reading import read_items
from jisi.support.removal import remove_dataset, remove_model
from jisi.support.stats import BankStatistics, bank_statistics
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.support.banks import line
from tests.integration.support.conftest import Fill


async def statistics(engine: AsyncEngine) -> BankStatistics:
    """Count what is in the bank."""
    async with driver_connection(engine, autocommit=True) as connection:
        return await bank_statistics(connection)


async def findings(engine: AsyncEngine, pool: list[str] | None = None) -> dict[str, Finding]:
    """Check the bank; findings by code."""
    async with driver_connection(engine, autocommit=True) as connection:
        return {finding.code: finding for finding in await check_bank(connection, pool=pool)}


async def test_statistics(engine: AsyncEngine, fill: Fill) -> None:
    """Items by dataset and split; scores, lengths, usable responses and cost by model."""
    await fill([line(0), line(1), line(2, split="test"), line(0, dataset="other")])

    counted = await statistics(engine)

    alpha, beta, gamma = counted.models
    assert [(each.dataset, each.split, each.items) for each in counted.datasets] == [
        ("other", "train", 1),
        ("sums", "train", 2),
        ("sums", "test", 1),
    ]
    assert (counted.items, counted.train_items) == (4, 3)
    assert (alpha.scores, alpha.train_scores, alpha.mean_score, alpha.mean_tokens, alpha.cost) == (4, 3, 1, 3.75, 1.0)
    assert (beta.responses, beta.usable, beta.mean_score) == (4, 4, 0)
    assert (gamma.scores, gamma.mean_score, gamma.responses, gamma.usable) == (0, None, 4, 0)
    assert counted.bytes_on_disk > 0


async def test_an_empty_bank(engine: AsyncEngine) -> None:
    """It has no numbers, and the check says so before all else."""
    counted = await statistics(engine)

    assert (counted.items, counted.models, counted.identity.embedder) == (0, [], None)
    assert (await findings(engine))["empty"].level == "error"


async def test_check(engine: AsyncEngine, fill: Fill) -> None:
    """Few items, leaks, repetitions, missing scores and unusable responses are each told."""
    await fill(
        [
            line(0),
            line(1, query="twice"),
            line(2, query="twice"),
            line(3, split="test", query="twice"),
            line(4, records={"alpha": 1.0}, usages={}, raw_output={}),
        ]
    )

    found = await findings(engine, pool=["alpha", "beta", "gamma", "epsilon"])

    assert {code: finding.level for code, finding in found.items()} == {
        "small": "warning",
        "test_items": "note",
        "leak": "warning",
        "repeated": "note",
        "no_evidence": "warning",
        "missing_scores": "warning",
        "missing_tokens": "warning",
        "missing_responses": "warning",
        "unusable_responses": "warning",
    }
    assert "gamma, epsilon" in found["no_evidence"].message
    assert "beta (3 of 4)" in found["missing_scores"].message
    assert "gamma (4 of 4)" in found["unusable_responses"].message


async def test_check_against_a_pool(engine: AsyncEngine, fill: Fill) -> None:
    """Models outside the pool are never asked; a pool without any evidence makes routing pointless."""
    await fill([line(0)])

    assert "alpha, beta, gamma" in (await findings(engine, pool=["epsilon"]))["not_eligible"].message
    assert (await findings(engine, pool=["epsilon"]))["no_evidence"].level == "error"


async def test_removing_a_dataset(engine: AsyncEngine, fill: Fill) -> None:
    """Its items go, the others stay, and a new version is announced."""
    await fill([line(0), line(1, dataset="other")])
    async with driver_connection(engine, autocommit=True) as connection:
        assert await remove_dataset(connection, "other") == 1

        assert [each async for lines in read_items(connection) for each in lines] == [line(0)]
        assert (await read_identity(connection)).version == 2
        with pytest.raises(InputError, match="no dataset 'other'"):
            await remove_dataset(connection, "other")


async def test_a_removed_model_comes_back_with_its_lines(engine: AsyncEngine, fill: Fill) -> None:
    """Its records and responses go; importing the same file again brings them back."""
    await fill([line(0), line(1)])
    async with driver_connection(engine, autocommit=True) as connection:
        assert await remove_model(connection, "beta") == 2
        with pytest.raises(InputError, match="no model 'beta'"):
            await remove_model(connection, "beta")
        without = [each async for lines in read_items(connection) for each in lines]

    assert [list(each["records"]) for each in without] == [["alpha", "gamma"]] * 2
    assert (await fill([line(0), line(1)])).replaced == 2
    assert [model.model for model in (await statistics(engine)).models] == ["alpha", "gamma", "beta"]
