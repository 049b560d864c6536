"""What a case needs of the machinery that runs its charger; the command line provides it (architecture chapter 2).

Also builds the charger of a case as plain data.
"""

from collections.abc import Callable
from typing import Protocol

from chargepoint_sim.conformance.cases import Case
from chargepoint_sim.conformance.testdata import TestData, resolve
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
