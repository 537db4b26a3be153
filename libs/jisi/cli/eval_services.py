"""`jisi eval --against-services`: are the services' decisions those of the maths, item by item?"""

import asyncio
from pathlib import Path

from jisi.cli.long_running import run_to_end
from jisi.cli.output import notes
from jisi.cli.replay_view import ReplayView
from jisi.cli.replaying import IN_FLIGHT, replay_family
from jisi.errors import InputError
from jisi.evaluation.replay.family import family_of
from jisi.evaluation.replay.report import ReplayReport
from jisi.evaluation.request import EvaluationRequest


def compare_with_services(request: EvaluationRequest) -> ReplayReport:
    """Replay the test rows of a request through the services, with the routing settings of the environment."""
    train, test, meta = require_comparable(request)

    async def replayed(view: ReplayView) -> ReplayReport:
        family = await asyncio.to_thread(family_of, train.resolve().parent.name, train, test, meta)
        return await replay_family(family, in_flight=IN_FLIGHT, logs=None, view=view)

    with ReplayView(notes(), silent=False) as view:
        return run_to_end(replayed(view))


def require_comparable(request: EvaluationRequest) -> tuple[Path, Path, Path]:
    """Give the files of train rows, of test rows, and meta.json.

    Raises:
        InputError: there are not just these two, or no meta.json, which names pool and prices.
    """
    files = request.files
    if request.split != "own" or len(files) != 2:  # noqa: PLR2004 - evidence and tests
        raise InputError(
            "--against-services takes one file of train rows and one of test rows, divided as they are: give a "
            "folder that holds both, or a bank and --test, and no --split."
        )
    train, test = files
    meta = train.with_name("meta.json")
    if not meta.is_file():
        raise InputError(
            f"The services need pool and prices from {meta}, which is not there: write it beside the bank."
        )
    return train, test, meta
