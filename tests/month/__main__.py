"""`python -m tests.month`: plays the month in pieces side by side, prints what happened and whether it held."""

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.month.month import Piece, play
from tests.month.report import happened, total, verdicts
from tests.month.watch import Played

CHARGERS_A_PIECE = 10
VERSIONS = {"1.6": ("1.6",), "2.0.1": ("2.0.1",), "mixed": ("1.6", "2.0.1")}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 where every invariant holds."""
    wanted = _parser().parse_args(arguments)
    pieces = [
        Piece(
            wanted.seed,
            number,
            tuple(range(first, min(first + CHARGERS_A_PIECE, wanted.chargers))),
            wanted.days,
            VERSIONS[wanted.versions],
        )
        for number, first in enumerate(range(0, wanted.chargers, CHARGERS_A_PIECE))
    ]
    began = time.monotonic()
    played = _play(pieces, wanted.processes, hash_seed=1)
    whole = total(played)
    same = None
    if not wanted.once:
        again = _play(pieces, wanted.processes, hash_seed=2)
        same = [one.digest for one in again] == [one.digest for one in played]
    print(f"{wanted.chargers} chargers ({wanted.versions}), days: {wanted.days}, seed: {wanted.seed}")
    print()
    print("\n".join(happened(whole)))
    print()
    print("\n".join(verdicts(whole, same_digests=same)))
    print()
    print("\n".join(whole.examples))
    print(f"transcript {hashlib.sha256(whole.digest.encode()).hexdigest()}, {time.monotonic() - began:.0f} s")
    return 0 if not whole.breaches and same is not False else 1


def _play(pieces: Sequence[Piece], processes: int, *, hash_seed: int) -> list[Played]:
    """Play the pieces in fresh interpreters: no order of sets or dictionaries may show in a transcript."""
    os.environ["PYTHONHASHSEED"] = str(hash_seed)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(pool.map(play, pieces))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/month", description="A month of a fleet in virtual time.")
    parser.add_argument("--days", type=int, default=30, help="whole days (30)")
    parser.add_argument("--chargers", type=int, default=200, help="how many (200)")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is left to chance (1)")
    parser.add_argument("--versions", choices=VERSIONS, default="mixed", help="of OCPP (mixed)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="at a time (one a core)")
    parser.add_argument("--once", action="store_true", help="leave out the second run that must be equal")
    return parser


if __name__ == "__main__":
    sys.exit(main())
