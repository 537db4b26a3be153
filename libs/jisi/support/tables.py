"""The tables of the bank: what an item, a model, a record and a response are in Postgres.

One row a model and item, not one wide row an item: adding a model is an insert. Scores and tokens stand apart from
texts and vectors, because the router reads the former whole and the latter a few hundred at a time (ENGINEERING.md 3).
"""

from pgvector.sqlalchemy import Vector
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from jisi.database.metadata import metadata

bank = Table(
    "bank",
    metadata,
    Column("id", Boolean, primary_key=True, server_default=text("true")),
    Column("version", BigInteger, nullable=False, server_default=text("0")),
    Column("embedder", Text),
    Column("dimensions", Integer),
    Column("token_basis", Text),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("id", name="one_row"),
    CheckConstraint("token_basis in ('usage', 'visible')", name="token_basis"),
)
"""One row. `version` grows with every commit that changes an item, a record or a response; `embedder`, `dimensions` and
`token_basis` are null while the bank is empty and then hold for all of it."""

model = Table(
    "model",
    metadata,
    Column("id", SmallInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)
"""Every model the bank has a record of, reference models too; which are eligible is the pool's to say."""

item = Table(
    "item",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("index", BigInteger, nullable=False),
    Column("split", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("embedding", Vector(), nullable=False),
    Column("gt", JSON),
    Column("extra", JSON),
    Column("keys", ARRAY(Text), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    UniqueConstraint("dataset", "index", "split"),
    CheckConstraint("split in ('train', 'test')", name="split"),
)
"""A benchmark query. `id` is the item order that settles ties. `keys` are the keys of its line, in their order, and
`extra` those the format does not name, so that an export loses nothing; `digest` tells whether a line has changed."""

record = Table(
    "record",
    metadata,
    Column("item_id", BigInteger, ForeignKey(item.c.id, ondelete="cascade"), primary_key=True),
    Column("model_id", SmallInteger, ForeignKey(model.c.id), primary_key=True),
    Column("score", Double),
    Column("tokens", Integer),
    Column("prompt_tokens", Integer),
    Column("cost", Double),
    Column("source", JSON),
)
"""One model's result on one item. `score` in [0, 1] and `tokens` (completion tokens, on the bank's basis) are null
where not recorded; `source` is what the line says where these columns alone would not give it back (true for 1.0)."""

response = Table(
    "response",
    metadata,
    Column("item_id", BigInteger, ForeignKey(item.c.id, ondelete="cascade"), primary_key=True),
    Column("model_id", SmallInteger, ForeignKey(model.c.id), primary_key=True),
    Column("text", Text),
    Column("embedding", Vector()),
)
"""One model's response to one item; `embedding` is null where the response is not usable."""
