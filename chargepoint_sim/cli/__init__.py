"""The command line: one file per command, and one per idea that several commands share.

Owns words, options, exit statuses and what the terminal shows. It drives fleets through `daemon`, and running daemons
through `client`; it decides nothing about chargers. Heavy rooms are imported inside the commands that need them, so
that `--help` and completion answer at once.
"""

from chargepoint_sim.cli.app import main

__all__ = ["main"]
