"""A whole stack with two dummy services in a process of its own, to be told to end or to be killed.

Arguments: data folder. Prints a line when all is ready; a sentence and exit code 1 when that fails.
"""

import asyncio
import sys
from pathlib import Path

from jisi.errors import JisiError
from jisi.stack.services import Service
from jisi.stack.settings import StackSettings
from jisi.stack.stack import Stack

from tests.support.services.programs import DUMMY


async def main(data: Path) -> None:
    """Run until told to end."""
    embedded = StackSettings(
        kafka=None, database_url=None, kafka_port=0, postgres_port=0
    )  # whatever is given to the tests
    settings = embedded.model_copy(update={"data": data, "replicas": {"dummy": 2}})
    services = [Service(name="dummy", module=DUMMY)]
    async with Stack(settings, services=services, env={"DUMMY_CHILD": "1"}) as stack:
        print("ready", flush=True)  # noqa: T201 - the report
        await stack.run()


if __name__ == "__main__":
    try:
        asyncio.run(main(Path(sys.argv[1])))
    except JisiError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the report
        sys.exit(1)
