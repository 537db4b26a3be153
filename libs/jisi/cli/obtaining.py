"""What a pool needs from elsewhere before it can be served, and what is served when it cannot be had."""

from collections.abc import Callable
from dataclasses import replace

from jisi.artefacts import ArtefactMismatchError, IndexUnreachableError
from jisi.cli.pool_source import PoolSource, choose_pool
from jisi.local.pins import NoServerWheelError, fetch_local_files
from jisi.stack.settings import StackSettings


def obtain(source: PoolSource, settings: StackSettings, *, say: Callable[[str], None]) -> PoolSource:
    """Fetch the local model where it is wanted, with a progress bar; where it cannot be had, say so and why.

    Gives the source, or in that case the simulated models, which replace no pool that was applied by hand.

    Raises:
        DiskFullError: no room in the cache.
    """
    if source.kind != "local":
        return source
    try:
        fetch_local_files()
    except (NoServerWheelError, IndexUnreachableError, ArtefactMismatchError) as error:
        say(f"The local model cannot be had, so simulated models answer instead. {error}")
        return replace(choose_pool(settings, "simulated"), chosen=False)
    return source
