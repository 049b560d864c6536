"""Passwords and security profiles that chargers have taken over (2.0.1 A01.FR.03, A05.FR.07, white paper A01, A05)."""

from typing import Any

import orjson
import pytest

from chargepoint_sim.csms.credentials import Credentials

CP, PASSWORD = "CP-1", "a-password-of-2.0.1"


def set_variable(name: str, value: str, status: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    place = {"component": {"name": "Some"}, "variable": {"name": name}}
    wanted = {"setVariableData": [{**place, "attributeValue": value}]}
    return "SetVariables", wanted, {"setVariableResult": [{**place, "attributeStatus": status}]}


def change(key: str, value: str, status: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return "ChangeConfiguration", {"key": key, "value": value}, {"status": status}


def stored(slot: int, level: int, status: str = "Accepted") -> tuple[str, dict[str, Any], dict[str, Any]]:
    request = {"configurationSlot": slot, "connectionData": {"securityProfile": level}}
    return "SetNetworkProfile", request, {"status": status}


@pytest.mark.parametrize("status", ["Accepted", "RebootRequired"])
def test_a01_fr_03_a_password_that_was_taken_is_the_one_to_show(status: str) -> None:
    assert Credentials().answered(CP, *set_variable("BasicAuthPassword", PASSWORD, status)) == PASSWORD
    assert Credentials().answered(CP, *change("AuthorizationKey", "00" * 16, "Accepted")) == "00" * 16


def test_a01_fr_04_a_password_that_was_refused_changes_nothing() -> None:
    assert Credentials().answered(CP, *set_variable("BasicAuthPassword", PASSWORD, "Rejected")) is None
    assert Credentials().answered(CP, *change("AuthorizationKey", "00" * 16, "Rejected")) is None
    assert Credentials().answered(CP, *set_variable("OfflineThreshold", "60", "Accepted")) is None


def test_a05_fr_07_an_upgrade_counts_from_the_first_connection_with_it() -> None:
    credentials = Credentials()
    credentials.answered(CP, *stored(2, 3))
    assert credentials.connected(CP, 2) is None
    credentials.answered(CP, *set_variable("NetworkConfigurationPriority", "2,1", "RebootRequired"))
    assert credentials.connected(CP, 2) is None, "it has fallen back"
    assert credentials.connected("CP-2", 3) is None
    assert credentials.connected(CP, 3) == 3
    assert credentials.connected(CP, 3) is None, "it is known"


def test_a05_fr_07_the_security_profile_of_1_6() -> None:
    credentials = Credentials()
    credentials.answered(CP, *change("SecurityProfile", "2", "Rejected"))
    assert credentials.connected(CP, 2) is None
    credentials.answered(CP, *change("SecurityProfile", "2", "Accepted"))
    assert credentials.connected(CP, 2) == 2


def test_an_upgrade_that_is_under_way_outlives_a_restart() -> None:
    before, after = Credentials(), Credentials()
    before.answered(CP, *stored(2, 3))
    before.answered(CP, *change("SecurityProfile", "2", "Accepted"))
    after.restore(orjson.loads(orjson.dumps(before.to_data())))
    assert after.connected(CP, 2) == 2
    after.answered(CP, *set_variable("NetworkConfigurationPriority", "2,1", "Accepted"))
    assert after.connected(CP, 3) == 3


def test_a_profile_that_was_refused_or_is_not_known_raises_nothing() -> None:
    credentials = Credentials()
    credentials.answered(CP, *stored(2, 3, "Rejected"))
    credentials.answered(CP, *set_variable("NetworkConfigurationPriority", "2,1", "Accepted"))
    assert credentials.connected(CP, 3) is None
