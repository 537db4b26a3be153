"""Entry point: `python -m services.generator`."""

from jisi.runtime.importing import importing


def main() -> None:
    """Run the generator."""
    with importing():
        from jisi.runtime.application import serve  # noqa: PLC0415 - see importing

        from services.generator.app import create_app  # noqa: PLC0415
        from services.generator.settings import GeneratorSettings  # noqa: PLC0415

    settings = GeneratorSettings()
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
