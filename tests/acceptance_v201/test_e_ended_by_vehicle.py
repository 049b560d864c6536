"""Block E with a vehicle that speaks ISO 15118: case 46."""

import pytest

from chargepoint_sim.core.commands import PlugIn, StopEnergy
from tests.acceptance_v201.bench import EVSE_ID, StationUnderTest


@pytest.mark.parametrize(
    ("stop_point", "ends"),
    [("EVConnected", False), ("Authorized", True), ("PowerPathClosed", True), ("EVConnected,Authorized", True)],
)
def test_tc_e_46_cs(stop_point: str, ends: bool) -> None:
    """End of charging process - SessionStopReq(Terminate) by the EV.

    Precondition: energy flows to a vehicle that speaks ISO 15118.
    Requirements: E15.FR.04, E15.FR.05
    Validates: StopAuthorized and EVConnected; the transaction ends as StoppedByEV where a stop point says so.
    """
    settings = {"ISO15118Ctrlr.Enabled": "true", "TxCtrlr.TxStopPoint": stop_point}
    station = StationUnderTest.in_state_booted(settings=settings)
    assert station.command(PlugIn(EVSE_ID, vehicle="sedan_15118", soc=0.2)).accepted
    station.energy_transfer_started().forget()
    assert station.command(StopEnergy(EVSE_ID, terminate=True)).accepted
    station.wait(1)
    first, *later = station.transaction_events()
    assert (first["eventType"], first["triggerReason"]) == ("Ended" if ends else "Updated", "StopAuthorized")
    assert [first, *later][-1]["transactionInfo"]["chargingState"] == "EVConnected"
    assert (first["transactionInfo"].get("stoppedReason") == "StoppedByEV") is ends
    station.unplug()
    last = station.transaction_events()[-1]
    assert (last["eventType"], last["transactionInfo"]["stoppedReason"]) == ("Ended", "StoppedByEV")
