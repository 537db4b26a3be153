"""Entry point: `python -m services.aggregator`."""

from jisi.runtime.importing import importing


def main() -> None:
    """Run the aggregator."""
    with importing():
        from jisi.runtime.application import serve  # noqa: PLC0415 - see importing

        from services.aggregator.app import create_app  # noqa: PLC0415
        from services.aggregator.settings import AggregatorSettings  # noqa: PLC0415

    settings = AggregatorSettings()
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
