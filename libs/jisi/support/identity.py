"""What all of a bank has in common, and why a process that differs is refused.

Similarities of vectors of different models mean nothing, and squares of token counts on different bases compare unlike
things (ALGORITHM.md 0). Neither shows in the answers, so both are refused outright.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from psycopg import AsyncConnection

from jisi.embedding.protocol import Embedder
from jisi.errors import InputError

TokenBasis = Literal["usage", "visible"]
"""What a bank's token counts are: completion tokens as billed, reasoning included, or without the reasoning."""


class BankMismatchError(InputError):
    """The bank was made with another embedder, or on another token basis, than is asked for now."""

    code: ClassVar[str] = "bank_mismatch"


@dataclass(frozen=True, slots=True)
class BankIdentity:
    """The one row that describes the bank; the last three are None while it is empty."""

    version: int
    embedder: str | None
    dimensions: int | None
    token_basis: TokenBasis | None

    def require_embedder(self, embedder: Embedder) -> None:
        """Raise BankMismatchError unless the bank is empty or was made with this embedder."""
        if self.embedder is None:
            return
        if (self.embedder, self.dimensions) != (embedder.identity, embedder.dimensions):
            raise BankMismatchError(
                f"The bank was embedded with {self.embedder} ({self.dimensions} dimensions), but this process embeds"
                f" with {embedder.identity} ({embedder.dimensions} dimensions), and their vectors cannot be compared."
                " Either set JISI_EMBEDDER and its companions to the embedder of the bank, or make the bank anew with"
                " this one: jisi bank export FILE, jisi bank clear, jisi bank import FILE."
            )

    def require_token_basis(self, token_basis: TokenBasis | None) -> None:
        """Raise BankMismatchError unless the bank is empty, or nothing else than its own basis is asked for."""
        if self.token_basis is not None and token_basis not in (None, self.token_basis):
            raise BankMismatchError(
                f"The bank counts tokens on the basis '{self.token_basis}', but '{token_basis}' is asked for, and"
                " counts of both kinds cannot be compared. Either leave --token-basis out, or make the bank anew on"
                " the other basis: jisi bank clear, then import again."
            )


async def read_identity(connection: AsyncConnection, *, lock: bool = False) -> BankIdentity:
    """Read the bank's row; with `lock`, other writers wait until the transaction ends."""
    statement = "select version, embedder, dimensions, token_basis from bank"
    cursor = await connection.execute(f"{statement} for update" if lock else statement)
    row = await cursor.fetchone()
    assert row is not None, "the migration inserts the bank's one row"
    return BankIdentity(*row)


async def write_identity(connection: AsyncConnection, identity: BankIdentity) -> None:
    """Write what describes the bank, its version apart."""
    await connection.execute(
        "update bank set embedder = %s, dimensions = %s, token_basis = %s",
        (identity.embedder, identity.dimensions, identity.token_basis),
    )


async def publish_version(connection: AsyncConnection) -> int:
    """Raise the bank's version and announce it; both take effect when the transaction commits."""
    cursor = await connection.execute(
        "with raised as (update bank set version = version + 1, changed_at = now() returning version)"
        " select version, pg_notify(%s, version::text) from raised",
        (CHANNEL,),
    )
    row = await cursor.fetchone()
    assert row is not None, "the migration inserts the bank's one row"
    return int(row[0])


CHANNEL = "jisi_bank"
"""Where a new version is announced to every router."""
