"""The mutation run: takes one rule after the other out of the adapters' tables and sees whether a test notices.

A handler is replaced by an answer that says yes and does nothing, made from the official schema; a rule for an answer
of the central system, for a fact or for a deadline by one that does nothing. A handler, or the rule for an answer, must
be noticed by the test that docs/messages.md names for its message, everything else by any test of its version. A mutant
that no test notices has survived: the run says so and fails. Prints one row per mutant and writes nothing.

What a rule marked `@after` answers is not a mutant of its own: the handler that has promised the answer is one.
"""

import argparse
import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.versions import adapter
from scripts.samples import sample, schema_of
from scripts.shown import FOLDERS, ROOT, files_naming, shown

MOST_SECONDS_A_TEST = 60
"""A mutant can make a test wait for ever: after so long it has failed."""

SILENT_KINDS = ("results", "failures", "tells", "wakes")
"""Tables whose rules answer nothing."""


@dataclass(frozen=True)
class Mutant:
    """One rule of one version to be replaced: its table, and its key there."""

    version: Version
    kind: str
    key: Any

    @property
    def name(self) -> str:
        """The action, fact or deadline."""
        return self.key if isinstance(self.key, str) else self.key.__name__


@dataclass
class Verdict:
    """What the tests made of a mutant."""

    tests_run: int = 0
    failed: str | None = None
    """The first test that failed; None: it has survived."""


@dataclass(eq=False)
class Watch:
    """Counts the tests of one run, and ends those that take too long."""

    verdict: Verdict = field(default_factory=Verdict)

    def pytest_sessionstart(self) -> None:
        """Nobody needs the smallest failing example, and nothing is to be kept."""
        import hypothesis  # here, where pytest has loaded the plugin of it

        plain = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile("mutation", phases=plain, database=None)
        hypothesis.settings.load_profile("mutation")

    def pytest_runtest_setup(self) -> None:
        """Start the clock."""
        signal.alarm(MOST_SECONDS_A_TEST)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Take note of one phase of one test."""
        signal.alarm(0)
        self.verdict.tests_run += report.when == "setup"
        if report.failed and self.verdict.failed is None:
            self.verdict.failed = report.nodeid


def mutants() -> list[Mutant]:
    """Every mutant there is, handlers first."""
    return [
        Mutant(version, kind, key)
        for kind in ("handles", *SILENT_KINDS)
        for version in Version
        for key in getattr(adapter(version), kind)
    ]


def replace_rule(mutant: Mutant) -> None:
    """Put the mutant into the tables of this process."""
    tables = adapter(mutant.version)
    answer = None
    if mutant.kind == "handles":
        answer = sample(schema_of(mutant.version, f"{mutant.key}Response"), full=False)
    changed = {**getattr(tables, mutant.kind), mutant.key: lambda *given: answer}
    object.__setattr__(tables, mutant.kind, changed)


def tests_for(mutant: Mutant) -> list[str]:
    """The test named for the message, or the files that name it, or all of the version, the rule's own file first."""
    naming: list[Path] = []
    if mutant.kind in ("handles", "results"):
        if mutant.key in shown(mutant.version):
            return [shown(mutant.version)[mutant.key]]
        naming = files_naming(mutant.version, mutant.key)
    room = getattr(adapter(mutant.version), mutant.kind)[mutant.key].__module__.rpartition(".")[2]
    files = naming or sorted(FOLDERS[mutant.version].glob("test_*.py"))
    return [str(path) for path in sorted(files, key=lambda path: not path.stem.endswith(f"_{room}"))]


def judge(mutant: Mutant, tests: Sequence[str]) -> Verdict:
    """Run tests with the mutant in place. Changes this process for good: call it in one of its own.

    RuntimeError where pytest itself could not run them.
    """
    signal.signal(signal.SIGALRM, _too_long)
    os.chdir(ROOT)
    replace_rule(mutant)
    watch = Watch()
    with redirect_stdout(StringIO()) as said:
        status = pytest.main(["-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests], plugins=[watch])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or watch.verdict.tests_run == 0:
        raise RuntimeError(f"{mutant.version} {mutant.name}: pytest ended with {status!r}\n{said.getvalue()}")
    return watch.verdict


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"a test took more than {MOST_SECONDS_A_TEST} s")


def run(chosen: Sequence[Mutant], tests: Sequence[str], workers: int) -> list[Mutant]:
    """Judge mutants side by side, print a row for each; the survivors."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    row = "{:7} {:9} {:34} {:>5}  {}".format
    print(row("version", "table", "rule", "tests", "first that failed"))
    survivors = []
    with ProcessPoolExecutor(workers, mp_context=context, max_tasks_per_child=1) as pool:
        verdicts = pool.map(judge, chosen, [list(tests) or tests_for(mutant) for mutant in chosen])
        for mutant, verdict in zip(chosen, verdicts, strict=True):
            if verdict.failed is None:
                survivors.append(mutant)
            failed = verdict.failed or "SURVIVED"
            print(row(mutant.version, mutant.kind, mutant.name, verdict.tests_run, failed), flush=True)
    return survivors


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 when no mutant has survived."""
    parser = argparse.ArgumentParser(prog="scripts/mutation", description=__doc__.split("\n", 1)[0])
    parser.add_argument("rule", nargs="*", help="only these actions, facts or deadlines")
    parser.add_argument("--table", choices=("handles", *SILENT_KINDS), help="only the rules of this table")
    parser.add_argument("--tests", action="append", default=[], help="run these tests, not those that are named")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes side by side")
    options = parser.parse_args(arguments)
    everything = mutants()
    unknown = set(options.rule) - {mutant.name for mutant in everything}
    if unknown:
        parser.error(f"there is no rule for {', '.join(sorted(unknown))}")
    chosen = [
        mutant
        for mutant in everything
        if mutant.name in (options.rule or (mutant.name,)) and mutant.kind == (options.table or mutant.kind)
    ]
    survivors = run(chosen, options.tests, options.workers)
    for mutant in survivors:
        print(f"no test notices that {mutant.version} {mutant.kind} {mutant.name} does nothing", file=sys.stderr)
    print(f"{len(chosen)} mutants, {len(survivors)} survived")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
