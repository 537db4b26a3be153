"""Entry point: `python -m services.switch`."""

from jisi.runtime.importing import importing


def main() -> None:
    """Run the switch."""
    with importing():
        from jisi.runtime.application import serve  # noqa: PLC0415 - see importing

        from services.switch.app import create_app  # noqa: PLC0415
        from services.switch.settings import SwitchSettings  # noqa: PLC0415

    settings = SwitchSettings()
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
