"""What a firmware file is, and the table of legal statuses."""

import re
import subprocess
from pathlib import Path
from typing import get_args

import ocpp.v16.enums
import ocpp.v201.enums
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargepoint_sim.config import schema
from chargepoint_sim.core.firmware import LEGAL, version_of
from chargepoint_sim.core.orders import ENDS, FirmwareStatus, LogKind, Orders, TransferFault, UploadStatus


@pytest.mark.parametrize(
    ("data", "version"),
    [
        (b"chargepoint-sim-firmware 2.1.0\n", "2.1.0"),
        (b"chargepoint-sim-firmware 2.1.0", "2.1.0"),
        (b"chargepoint-sim-firmware 2.1.0\r\n\x00\xff", "2.1.0"),
        (b"chargepoint-sim-firmware v3-rc.1+build\npayload\nmore", "v3-rc.1+build"),
        (b"chargepoint-sim-firmware " + b"9" * 50, "9" * 50),
        (b"chargepoint-sim-firmware " + b"9" * 51, None),
        (b"chargepoint-sim-firmware \n", None),
        (b"chargepoint-sim-firmware two words\n", None),
        (b"chargepoint-sim-firmware\n2.1.0", None),
        (b" chargepoint-sim-firmware 2.1.0\n", None),
        (b"Chargepoint-Sim-Firmware 2.1.0\n", None),
        (b"chargepoint-sim-firmware \xc3\xa9\n", None),
        (b"<html></html>", None),
        (b"", None),
    ],
)
def test_version_of_a_file(data: bytes, version: str | None) -> None:
    assert version_of(data) == version


@given(st.binary(max_size=200))
def test_any_other_file_is_none(data: bytes) -> None:
    if not data.startswith(b"chargepoint-sim-firmware "):
        assert version_of(data) is None


def test_every_status_has_its_row_and_every_end_is_one() -> None:
    assert set(LEGAL) == set(FirmwareStatus)
    assert {status for status, following in LEGAL.items() if not following} == set(ENDS)
    assert {following for rows in LEGAL.values() for following in rows} | {FirmwareStatus.IDLE} == set(FirmwareStatus)


def test_the_words_are_those_of_the_standard() -> None:
    assert {one.value for one in FirmwareStatus} <= {one.value for one in ocpp.v16.enums.FirmwareStatus}
    assert {one.value for one in FirmwareStatus} <= {one.value for one in ocpp.v201.enums.FirmwareStatusEnumType}
    assert {one.value for one in UploadStatus} <= {one.value for one in ocpp.v201.enums.UploadLogStatusEnumType}
    assert {one.value for one in LogKind} == {one.value for one in ocpp.v201.enums.LogEnumType}


def test_a_fault_strikes_as_often_as_it_was_injected() -> None:
    orders = Orders(faults={TransferFault.DOWNLOAD: 2, TransferFault.UPLOAD: None})
    assert [orders.strikes(TransferFault.DOWNLOAD) for _ in range(3)] == [True, True, False]
    assert [orders.strikes(TransferFault.UPLOAD) for _ in range(3)] == [True, True, True]
    assert not orders.strikes(TransferFault.INSTALL)


def test_the_line_of_the_manual_makes_a_firmware_file(tmp_path: Path) -> None:
    (line,) = re.findall(r"```bash\n(.*)\n```", (Path(__file__).parents[2] / "docs" / "transfers.md").read_text())
    subprocess.run(["bash", "-c", line], cwd=tmp_path, check=True)
    assert version_of((tmp_path / "firmware.bin").read_bytes()) == "2.1.0"


def test_the_manual_names_every_fault() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "transfers.md").read_text()
    assert set(re.findall(r"(?m)^\| `([a-z-]+)` \|", manual)) == set(TransferFault)


def test_the_fleet_file_takes_every_fault() -> None:
    assert set(get_args(schema.TransferFault)) == set(TransferFault)
