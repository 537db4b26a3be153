"""Entry point: `python -m services.generator`."""

from jisi.runtime.application import serve

from services.generator.app import create_app
from services.generator.settings import GeneratorSettings

if __name__ == "__main__":
    settings = GeneratorSettings()
    serve(create_app(settings), settings)
