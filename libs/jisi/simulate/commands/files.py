"""Files: a generated bank, and pool files for the simulated and the replayed pools."""

import argparse
import sys

from jisi.simulate.bank import write_bank
from jisi.simulate.pool_file import replay_pool_toml, simulated_pool_toml


def make_bank(given: argparse.Namespace) -> int:
    """Write a bank of generated questions and simulated answers."""
    rows = write_bank(given.out, items=given.items, seed=given.seed, test_items=given.test_items)
    sys.stdout.write(f"{rows} items of simulated models in {given.out}\n")
    return 0


def print_pool(given: argparse.Namespace) -> int:
    """Print a pool file to standard output."""
    text = replay_pool_toml(given.meta, given.base_url) if given.meta else simulated_pool_toml(given.base_url)
    sys.stdout.write(text)
    return 0
