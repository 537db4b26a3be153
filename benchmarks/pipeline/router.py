"""The router with the embedder that costs nothing, for the stack of the benchmark."""

import os

from jisi.runtime.application import serve

from benchmarks.pipeline.hash_embedder import HashEmbedder
from services.router.app import create_app
from services.router.settings import RouterSettings

SEEDS_VARIABLE = "JISI_BENCHMARK_SEEDS"
"""How many seeds the bank was made around."""

if __name__ == "__main__":
    settings = RouterSettings()
    serve(create_app(settings, HashEmbedder(int(os.environ[SEEDS_VARIABLE]))), settings)
