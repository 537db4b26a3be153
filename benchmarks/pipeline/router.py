"""The router with the embedder that costs nothing, for the stack of the benchmark."""

import os

SEEDS_VARIABLE = "JISI_BENCHMARK_SEEDS"
"""How many seeds the bank was made around."""


def main() -> None:
    """Run it as `services.router` runs, see there."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    from jisi.runtime.application import serve  # noqa: PLC0415

    from benchmarks.pipeline.hash_embedder import HashEmbedder  # noqa: PLC0415
    from services.router.app import create_app  # noqa: PLC0415
    from services.router.settings import RouterSettings  # noqa: PLC0415

    settings = RouterSettings()
    serve(create_app(settings, HashEmbedder(int(os.environ[SEEDS_VARIABLE]))), settings)


if __name__ == "__main__":
    main()
