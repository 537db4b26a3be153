"""Entry point: `python -m services.router`."""

import os

from jisi.runtime.importing import importing


def main() -> None:
    """Run the router on one thread of linear algebra: its threads wait for work spinning, at the others' cost."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when numpy is imported
    with importing():
        from jisi.runtime.application import serve  # noqa: PLC0415 - see importing

        from services.router.app import create_app  # noqa: PLC0415
        from services.router.settings import RouterSettings  # noqa: PLC0415

    settings = RouterSettings()
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
