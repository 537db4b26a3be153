"""Entry point: `python -m services.router`."""

from jisi.runtime.application import serve

from services.router.app import create_app
from services.router.settings import RouterSettings

if __name__ == "__main__":
    settings = RouterSettings()
    serve(create_app(settings), settings)
