"""Entry point: `python -m services.aggregator`."""

from jisi.runtime.application import serve

from services.aggregator.app import create_app
from services.aggregator.settings import AggregatorSettings

if __name__ == "__main__":
    settings = AggregatorSettings()
    serve(create_app(settings), settings)
