"""What can be made to go wrong is what the core takes, and what is in force is told."""

import pytest

from chargepoint_sim.core import commands as core
from chargepoint_sim.core.orders import EFFECTS, TransferFault
from chargepoint_sim.fleet.detail import FaultView, Section
from chargepoint_sim.fleet.fault_kinds import FaultKind, Place, fault_kinds
from tests.fleet.test_fleet_inspection import detail_of
from tests.protocol.v16.bench import Bench16
from tests.protocol.v201.bench import Bench201


def command_for(kind: FaultKind, evse_id: int) -> core.Command:
    if kind.command == "inject-fault":
        return core.InjectFault(evse_id=evse_id, error_code=kind.name)
    if kind.command == "inject-transfer-fault":
        return core.InjectTransferFault(kind.name)
    assert kind.command == "raise-security-event"
    return core.RaiseSecurityEvent(kind.name)


@pytest.mark.parametrize("kind", fault_kinds(), ids=lambda kind: kind.name)
def test_every_kind_is_taken_by_the_charger_and_told_of(kind: FaultKind) -> None:
    for place in kind.places:
        bench = Bench201.booted()
        assert bench.command(command_for(kind, 0 if place is Place.STATION else 1)).accepted
        found = detail_of(bench, Section.FAULTS).faults
        assert found is not None
        if kind.command == "inject-fault":
            where = (None, None) if place is Place.STATION else (1, 1)
            assert found.places == (FaultView(*where, kind.name, kind.warns, None, None),)
        else:
            assert found.places == ()
            assert found.transfers == ({kind.name: None} if kind.command == "inject-transfer-fault" else {})


def test_every_transfer_fault_has_its_effect() -> None:
    assert set(EFFECTS) == set(TransferFault)


def test_what_is_cleared_is_in_force_no_more() -> None:
    bench = Bench16.booted()
    bench.command(core.InjectFault(connector_id=1, error_code="GroundFailure", info="leak", vendor_error_code="E7"))
    bench.command(core.InjectTransferFault("log-upload", 2))
    found = detail_of(bench, Section.FAULTS).faults
    assert found is not None
    assert found.places == (FaultView(1, 1, "GroundFailure", False, "leak", "E7"),)
    assert found.transfers == {"log-upload": 2}
    bench.command(core.ClearFault(connector_id=1))
    bench.command(core.ClearTransferFault("log-upload"))
    found = detail_of(bench, Section.FAULTS).faults
    assert found is not None
    assert (found.places, dict(found.transfers)) == ((), {})
