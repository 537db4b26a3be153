"""Serving: the simulated models, or recorded responses."""

import argparse
import asyncio
import os

from jisi.simulate.endpoint.application import EndpointServer
from jisi.simulate.endpoint.serving import serve_until_signal
from jisi.simulate.models import Pace
from jisi.simulate.paces import read_paces
from jisi.simulate.replay import ReplayPool, load_with_report
from jisi.simulate.simulated import SimulatedPool

KEY_VARIABLE = "JISI_SIMULATED_API_KEY"
"""When set, the endpoint refuses any other key: shows that keys reach it."""


def serve_simulated(given: argparse.Namespace) -> int:
    """Serve ten simulated models until a signal ends it."""
    pool = SimulatedPool(seed=given.seed, paces=read_paces(given.latency, at_once=given.zero_latency))
    server = EndpointServer(pool, seed=given.seed, required_key=os.environ.get(KEY_VARIABLE))
    _serve(server, given, f"{len(pool.model_names)} simulated models")
    return 0


def serve_replay(given: argparse.Namespace) -> int:
    """Serve the recorded responses of bank files until a signal ends it."""
    recordings, report = load_with_report(given.files)
    pool = ReplayPool(recordings, pace=Pace(first_token_seconds=given.latency / 1000, tokens_per_second=0.0))
    _serve(EndpointServer(pool, required_key=os.environ.get(KEY_VARIABLE)), given, f"Replaying {report},")
    return 0


def _serve(server: EndpointServer, given: argparse.Namespace, title: str) -> None:
    asyncio.run(serve_until_signal(server.application(), host=given.host, port=given.port, title=title))
