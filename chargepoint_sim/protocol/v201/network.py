"""2.0.1 SetNetworkProfile, the list of profiles and the password (use cases B09, B10, A01 and A05).

What way a charger goes to its central system the simulation has no part in: any interface and any APN is taken, a VPN
is refused.
"""

import re
from collections.abc import Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core import network
from chargepoint_sim.core.access import PASSWORD, PROFILE
from chargepoint_sim.core.network import NetworkProfile, networks_of_file
from chargepoint_sim.core.settings import Value
from chargepoint_sim.protocol import redial, security_events
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, handles
from chargepoint_sim.protocol.v201.verdicts import Reason, accepted, rejected, status_info

SPOKEN: Mapping[str, str] = {"ocppVersion": "OCPP20", "ocppTransport": "JSON"}
"""What a profile must ask for: a station does not change the version that it speaks."""

_PASSWORD = re.compile(r"[A-Za-z0-9*\-_=:+|@.]{16,40}")


@handles("SetNetworkProfile")
def set_network_profile(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Keep a profile in its slot; it is dialled after a restart, where the list names it (B09.FR.01 to 06)."""
    data: Payload = request["connectionData"]
    slot: int = request["configurationSlot"]
    profile = NetworkProfile(data["ocppCsmsUrl"], data["securityProfile"], data["messageTimeout"])
    flaw = network.flaw(slot, profile) or _not_built(data)
    if flaw is not None:
        return rejected(Reason.INVALID_NETWORK, flaw)
    station = context.station
    if profile.security_profile < station.settings.integer(PROFILE):
        return rejected(Reason.NO_DOWNGRADE, "the security profile in force is higher")  # B09.FR.04
    access = station.access
    access.networks = access.networks or networks_of_file(station.settings)
    network.store(access.networks, slot, profile)
    security_events.note(context, "ReconfigurationOfSecurityParameters", now, f"network profile {slot}")
    return accepted()


def _not_built(data: Payload) -> str | None:
    for name, spoken in SPOKEN.items():
        if data[name] != spoken:
            return f"{name} is {spoken} here, not {data[name]}"
    return "this station has no VPN" if "vpn" in data else None


def check_priority(context: BlockContext, value: Value, now: Now) -> Payload | None:
    """Every slot of the list holds a profile (B10.FR.02) whose security the station is ready for (A05.FR.02, 03)."""
    station, access = context.station, context.station.access
    networks = access.networks or networks_of_file(station.settings)
    assert isinstance(value, tuple)
    for slot in value:
        profile = networks.slots.get(int(slot))
        if profile is None:
            return status_info(Reason.INVALID_NETWORK, f"slot {slot} is empty")
        if profile.security_profile <= station.settings.integer(PROFILE):
            continue
        password_set = bool(station.settings.text(PASSWORD))
        missing = access.missing_for(profile.security_profile, station.utc(now.sim), password_set=password_set)
        if missing is not None:
            return status_info(Reason.INVALID_NETWORK, f"slot {slot}: {missing}")
    return None


def check_password(context: BlockContext, value: Value, now: Now) -> Payload | None:
    """A passwordString of 16 to 40 characters (A01, part 2 SecurityCtrlr)."""
    if _PASSWORD.fullmatch(str(value)) is None:
        return status_info(Reason.INVALID_VALUE, "a password has 16 to 40 characters of identifierString and :+|@.=")
    return None


def password_set(context: BlockContext, before: Value, now: Now) -> None:
    """Log it, without its content (A01.FR.11, A01.FR.12), and connect with it where one is shown."""
    access, profile = context.station.access, context.station.settings.integer(PROFILE)
    security_events.note(context, "ReconfigurationOfSecurityParameters", now, "BasicAuthPassword")
    if profile in (1, 2):
        access.previous_password = access.previous_password if access.previous_password is not None else str(before)
        redial.reconnect(context, now)
