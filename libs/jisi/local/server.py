"""llama.cpp's own HTTP server in this process, until a signal ends it."""

import importlib.machinery
import importlib.util
import os
import signal
import sys
from types import ModuleType
from typing import Any, ClassVar, NoReturn

from jisi.errors import PermanentError
from jisi.local.experts import MODEL_NAME
from jisi.local.pins import LocalFiles
from jisi.local.pool_file import CONTEXT_TOKENS, SLOTS

_MOST_THREADS = 4
"""More make so small a model no faster."""

_PROMPT_CACHE_MIB = 64
"""Memory for prompts read before, beside the slots' own; llama.cpp's default is 8 GB."""

_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class ServerFailedError(PermanentError):
    """llama.cpp's server did not come up."""

    code: ClassVar[str] = "local_server_failed"


def usual_threads() -> int:
    """Half of the processors, for Kafka, Postgres and the services run beside it."""
    return max(1, min(_MOST_THREADS, (os.cpu_count() or 1) // 2))


def serve(files: LocalFiles, *, host: str, port: int, threads: int) -> NoReturn:
    """Serve the local model until SIGINT or SIGTERM, saying on standard output where; ends the process.

    Raises:
        ServerFailedError: the port is taken, or the model cannot be loaded.
    """
    # Waiting threads of OpenMP spin by default: on a busy machine two of them were 20 times slower than one.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING_SIGNALS)  # before the server's threads are made, which inherit it
    llama = _load(files)
    try:
        server = llama.Server(_parameters(llama, files, host=host, port=port, threads=threads))
    except RuntimeError as error:
        raise ServerFailedError(
            f"llama.cpp's server cannot start at {host}:{port}: the port is taken, or memory is short. It says: {error}"
        ) from error
    sys.stdout.write(f"{MODEL_NAME} in {SLOTS} slots at {server.listening_address}/v1\n")
    sys.stdout.flush()
    signal.sigwait(_ENDING_SIGNALS)
    os._exit(0)  # at once: the server's own end waits for completions that nobody will read


def _parameters(llama: ModuleType, files: LocalFiles, *, host: str, port: int, threads: int) -> Any:  # noqa: ANN401 - llama.cpp's
    given = llama.CommonParams()
    given.model.path = str(files.model)
    given.model_alias = {MODEL_NAME}
    given.hostnames = [host]
    given.port = port
    given.n_parallel = SLOTS
    given.n_ctx = SLOTS * CONTEXT_TOKENS  # divided evenly among the slots
    given.cpuparams.n_threads = threads
    given.cpuparams_batch.n_threads = threads
    given.cache_ram_mib = _PROMPT_CACHE_MIB
    given.cors_origins = ""  # no page in a browser has business here
    given.ui = False
    given.endpoint_metrics = True
    given.verbosity = 2  # warnings
    return given


def _load(files: LocalFiles) -> ModuleType:
    """Load the extension module from where it lies: it is no installed package."""
    loader = importlib.machinery.ExtensionFileLoader("xllamacpp", str(files.library))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    try:
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
    except ImportError as error:
        raise ServerFailedError(f"llama.cpp cannot be loaded on this machine: {error}") from error
    return module
