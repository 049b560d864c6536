"""What a case needs of the machinery that runs its charger; the command line provides it (architecture chapter 2).

Also builds the charger of a case as plain data.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from chargepoint_sim.conformance.cases import Case
from chargepoint_sim.conformance.testdata import TestData, resolve
from chargepoint_sim.core.display_messages import DisplaySpec, Format, MessageState, Priority
from chargepoint_sim.core.monitors import Monitor, MonitorType, Origin
from chargepoint_sim.core.settings import vendor_key
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec, StationSpec, Timing
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.spec import ChargerSpec, Credentials, CsmsTarget, FleetSpec
from chargepoint_sim.protocol.frames import Version

CHARGER = "charger"
"""The one charger of a site."""

CONNECTORS = 2

SETTINGS = {
    "TxCtrlr.EVConnectionTimeOut": "2",
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": "1",
    "OCPPCommCtrlr.RetryBackOffRandomRange": "0",
    "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]": "1",
}
"""Shorter than a real charger's, so that a run takes seconds."""


_URLS = {0: "plain_url", 1: "plain_url", 2: "secure_url", 3: "certificate_url"}
"""Security profile -> the test data that says where it is served."""


class Witness(Protocol):
    """Is told what happens to the charger."""

    def frame(self, at: float, sent: bool, text: bytes) -> object:
        """A frame crossed the link."""
        ...

    def event(self, kind: str, end: str) -> object:
        """The link came up or went down."""
        ...


class Site(Protocol):
    """One running charger."""

    @property
    def fleet(self) -> FleetService:
        """The fleet of that one charger."""
        ...

    async def power_up(self) -> None:
        """Switch on; after a power cut with what the charger had stored."""
        ...

    async def cut_power(self) -> None:
        """Pull the plug."""
        ...

    async def stop(self) -> None:
        """End everything in order."""
        ...


_DISPLAY_WORDS = {"formats": Format, "priorities": Priority, "states": MessageState}
"""What a display is told by lists of words."""


def _display(words: Mapping[str, Any]) -> DisplaySpec:
    lists = {name: tuple(kind(word) for word in words[name]) for name, kind in _DISPLAY_WORDS.items() if name in words}
    return DisplaySpec(**{**words, **lists})


def _monitor(monitor_id: int, words: Mapping[str, Any]) -> Monitor:
    origin = Origin.HARD_WIRED if words.get("built_in") else Origin.PRECONFIGURED
    kind = MonitorType(words["type"])
    return Monitor(monitor_id, words["variable"], kind, float(words["value"]), int(words["severity"]), origin)


SiteMaker = Callable[[FleetSpec, Witness], Site]


def fleet_of(case: Case, url: str, data: TestData, version: Version) -> FleetSpec:
    """The fleet of one charger that runs a case."""
    names = data.names(url)
    station = StationSpec(
        template="conformance",
        vendor="chargepoint-sim",
        model="Conformance",
        firmware="1.0.0",
        evses=tuple(
            EvseSpec(n, (ConnectorSpec(1, cable_attached=case.fixed_cable),), bay_sensor=case.bay_sensor)
            for n in range(1, CONNECTORS + 1)
        ),
        settings={**SETTINGS, **resolve(case.settings or {}, names)},
        timing=Timing(contactor_delay_s=0.2, reboot_s=0.5, firmware_install_s=0.5),
        vendor_keys={name: vendor_key(name, text) for name, text in (case.vendor_keys or {}).items()},
        transfer_faults=case.transfer_faults,
        own_keys=case.own_keys,
        local_controller=case.local_controller,
        user_interface=case.user_interface,
        display=None if case.display is None else _display(case.display),
        monitors=tuple(_monitor(n, words) for n, words in enumerate(case.monitors, start=1)),
    )
    profile = case.security_profile
    if profile is None:
        profile = (2 if url.startswith("wss:") else 1) if data.password is not None else 0
    else:
        url = names[_URLS[profile]]
    target = CsmsTarget(
        url=url,
        security_profile=profile,
        secure_url=names["secure_url"],
        ca_file=data.ca_file,
        verify=data.verify,
        call_timeout_s=data.call_timeout_s,
    )
    identity = data.identity_of(case.case_id)
    charger = ChargerSpec(
        charger_id=CHARGER,
        identity=identity,
        version=version.value,
        station=station,
        csms=target,
        credentials=Credentials(
            password=data.password, certificate_file=data.client_certificate, key_file=data.client_key
        ),
        serial_number=identity,
    )
    return FleetSpec(name=case.case_id, chargers=(charger,), api=None)
