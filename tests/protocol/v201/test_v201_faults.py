"""2.0.1 faults of the whole station: each connector tells it (G01, G05)."""

from chargepoint_sim.core.commands import ClearFault, InjectFault
from tests.protocol.v201.bench import Bench201


def test_evse_0_is_the_whole_station() -> None:
    bench = Bench201.booted()
    assert bench.command(InjectFault(0, None, "GroundFailure")).accepted
    faulted = bench.payloads("StatusNotification")
    assert {one["connectorStatus"] for one in faulted} == {"Faulted"}
    assert {one["evseId"] for one in faulted} == {evse.evse_id for evse in bench.station.evses}
    bench.forget()
    assert bench.command(ClearFault(0)).accepted
    assert {one["connectorStatus"] for one in bench.payloads("StatusNotification")} == {"Available"}


def test_a_warning_changes_no_status() -> None:
    bench = Bench201.booted()
    assert bench.command(InjectFault(1, 1, "HighTemperature", warning=True)).accepted
    assert bench.calls("StatusNotification") == []
