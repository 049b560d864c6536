"""2.0.1 the typical sequences, event by event, at each start point and at each stop point (E01, E02, E03, E06).

One point is another than `EVConnected,Authorized` and `EVConnected` at a time; test_v201_sequences has those two.
"""

from collections.abc import Mapping

import pytest

from chargepoint_sim.core.commands import ArriveAtBay, LeaveBay
from chargepoint_sim.core.settings import TX_POINTS
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import Bench201

Story = list[tuple[str, ...]]

WITH_SENSOR = two_sockets(evses=(EvseSpec(1, (ConnectorSpec(1),), bay_sensor=True),))
ALWAYS = {"SampledDataCtrlr.SignReadings": "true", "SampledDataCtrlr.TxUpdatedInterval": "0"}
START, STOP = "TxCtrlr.TxStartPoint", "TxCtrlr.TxStopPoint"

OCCUPIED, AVAILABLE = ("StatusNotification", "Occupied"), ("StatusNotification", "Available")
AUTHORIZE = ("Authorize",)
PLUGGED = ("Updated", "CablePluggedIn", "EVConnected")
CHARGING = ("Updated", "ChargingStateChanged", "Charging")
TOKEN_ENDS: Story = [("Updated", "StopAuthorized", "Charging"), ("Updated", "ChargingStateChanged", "EVConnected")]
CABLE_ENDS: Story = [AVAILABLE, ("Ended", "EVCommunicationLost", "Idle")]
TOKEN_ENDED: Story = [("Ended", "StopAuthorized", "EVConnected"), AVAILABLE]

CABLE_FIRST: Mapping[str, Story] = {
    "ParkingBayOccupancy": [
        ("Started", "EVDetected", "Idle"),
        OCCUPIED,
        PLUGGED,
        AUTHORIZE,
        ("Updated", "Authorized", "EVConnected"),
        CHARGING,
    ],
    "EVConnected": [
        OCCUPIED,
        ("Started", "CablePluggedIn", "EVConnected"),
        AUTHORIZE,
        ("Updated", "Authorized", "EVConnected"),
        CHARGING,
    ],
    "Authorized": [OCCUPIED, AUTHORIZE, ("Started", "Authorized", "EVConnected"), CHARGING],
    "PowerPathClosed": [OCCUPIED, AUTHORIZE, ("Started", "Authorized", "EVConnected"), CHARGING],
    "EnergyTransfer": [OCCUPIED, AUTHORIZE, ("Started", "ChargingStateChanged", "Charging")],
    "DataSigned": [OCCUPIED, AUTHORIZE, ("Started", "SignedDataReceived", "EVConnected"), CHARGING],
}
"""Start point -> what is told until energy flows, the cable before the token."""

ID_FIRST: Mapping[str, Story] = {
    "ParkingBayOccupancy": [
        ("Started", "EVDetected", "Idle"),
        AUTHORIZE,
        ("Updated", "Authorized", "Idle"),
        OCCUPIED,
        PLUGGED,
        CHARGING,
    ],
    "EVConnected": [AUTHORIZE, OCCUPIED, ("Started", "CablePluggedIn", "EVConnected"), CHARGING],
    "Authorized": [AUTHORIZE, ("Started", "Authorized", "Idle"), OCCUPIED, PLUGGED, CHARGING],
    "PowerPathClosed": [AUTHORIZE, OCCUPIED, ("Started", "CablePluggedIn", "EVConnected"), CHARGING],
    "EnergyTransfer": [AUTHORIZE, OCCUPIED, ("Started", "ChargingStateChanged", "Charging")],
    "DataSigned": [AUTHORIZE, OCCUPIED, ("Started", "SignedDataReceived", "EVConnected"), CHARGING],
}
"""The same, the token before the cable."""

BAY_ENDS: Story = [AVAILABLE, ("Updated", "EVCommunicationLost", "Idle"), ("Ended", "EVDeparted", "Idle")]

ENDS: Mapping[str, tuple[Story, Story]] = {
    "ParkingBayOccupancy": ([*TOKEN_ENDS, *BAY_ENDS], BAY_ENDS),
    "EVConnected": ([*TOKEN_ENDS, *CABLE_ENDS], CABLE_ENDS),
    "Authorized": (TOKEN_ENDED, CABLE_ENDS),
    "PowerPathClosed": (TOKEN_ENDED, CABLE_ENDS),
    "EnergyTransfer": (TOKEN_ENDED, CABLE_ENDS),
    "DataSigned": (TOKEN_ENDED, CABLE_ENDS),
}
"""Stop point -> what is told where the token comes before the cable is taken out, and where the cable alone is."""


def played(*, id_first: bool = False, **points: str) -> Bench201:
    """A vehicle comes, and energy flows."""
    names = {"start": START, "stop": STOP}
    settings = ALWAYS | {names[which]: point for which, point in points.items()}
    bench = Bench201.booted(spec=WITH_SENSOR, settings=settings)
    assert bench.command(ArriveAtBay(1)).accepted
    for step in (bench.swipe, bench.plug) if id_first else (bench.plug, bench.swipe):
        step()
        bench.wait(5)
    assert bench.status() == "Charging"
    return bench


def test_every_point_has_its_sequences() -> None:
    assert set(CABLE_FIRST) == set(ID_FIRST) == set(ENDS) == set(TX_POINTS)


@pytest.mark.parametrize("start", TX_POINTS)
@pytest.mark.parametrize(("id_first", "sequences"), [(False, CABLE_FIRST), (True, ID_FIRST)])
def test_e01_e02_e03_each_start_point_has_its_sequence(
    start: str, id_first: bool, sequences: Mapping[str, Story]
) -> None:
    bench = played(id_first=id_first, start=start)
    assert bench.story() == sequences[start]
    events = bench.transaction_events()
    assert [event["seqNo"] for event in events] == list(range(len(events)))
    unauthorised = BEFORE_TOKEN[id_first]
    first = next(n for n, event in enumerate(events) if event["triggerReason"] not in unauthorised)
    assert [n for n, event in enumerate(events) if "idToken" in event] == [first]  # once, with the first event after it


BEFORE_TOKEN = {False: {"EVDetected", "CablePluggedIn"}, True: {"EVDetected"}}
"""Token first or not -> what is told before anybody is authorised."""


@pytest.mark.parametrize("stop", TX_POINTS)
@pytest.mark.parametrize("by_token", [True, False])
def test_e06_each_stop_point_has_its_sequence(stop: str, by_token: bool) -> None:
    bench = played(stop=stop)
    bench.forget()
    if by_token:
        bench.swipe().wait(5)
    bench.unplug().wait(5)
    assert bench.command(LeaveBay(1)).accepted
    assert bench.story() == ENDS[stop][0 if by_token else 1]
    ended = bench.transaction_events()[-1]
    assert ended["transactionInfo"].get("stoppedReason", "Local") == ("Local" if by_token else "EVDisconnected")
