"""2.0.1: every message has a room, DataTransfer, and what API places mean."""

import pytest

from chargepoint_sim.core.commands import TransferData
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.schemas import schemas
from chargepoint_sim.protocol.v201.adapter import ADAPTER
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import Bench201

FROM_STATION = {
    "Authorize",
    "BootNotification",
    "ClearedChargingLimit",
    "FirmwareStatusNotification",
    "Get15118EVCertificate",
    "GetCertificateStatus",
    "Heartbeat",
    "LogStatusNotification",
    "MeterValues",
    "NotifyChargingLimit",
    "NotifyCustomerInformation",
    "NotifyDisplayMessages",
    "NotifyEVChargingNeeds",
    "NotifyEVChargingSchedule",
    "NotifyEvent",
    "NotifyMonitoringReport",
    "NotifyReport",
    "PublishFirmwareStatusNotification",
    "ReportChargingProfiles",
    "ReservationStatusUpdate",
    "SecurityEventNotification",
    "SignCertificate",
    "StatusNotification",
    "TransactionEvent",
}
"""What only a station sends."""


def test_every_action_of_a_central_system_is_handled_or_declined_with_a_reason() -> None:
    known = set(ADAPTER.handles) | set(ADAPTER.unsupported)
    assert known == set(schemas(Version.V201).requests) - FROM_STATION
    assert not set(ADAPTER.handles) & set(ADAPTER.unsupported)
    assert set(ADAPTER.sends) <= FROM_STATION | {"DataTransfer"}
    assert all(ADAPTER.unsupported.values())


@pytest.mark.parametrize("action", sorted(ADAPTER.unsupported))
def test_what_is_not_built_is_not_supported(action: str) -> None:
    assert Bench201.booted().error(action) == "NotSupported"


def test_what_nobody_knows_is_not_implemented() -> None:
    assert Bench201.booted().error("Dance") == "NotImplemented"
    assert Bench201.booted().error("BootNotification") == "NotSupported"


def test_p01_no_vendor_is_known() -> None:
    bench = Bench201.booted()
    assert bench.answer("DataTransfer", {"vendorId": "org.example", "data": {"any": [1]}}) == {
        "status": "UnknownVendorId"
    }
    assert bench.error("DataTransfer", {"data": "x"}) == "OccurrenceConstraintViolation"


def test_p02_on_the_wire() -> None:
    bench = Bench201.booted()
    assert bench.command(TransferData("org.example", "hello", "text")).accepted
    assert bench.command(TransferData("org.example")).accepted
    assert bench.payloads("DataTransfer") == [
        {"vendorId": "org.example", "messageId": "hello", "data": "text"},
        {"vendorId": "org.example"},
    ]
    assert bench.seen("data_transfer_answered")[0].data == {"vendor_id": "org.example", "status": "Accepted"}


@pytest.mark.parametrize(
    ("place", "meant"),
    [
        ((None, None), (None, None)),
        ((1, 1), (1, 1)),
        ((2, None), (2, None)),
        ((1, 2), (1, 2)),  # exact, even where there is no such connector
        ((None, 2), (2, 1)),  # counted through
    ],
)
def test_what_an_api_place_means(place: tuple[int | None, int | None], meant: tuple[int | None, int | None]) -> None:
    assert ADAPTER.place(two_sockets(), *place) == meant
