"""Network connection profiles in virtual time: a slot is dialled where it points to (2.0.1 B09, B10)."""

import pytest

from chargepoint_sim.simulation import Simulation
from tests.simulation.fleets import quiet

ELSEWHERE = "ws://elsewhere.example:9100/ocpp"


def migrated(url: str, *addresses: str, priority: str = "2,1") -> Simulation:
    """A station that was told of another central system in slot 2, and has restarted."""
    simulation = Simulation(quiet("E-1"), addresses=addresses)
    assert simulation.run(lambda: simulation.view("E-1").registration == "Accepted", within_s=60)
    profile = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": url,
        "messageTimeout": 30,
        "securityProfile": 0,
        "ocppInterface": "Wired0",
    }
    stored = simulation.ask("E-1", "SetNetworkProfile", {"configurationSlot": 2, "connectionData": profile})
    assert stored.payload == {"status": "Accepted"}
    chosen = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "NetworkConfigurationPriority"},
        "attributeValue": priority,
    }
    answer = simulation.ask("E-1", "SetVariables", {"setVariableData": [chosen]}).payload
    assert answer["setVariableResult"][0]["attributeStatus"] == "RebootRequired"
    assert simulation.ask("E-1", "Reset", {"type": "Immediate"}).payload == {"status": "Accepted"}
    simulation.run_for(5)
    assert simulation.run(lambda: simulation.view("E-1").registration == "Accepted", within_s=7200)
    return simulation


def slot_in_use(simulation: Simulation) -> int:
    networks = simulation.charger("E-1").station.access.networks
    assert networks is not None
    return networks.proven


def refusals(simulation: Simulation) -> list[str]:
    return [str(one.data["end"]) for one in simulation.events("E-1") if one.kind == "charger_refused"]


def test_b10_fr_03_a_slot_that_leads_nowhere_is_left_after_its_attempts() -> None:
    simulation = migrated(ELSEWHERE)
    assert slot_in_use(simulation) == 1
    attempts = simulation.charger("E-1").station.settings.integer("OCPPCommCtrlr.NetworkProfileConnectionAttempts")
    refused = refusals(simulation)
    assert len(refused) == attempts
    assert all("elsewhere.example:9100: connection refused" in end for end in refused)


@pytest.mark.parametrize("url", [ELSEWHERE, ELSEWHERE.upper().replace("WS:", "ws:")])
def test_b10_fr_07_a_slot_that_leads_to_the_central_system_is_kept(url: str) -> None:
    simulation = migrated(url, "ws://elsewhere.example:9100")
    assert slot_in_use(simulation) == 2
    assert refusals(simulation) == []


def test_a_slot_with_the_address_of_the_fleet_file_is_no_other_place() -> None:
    simulation = migrated("ws://127.0.0.1:9000/another/path")
    assert slot_in_use(simulation) == 2
    assert refusals(simulation) == []


def test_the_only_slot_of_the_list_leads_nowhere_and_the_proven_one_helps_out() -> None:
    simulation = migrated(ELSEWHERE, priority="2")
    assert slot_in_use(simulation) == 1
