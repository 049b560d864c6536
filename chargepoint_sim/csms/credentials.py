"""What the central system follows of what chargers have taken over: passwords and security profiles.

2.0.1 A01.FR.03 and A05.FR.07, white paper (edition 3) A01 and A05. Pure; holds what chargers have accepted and not
shown yet. Which password and which least profile are in force stands in the server's settings.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chargepoint_sim.protocol.frames import Payload

_PASSWORDS = frozenset({"AuthorizationKey", "BasicAuthPassword"})


class Credentials:
    """Upgrades that are under way, of all chargers."""

    __slots__ = ("_slots", "_upgrades")

    def __init__(self) -> None:
        self._slots: dict[tuple[str, int], int] = {}
        """Identity and slot of a network profile -> its security profile."""
        self._upgrades: dict[str, int] = {}

    def to_data(self) -> dict[str, Any]:
        """What is under way, as plain data."""
        return {"slots": [[*place, level] for place, level in self._slots.items()], "upgrades": dict(self._upgrades)}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what `to_data` has made."""
        self._slots = {(identity, slot): level for identity, slot, level in data["slots"]}
        self._upgrades = dict(data["upgrades"])

    def answered(self, identity: str, action: str, request: Payload, answer: Payload) -> str | None:
        """Take note of a CALL and its answer; the password that the charger shows from now on, if that changes it."""
        if action == "SetNetworkProfile" and answer["status"] == "Accepted":
            self._slots[identity, request["configurationSlot"]] = request["connectionData"]["securityProfile"]
        password = None
        for name, value in _taken(action, request, answer):
            if name in _PASSWORDS:
                password = value
            elif name == "SecurityProfile":
                self._upgrades[identity] = int(value)
            elif name == "NetworkConfigurationPriority":
                level = self._slots.get((identity, int(value.partition(",")[0])))
                if level is not None:
                    self._upgrades[identity] = level
        return password

    def connected(self, identity: str, profile: int) -> int | None:
        """The charger is let in with a security profile; it is the least one from now on if an upgrade led to it."""
        wanted = self._upgrades.get(identity)
        if wanted is None or profile < wanted:
            return None
        del self._upgrades[identity]
        return wanted


def _taken(action: str, request: Payload, answer: Payload) -> Iterator[tuple[str, str]]:
    """The keys of 1.6 or variables of 2.0.1 that a charger has taken over, with their values."""
    if action == "ChangeConfiguration" and answer["status"] == "Accepted":
        yield request["key"], request["value"]
    elif action == "SetVariables":
        for wanted, result in zip(request["setVariableData"], answer["setVariableResult"], strict=False):
            if result["attributeStatus"] in ("Accepted", "RebootRequired"):
                yield wanted["variable"]["name"], wanted["attributeValue"]
