"""Where Postgres is, behind a pooler or not."""

from dataclasses import dataclass, field

from jisi.errors import InputError


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Address of a database; behind a pooler in transaction mode there are two, for it gives nobody a session."""

    url: str = field(repr=False)
    """For everyday statements: any Postgres URL, libpq's parameters in its query; it may hold a password."""
    pooled: bool = False
    """Whether it is that of a pooler in transaction mode: nothing may be left there for the next transaction."""
    direct_url: str | None = field(default=None, repr=False)
    """Of Postgres itself, where `url` is not."""

    @property
    def session_url(self) -> str:
        """For what needs a session of its own: notifications, migrations, making databases.

        Raises:
            InputError: there is nothing but a pooler.
        """
        if self.direct_url is not None:
            return self.direct_url
        if self.pooled:
            raise InputError(
                "JISI_DATABASE_POOLED says that JISI_DATABASE_URL is a pooler in transaction mode, through which no "
                "notification comes and no migration can be locked: give the address of Postgres itself in "
                "JISI_DATABASE_DIRECT_URL."
            )
        return self.url
