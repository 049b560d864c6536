"""A charger made of literal frames, for tests of the pure central system."""

from typing import Any

import orjson

from chargepoint_sim.clock import Now
from chargepoint_sim.csms.central import Central
from chargepoint_sim.csms.config import CsmsSettings, settings_from
from chargepoint_sim.protocol.frames import Version

SIM = 1_700_000_000.0
"""2023-11-14T22:13:20Z"""
IO = 50.0
UTC = "2023-11-14T22:13:20.000Z"
IDENTITY = "CP-1"

BOOT = {
    Version.V16: '[2,"boot","BootNotification",{"chargePointVendor":"Example","chargePointModel":"AC-22"}]',
    Version.V201: '[2,"boot","BootNotification",{"reason":"PowerUp","chargingStation":'
    '{"vendorName":"Example","model":"DC-150"}}]',
}


def at(seconds: float) -> Now:
    """So many seconds after the start, on both axes."""
    return Now(SIM + seconds, IO + seconds)


class Wire:
    """One charger on one central system."""

    def __init__(self, version: Version, *, booted: bool = True, **settings: Any) -> None:
        self.central = Central(settings_from(settings) if settings else CsmsSettings(), boot_id="b")
        self.central.connected(IDENTITY, version, at(0))
        if booted:
            self.send(BOOT[version])

    def send(self, text: str, seconds: float = 0) -> list[str]:
        """What the central system writes when this text arrives."""
        return [answer.decode() for answer in self.central.receive(IDENTITY, text, at(seconds))]

    def ask(self, text: str, seconds: float = 0) -> list[Any]:
        """The one answer, decoded."""
        (answer,) = self.send(text, seconds)
        decoded: list[Any] = orjson.loads(answer)
        return decoded

    def call(self, action: str, payload: dict[str, Any], seconds: float = 0, **options: Any) -> tuple[str, list[str]]:
        """Order a CALL: its message id, and what is written at once."""
        message_id = self.central.call(IDENTITY, action, payload, at(seconds), **options)
        return message_id, [text.decode() for text in self.central.take(IDENTITY)]
