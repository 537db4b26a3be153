"""What stands in the address of a database comes to the driver as it is, and its passwords nowhere else."""

import pytest
from jisi.database import DatabaseAddress, create_engine, driver_url, shown_url
from jisi.errors import InputError
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from services.switch.settings import SwitchSettings

PASSWORD = "p@ss/word & more"
URL = (
    "postgresql+psycopg://jisi:p%40ss%2Fword%20%26%20more@db.example.org:6432/jisi"
    "?sslmode=verify-full&sslrootcert=/a%20folder/c%2Ba.pem&application_name=x"
)


def test_the_driver_gets_every_parameter() -> None:
    """Read as libpq reads it, nothing is lost or changed, neither spaces nor plus signs."""
    assert conninfo_to_dict(driver_url(URL)) == {
        "user": "jisi",
        "password": PASSWORD,
        "host": "db.example.org",
        "port": "6432",
        "dbname": "jisi",
        "sslmode": "verify-full",
        "sslrootcert": "/a folder/c+a.pem",
        "application_name": "x",
    }


def test_the_engine_gets_every_parameter() -> None:
    """SQLAlchemy hands them on to the driver."""
    engine = create_engine(URL, application_name="jisi")
    _, given = engine.dialect.create_connect_args(engine.url)

    assert (given["sslmode"], given["sslrootcert"]) == ("verify-full", "/a folder/c+a.pem")
    assert given["password"] == PASSWORD


@pytest.mark.parametrize(
    "url", [URL, "postgresql://h/d?password=p%40ss%2Fword&user=u", "postgresql://h/d?sslpassword=p%40ss%2Fword"]
)
def test_an_address_is_shown_without_its_password(url: str) -> None:
    """Wherever in it the password stands."""
    shown = shown_url(url)

    assert "p%40ss" not in shown
    assert "p@ss" not in shown
    assert shown.startswith("postgresql")


def test_another_database_is_refused_without_its_password() -> None:
    """The sentence tells what is wanted, not what was given."""
    with pytest.raises(InputError, match="mysql is no Postgres address") as refused:
        driver_url("mysql://u@h/d?password=secret")
    assert "secret" not in str(refused.value)


def test_what_needs_a_session_goes_past_the_pooler() -> None:
    """Without a pooler there is one address; with one, that of Postgres itself must be given."""
    assert DatabaseAddress("postgresql://a").session_url == "postgresql://a"
    assert DatabaseAddress("postgresql://a", True, "postgresql://b").session_url == "postgresql://b"
    with pytest.raises(InputError, match="JISI_DATABASE_DIRECT_URL"):
        _ = DatabaseAddress("postgresql://a", pooled=True).session_url


def test_settings_of_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty address is none, and no password is shown."""
    monkeypatch.setenv("JISI_DATABASE_URL", "postgresql://u:hidden@a/d")
    monkeypatch.setenv("JISI_DATABASE_POOLED", "true")
    monkeypatch.setenv("JISI_DATABASE_DIRECT_URL", "")
    assert SwitchSettings().database == DatabaseAddress("postgresql://u:hidden@a/d", pooled=True)

    settings = SwitchSettings(database_direct_url=SecretStr("postgresql://u:hidden@b/d"))
    assert settings.database.session_url == "postgresql://u:hidden@b/d"
    assert "hidden" not in f"{settings!r} {settings.database!r}"
