"""From the specification of a charger to a charger: pure, shared data shared.

Owns the cache of default settings: every charger of one template, version and target shares one mapping.
"""

from collections.abc import Mapping

from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Timeline
from chargepoint_sim.core.settings import Settings, Value, parse_setting
from chargepoint_sim.core.station import Station
from chargepoint_sim.fleet.spec import ChargerSpec
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.versions import adapter

MESSAGE_TIMEOUT = "OCPPCommCtrlr.MessageTimeout[Default]"


class Builder:
    """Makes the chargers of one fleet."""

    def __init__(self, timeline: Timeline, seed: int) -> None:
        self._timeline = timeline
        self._seed = seed
        self._defaults: dict[tuple[int, str, float, int], Mapping[str, Value]] = {}
        self._kept: list[object] = []
        """The specs whose identity is a key above."""

    def charger(self, spec: ChargerSpec, boot_id: str) -> Charger:
        """A charger that is switched off. ValueError or KeyError for a setting that the template has wrong."""
        version = Version(spec.version)
        station = Station(
            spec.station,
            Settings(self._defaults_of(spec, version)),
            charger_id=spec.charger_id,
            seed=self._seed,
            serial_number=spec.serial_number,
            behaviour=spec.behaviour,
            boot_id=boot_id,
        )
        station.access.has_password = bool(spec.credentials.password)
        return Charger(adapter(version, spec.station.quirks), station, self._timeline)

    def _defaults_of(self, spec: ChargerSpec, version: Version) -> Mapping[str, Value]:
        key = (id(spec.station), version.value, spec.csms.call_timeout_s, spec.csms.security_profile)
        defaults = self._defaults.get(key)
        if defaults is None:
            own = {name: parse_setting(name, text) for name, text in spec.station.settings.items()}
            timeout = {MESSAGE_TIMEOUT: max(round(spec.csms.call_timeout_s), 1)}
            profile = {"SecurityCtrlr.SecurityProfile": spec.csms.security_profile}
            defaults = {**adapter(version).defaults, **timeout, **profile, **own}
            self._defaults[key] = defaults
            self._kept.append(spec.station)
        return defaults
