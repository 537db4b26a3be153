"""Entry point: `python -m services.switch`."""

from jisi.runtime.application import serve

from services.switch.app import create_app
from services.switch.settings import SwitchSettings

if __name__ == "__main__":
    settings = SwitchSettings()
    serve(create_app(settings), settings)
