"""`behaviour` sections -> Behaviours: who plugs in when, with which tags."""

from collections.abc import Callable, Sequence

from chargepoint_sim.config.document import KeyPath
from chargepoint_sim.config.findings import Findings, guess, listed
from chargepoint_sim.config.schema import BehaviourSection
from chargepoint_sim.config.tables import read_tags
from chargepoint_sim.core.behaviour import Behaviour
from chargepoint_sim.core.vehicle import PRESETS
from chargepoint_sim.rng import draw_bits

FLEET: KeyPath = ("behaviour",)

DEFAULT_TAGS = (8, 100)
"""Fewest and most id tags that are made up where a file names none; one per EVSE in between."""

TAG_LENGTH_16 = 20
"""idToken of 1.6 section 7.28; 2.0.1 takes 36 characters."""


class Behaviours:
    """Who plugs in when, for the fleet and for groups that differ."""

    def __init__(self, seed: int, section: BehaviourSection, findings: Findings) -> None:
        self._seed = seed
        self._section = section
        self._findings = findings
        self._made: tuple[str, ...] = ()
        self._shared = Behaviour()

    def prepare(self, evse_count: int) -> None:
        """Make up the tags of a fleet that names none, eight hexadecimal digits as of a four-byte card; then look at
        what the fleet itself says."""
        count = min(max(evse_count, DEFAULT_TAGS[0]), DEFAULT_TAGS[1])
        bits = (draw_bits(self._seed, "fleet", "id_token", n) for n in range(count))
        self._made = tuple(dict.fromkeys(f"{value & 0xFFFFFFFF:08X}" for value in bits))
        self._shared = self._behaviour(self._section, lambda key: (*FLEET, key))

    def find(self, own: BehaviourSection | None, path: KeyPath, version: str | None) -> Behaviour:
        """The behaviour of a group: the fleet's, with what the group says laid over it.

        `version` is None where a mistake keeps it from being known.
        """

        def where(key: str) -> KeyPath:
            return (*(path if own is not None and key in own.model_fields_set else FLEET), key)

        behaviour = self._shared
        if own is not None:
            written = {
                **self._section.model_dump(exclude_unset=True), **own.model_dump(exclude_unset=True)
            }  # fmt: skip
            behaviour = self._behaviour(BehaviourSection.model_validate(written), where)
        too_long = [tag for tag in behaviour.id_tokens if version == "1.6" and len(tag) > TAG_LENGTH_16]
        if too_long:
            allowed = f"1.6 takes at most {TAG_LENGTH_16}"
            self._findings.add(where("id_tokens"), allowed, f"an id tag of {len(too_long[0])} characters")
        return behaviour

    def _behaviour(self, section: BehaviourSection, path_of: Callable[[str], KeyPath]) -> Behaviour:
        vehicles = path_of("vehicles")
        for name in section.vehicles:
            if name not in PRESETS:
                allowed = f"{guess(name, PRESETS)}{listed('known vehicles', PRESETS)}"
                self._findings.add((*vehicles, name), allowed, f"the unknown vehicle '{name}'")
        nobody = section.vehicles and sum(section.vehicles.values()) <= 0
        if nobody and not self._findings.spoiled(vehicles, within=True):
            self._findings.add(vehicles, "at least one share above 0 is needed", "shares of 0")
        where = path_of("id_tokens")
        tags: tuple[str, ...] | None = self._made
        if isinstance(section.id_tokens, str):
            tags = read_tags(self._findings.folder(where) / section.id_tokens, self._findings, where)
        elif section.id_tokens:
            tags = tuple(section.id_tokens)
        return Behaviour(
            sessions_per_evse_per_day=section.sessions_per_evse_per_day,
            vehicles=dict(section.vehicles),
            id_tokens=tags or (),
            dwell_s=_pair(section.dwell_s),
            soc=_pair(section.soc),
            first_arrival_s=_pair(section.first_arrival_s) if section.first_arrival_s is not None else None,
            token_delay_s=_pair(section.token_delay_s),
        )


def _pair(values: Sequence[float]) -> tuple[float, float]:
    return (float(values[0]), float(values[1]))
