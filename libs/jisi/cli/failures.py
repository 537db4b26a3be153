"""How a command that fails says so: one sentence on standard error, never a stack trace."""

import traceback

from rich.text import Text

from jisi.cli.output import notes, print_json
from jisi.errors import JisiError

FAILED = 1
_DATABASE_ADVICE = {
    "certificate verify failed": ": sslrootcert in the address must name the authority that signed its certificate",
    "does not match host name": ": the address must name the host that its certificate was made out to",
    "no encryption": ": it wants TLS, so add ?sslmode=verify-full&sslrootcert=/path/of/its/authority.pem",
}
"""What to do about what libpq says without saying that."""
INTERRUPTED = 130
"""What a shell reports of a command ended by Ctrl-C."""


def tell_failure(error: Exception, *, as_json: bool) -> int:
    """Print a failure and give the exit code; with --json it is an object on standard output, like any result."""
    code, sentence = describe_failure(error)
    if as_json:
        print_json({"error": code, "message": sentence})
    else:
        notes().print(Text(sentence, style="red"), soft_wrap=True)
    return FAILED


def describe_failure(error: Exception) -> tuple[str, str]:
    """Give the stable name of a failure, and the sentence that tells it."""
    if isinstance(error, JisiError):
        return error.code, str(error)
    told = _settings_failure(error) or _database_failure(error)
    if told is not None:
        return told
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({last[0].filename}:{last[0].lineno})" if last else ""
    said = " ".join(str(error).split()) or "no message"
    return "bug", f"This is a bug in JiSi: {type(error).__name__}: {said}{where}. JISI_DEBUG=1 shows the stack trace."


def _settings_failure(error: Exception) -> tuple[str, str] | None:
    """A variable of the environment that cannot be read."""
    from pydantic import ValidationError  # noqa: PLC0415 - loaded by then, if it is one

    if not isinstance(error, ValidationError):
        return None
    problems = "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or error.title}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors(include_url=False, include_input=False)
    )
    return "settings", f"{error.title} cannot be made of what is given (JISI_... variables, options): {problems}."


def _database_failure(error: Exception) -> tuple[str, str] | None:
    """Postgres is not there, or went away."""
    if not type(error).__module__.startswith(("sqlalchemy", "psycopg")):
        return None
    from jisi.database import is_database_outage  # noqa: PLC0415 - loaded by then

    if type(error).__name__ == "ArgumentError":  # of SQLAlchemy: no address at all
        return "database_address", "JISI_DATABASE_URL is no address: give one like postgresql://user@host:5432/name."
    if not is_database_outage(error):
        return None
    reason = " ".join(str(getattr(error, "orig", None) or error).split())
    advice = next((advice for said, advice in _DATABASE_ADVICE.items() if said in reason), "")
    told = f"Postgres cannot be reached, or went away (see JISI_DATABASE_URL): {reason}{advice}"
    return "database_unavailable", told
