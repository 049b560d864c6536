"""The cases as data: read from the YAML files of a version's folder and of `shared/`; every mistake is named.

A file holds a list of cases. The words of a case stand in `CASE_WORDS`, those of a step in `STEP_WORDS`; what a step
does stands in `steps`. `docs/conformance.md` explains them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from chargepoint_sim.conformance.checks import RULES
from chargepoint_sim.conformance.words import read_words
from chargepoint_sim.core import commands
from chargepoint_sim.core.certificates import KeyKind
from chargepoint_sim.errors import LocalError
from chargepoint_sim.protocol.frames import Version

FOLDERS = {Version.V16: "v16", Version.V201: "v201"}
"""Where the cases of a version alone stand."""

SHARED, WORDS = "shared", "words.yaml"
"""Where the cases of every version stand, and what they say in each."""

COMMANDS: Mapping[str, type[commands.Command]] = {
    name: kind
    for name, kind in vars(commands).items()
    if isinstance(kind, type) and issubclass(kind, commands.Command) and kind not in (commands.Command, commands.Placed)
}
"""What a charger can be told, by name."""

CASE_WORDS = frozenset(
    {"id", "title", "profile", "reference", "must", "needs", "prepare", "charger", "steps", "note", "load", "may_send"}
)
CHARGER_WORDS = frozenset(
    {"settings", "fixed_cable", "vendor_keys", "transfer_faults", "none", "security_profile", "own_keys"}
    | {"bay_sensor", "local_controller", "user_interface", "display", "monitors"}
)

STEP_WORDS: Mapping[str, frozenset[str]] = {
    "do": frozenset({"with"}),
    "expect": frozenset({"where", "answer", "error", "save", "keep", "within_s"}),
    "trigger": frozenset(
        {"payload", "hint", "check", "reply", "must_reply", "save", "keep", "where", "ends_link", "says"}
        | {"after_timeout", "optional", "by_itself", "refused"}
    ),
    "power_cut_s": frozenset(),
    "set_up": frozenset(),
    "closes": frozenset({"profile"}),
    "silent_s": frozenset({"but"}),
    "dial": frozenset({"opens", "refused", "reason", "judge_server", "compressed", "who"}),
    "call": frozenset(
        {"payload", "answer", "error", "either", "save", "keep", "warn_answered", "id", "may_close", "who", "says"}
    ),
    "text": frozenset({"may_answer", "may_close", "who"}),
    "wire": frozenset({"then", "who"}),
    "burst": frozenset({"same", "save"}),
    "one_served": frozenset(),
    "abandon": frozenset({"who"}),
    "idle_s": frozenset({"who"}),
    "hang_up": frozenset({"who"}),
    "storm": frozenset(),
    "flap": frozenset(),
    "flood": frozenset({"who", "call", "payload"}),
}
"""First word of a step -> the words that may stand beside it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its first word, that word's value, and the words beside it."""

    verb: str
    subject: Any
    words: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One case."""

    case_id: str
    title: str
    profile: str
    """Feature profile of 1.6, or Security."""
    reference: str
    must: str
    """What the central system must do, in words."""
    steps: tuple[Step, ...]
    needs: tuple[str, ...] = ()
    """Test data without which the case is skipped."""
    prepare: tuple[str, ...] = ()
    """What must be set up at the central system before the charger connects."""
    may_send: tuple[str, ...] = ()
    """What the central system may send beside the steps, for something else in the case that it owes that to."""
    settings: Mapping[str, str] | None = None
    vendor_keys: Mapping[str, str] | None = None
    transfer_faults: tuple[str, ...] = ()
    fixed_cable: bool = False
    bay_sensor: bool = False
    local_controller: bool = False
    user_interface: bool = False
    display: Mapping[str, Any] | None = None
    """What the display can do beside its defaults, fields of DisplaySpec; None: there is none."""
    monitors: tuple[Mapping[str, Any], ...] = ()
    """Monitors that the station has from the start: `variable`, `type`, `value`, `severity`, and `built_in`."""
    security_profile: int | None = None
    """None: what URL and password of the test data make."""
    own_keys: KeyKind = KeyKind.EC
    is_load: bool = False
    """It may bring a weak system down: run only where the user says that the system is his own."""
    has_charger: bool = True
    """False: the case speaks on bare websockets."""

    @property
    def triggers(self) -> tuple[str, ...]:
        """The actions that the central system must be made to send, each once."""
        unneeded = {"optional", "by_itself"}
        needed = (step for step in self.steps if step.verb == "trigger" and not unneeded & set(step.words))
        return tuple(dict.fromkeys(str(step.subject) for step in needed))


@cache
def load_cases(version: Version) -> tuple[Case, ...]:
    """All cases of a version, by id. Raises LocalError for a mistake in the data."""
    words = yaml.safe_load(_folder(SHARED).joinpath(WORDS).read_text(encoding="utf-8"))[version.value]
    cases = []
    for folder in (FOLDERS[version], SHARED):
        for entry in sorted(_folder(folder).iterdir(), key=lambda entry: entry.name):
            if entry.name.endswith(".yaml") and entry.name != WORDS:
                raw_cases = read_words(entry.read_text(encoding="utf-8"), words, entry.name)
                cases += [read_case(raw, entry.name) for raw in raw_cases]
    ids = [case.case_id for case in cases]
    twice = sorted({case_id for case_id in ids if ids.count(case_id) > 1})
    if twice:
        raise LocalError(f"case ids must be unique: {', '.join(twice)}")
    return tuple(sorted(cases, key=lambda case: case.case_id))


def _folder(name: str) -> Traversable:
    return resources.files("chargepoint_sim.conformance").joinpath(name)


def chosen(cases: Sequence[Case], patterns: Sequence[str]) -> list[Case]:
    """The cases whose id one of the globs takes. Raises LocalError where a glob takes none."""
    for pattern in patterns:
        if not any(fnmatchcase(case.case_id, pattern) for case in cases):
            raise LocalError(f"no case is called {pattern!r}; see --list")
    return [case for case in cases if not patterns or any(fnmatchcase(case.case_id, one) for one in patterns)]


def read_case(raw: Mapping[str, Any], source: str) -> Case:
    """One case from its mapping. Raises LocalError."""
    case_id = str(raw.get("id", "without id"))
    where = f"{source}: {case_id}"
    _only(raw, CASE_WORDS, where)
    charger = raw.get("charger") or {}
    _only(charger, CHARGER_WORDS, f"{where}: charger")
    return Case(
        case_id=case_id,
        title=raw["title"],
        profile=raw["profile"],
        reference=raw["reference"],
        must=raw["must"],
        steps=tuple(_read_step(step, f"{where}: step {n}") for n, step in enumerate(raw["steps"], 1)),
        needs=tuple(raw.get("needs", ())),
        prepare=tuple(raw.get("prepare", ())),
        may_send=tuple(raw.get("may_send", ())),
        settings=charger.get("settings"),
        vendor_keys=charger.get("vendor_keys"),
        transfer_faults=tuple(charger.get("transfer_faults", ())),
        fixed_cable=bool(charger.get("fixed_cable", False)),
        bay_sensor=bool(charger.get("bay_sensor", False)),
        local_controller=bool(charger.get("local_controller", False)),
        user_interface=bool(charger.get("user_interface", False)),
        display=charger.get("display"),
        monitors=tuple(charger.get("monitors", ())),
        security_profile=charger.get("security_profile"),
        own_keys=KeyKind(charger.get("own_keys", "EC")),
        is_load=bool(raw.get("load", False)),
        has_charger=not charger.get("none", False),
    )


def _read_step(raw: Mapping[str, Any], where: str) -> Step:
    verb = next(iter(raw))
    if verb not in STEP_WORDS:
        raise LocalError(f"{where}: {verb!r} begins no step; known are {', '.join(STEP_WORDS)}")
    words = {word: value for word, value in raw.items() if word != verb}
    _only(words, STEP_WORDS[verb], where)
    if verb == "do" and raw["do"] not in COMMANDS:
        raise LocalError(f"{where}: there is no command {raw['do']!r}")
    for word in ("answer", "check", "reply", "must_reply"):
        for path, rule in (words.get(word) or {}).items():
            if isinstance(rule, Mapping):
                _only(rule, RULES.keys() | {"warn"}, f"{where}: {word}.{path}")
    return Step(verb, raw[verb], words)


def _only(found: Mapping[str, Any], allowed: Any, where: str) -> None:
    unknown = sorted(set(found) - set(allowed))
    if unknown:
        raise LocalError(f"{where}: {', '.join(map(repr, unknown))} stands for nothing here")
