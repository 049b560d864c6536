"""Commands that cannot be carried out: each is refused in words, and neither sends nor changes anything."""

from collections.abc import Sequence

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core.commands import (
    AuthorizeToken,
    BeginTransaction,
    Command,
    EndTransaction,
    PlugIn,
    PresentToken,
    RaiseSecurityEvent,
    RequestEnergy,
    SetPowerLimit,
    StartSession,
    StopEnergy,
    StopSession,
    TransferData,
    UnlockConnector,
    Unplug,
)
from chargepoint_sim.core.smart_charging.profiles import LimitSource
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec
from tests.protocol.harness import two_sockets
from tests.protocol.v16.bench import OTHER_TAG, TAG, Bench16

CABLES = two_sockets(evses=(EvseSpec(1, (ConnectorSpec(1, "cType2", cable_attached=True),)),))


def both_charging() -> list[Command]:
    plugged = [PlugIn(connector_id=n, vehicle="suv", soc=0.3) for n in (1, 2)]
    return [*plugged, *(PresentToken(connector_id=n, id_token=TAG) for n in (1, 2))]


CHARGING: list[Command] = [PlugIn(vehicle="suv", soc=0.3), PresentToken(id_token=TAG)]

REFUSED: list[tuple[str, Sequence[Command], Command, str]] = [
    ("no connector", [], PlugIn(connector_id=3), "there is no connector 3"),
    ("cable in", [PlugIn(vehicle="suv")], PlugIn(vehicle="suv"), "has a cable in already"),
    ("vehicle", [], PlugIn(vehicle="submarine"), "there is no vehicle 'submarine'"),
    ("no cable", [], Unplug(), "has no cable in"),
    ("begun already", CHARGING, BeginTransaction(id_token=OTHER_TAG), "has a transaction already"),
    ("nothing to end", [], EndTransaction(), "no transaction is running"),
    ("no such transaction", CHARGING, EndTransaction("77"), "no such transaction is running"),
    ("which of them", both_charging(), EndTransaction(), "several transactions are running"),
    ("no session to stop", [], StopSession(), "EVSE 1 has no session"),
    ("in use", CHARGING, StartSession(id_token=OTHER_TAG), "EVSE 1 is in use"),
    ("nobody asks for energy", [], RequestEnergy(), "EVSE 1 has no vehicle"),
    ("nobody ends energy", [], StopEnergy(), "EVSE 1 has no vehicle"),
    ("negative limit", [], SetPowerLimit(power_w=-1.0), "a power limit is not negative"),
    ("operator's limit", [], SetPowerLimit(power_w=1.0, source=LimitSource.CSO), "as charging profiles"),
    ("no vendor", [], TransferData(vendor_id=""), "a vendor id has 1 to 255 characters"),
    ("long vendor", [], TransferData(vendor_id="v" * 256), "a vendor id has 1 to 255 characters"),
    ("long message id", [], TransferData(vendor_id="v", message_id="m" * 51), "a message id at most 50"),
    ("no such event", [], RaiseSecurityEvent("Boredom"), "there is no event 'Boredom'"),
]


@pytest.mark.parametrize(("before", "command", "words"), [pytest.param(*one[1:], id=one[0]) for one in REFUSED])
def test_a_command_that_does_not_fit_is_refused_and_changes_nothing(
    before: Sequence[Command], command: Command, words: str
) -> None:
    bench = Bench16.booted()
    for one in before:
        assert bench.command(one).accepted
    bench.wait(10).forget()
    state = snapshot.take(bench.charger, bench.now.sim)
    outcome = bench.command(command)
    assert not outcome.accepted
    assert words in outcome.reason
    assert bench.sent == []
    assert snapshot.take(bench.charger, bench.now.sim) == state


def test_a_fixed_cable_cannot_be_unlocked() -> None:
    outcome = Bench16.booted(spec=CABLES).command(UnlockConnector())
    assert not outcome.accepted
    assert "a fixed cable and no lock" in outcome.reason


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (AuthorizeToken(id_token=TAG), "is offline and does not know the token"),
        (TransferData(vendor_id="v"), "a DataTransfer is not queued"),
        (StartSession(id_token=TAG, vehicle="suv"), "is offline and does not accept the token"),
    ],
    ids=["authorize", "data transfer", "session"],
)
def test_what_needs_the_central_system_is_refused_without_a_link(command: Command, words: str) -> None:
    bench = Bench16.booted()
    bench.cut().forget()
    outcome = bench.command(command)
    assert not outcome.accepted
    assert words in outcome.reason
    assert bench.station.evses[0].plugged is None
    bench.come_back()
    assert bench.calls("Authorize", "DataTransfer", "StartTransaction") == []


def test_without_power_nobody_starts() -> None:
    bench = Bench16.booted()
    bench.power_down()
    outcome = bench.command(StartSession(id_token=TAG, vehicle="suv"))
    assert (outcome.accepted, outcome.reason) == (False, "the charger has no power")
    assert outcome.info == {"no_power": True}


def test_a_transaction_that_nobody_has_authorised_any_more_cannot_be_ended_twice() -> None:
    bench = Bench16.charging(settings={"TxCtrlr.TxStopPoint": "EVConnected"})
    assert bench.command(EndTransaction()).accepted
    outcome = bench.command(EndTransaction())
    assert not outcome.accepted
    assert "nobody charges at EVSE 1" in outcome.reason
