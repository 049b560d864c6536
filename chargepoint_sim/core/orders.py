"""What a station knows of the long work it was ordered to do: a firmware update, the upload of a log.

Plain state without rules, kept through power cuts; the rules are in core.firmware and core.diagnostics. Owns the words
of both life-cycles, those of 2.0.1, of which 1.6 uses a part.
"""

import enum
from dataclasses import dataclass
from typing import Any, Self


class FirmwareStatus(enum.StrEnum):
    """FirmwareStatusEnumType, as far as an update without signature goes (1.6 FirmwareStatus)."""

    IDLE = "Idle"
    """Ordered; the retrieve date has not come."""
    DOWNLOADING = "Downloading"
    DOWNLOADED = "Downloaded"
    """Waits for the end of running transactions."""
    DOWNLOAD_FAILED = "DownloadFailed"
    INSTALLING = "Installing"
    INSTALLED = "Installed"
    INSTALLATION_FAILED = "InstallationFailed"


class UploadStatus(enum.StrEnum):
    """UploadLogStatusEnumType."""

    IDLE = "Idle"
    UPLOADING = "Uploading"
    UPLOADED = "Uploaded"
    UPLOAD_FAILURE = "UploadFailure"
    PERMISSION_DENIED = "PermissionDenied"
    NOT_SUPPORTED_OPERATION = "NotSupportedOperation"


class TransferFault(enum.StrEnum):
    """What can be made to go wrong with an order, by template or command."""

    DOWNLOAD = "firmware-download"
    """No attempt to fetch the file succeeds."""
    FILE = "firmware-file"
    """The file arrives, but is no firmware."""
    INSTALL = "firmware-install"
    """The installation breaks off."""
    UPLOAD = "log-upload"
    """No attempt to deliver the archive succeeds."""


class LogKind(enum.StrEnum):
    """LogEnumType."""

    DIAGNOSTICS = "DiagnosticsLog"
    SECURITY = "SecurityLog"


@dataclass(slots=True)
class FirmwareUpdate:
    """An update that was ordered, the last one also when it is over."""

    url: str
    retrieve_at: float
    """Simulated instant before which nothing is downloaded."""
    tries_left: int = 1
    retry_interval_s: float = 0.0
    request_id: int | None = None
    status: FirmwareStatus = FirmwareStatus.IDLE
    version: str | None = None
    """What the file said of itself, once it is here."""
    rebooting: bool = False
    """The installation is complete, the restart under way."""
    told: FirmwareStatus | None = None
    """The status that the central system has acknowledged."""

    def to_data(self) -> dict[str, Any]:
        """As plain data."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        """Back from plain data."""
        told = FirmwareStatus(data["told"]) if data["told"] else None
        return cls(**{**data, "status": FirmwareStatus(data["status"]), "told": told})


@dataclass(slots=True)
class LogUpload:
    """An upload that was ordered, the last one also when it is over."""

    url: str
    file_name: str
    kind: LogKind = LogKind.DIAGNOSTICS
    since: float | None = None
    """Simulated instant of the oldest entry that is wanted."""
    until: float | None = None
    tries_left: int = 1
    retry_interval_s: float = 0.0
    request_id: int | None = None
    """Set by GetLog; an upload without it was ordered by GetDiagnostics of 1.6."""
    status: UploadStatus = UploadStatus.UPLOADING
    told: UploadStatus | None = None
    """The status that the central system has acknowledged."""

    def to_data(self) -> dict[str, Any]:
        """As plain data."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        """Back from plain data."""
        told = UploadStatus(data["told"]) if data["told"] else None
        return cls(**{**data, "kind": LogKind(data["kind"]), "status": UploadStatus(data["status"]), "told": told})


@dataclass(slots=True)
class Orders:
    """What one station was ordered to do, and what of it is to go wrong."""

    firmware: FirmwareUpdate | None = None
    upload: LogUpload | None = None
    faults: dict[TransferFault, int | None] | None = None
    """Injected faults: how many times more; None until cleared."""

    def strikes(self, fault: TransferFault) -> bool:
        """Whether an injected fault hits now; one that was injected for a number of times is used up by it."""
        if not self.faults or fault not in self.faults:
            return False
        left = self.faults[fault]
        if left is not None:
            self.faults[fault] = left - 1
            if left <= 1:
                del self.faults[fault]
        return True

    @property
    def firmware_busy(self) -> bool:
        """An update is between its download and its end."""
        return self.firmware is not None and self.firmware.status in _UNDER_WAY

    @property
    def firmware_waits(self) -> bool:
        """New firmware is here and waits until nobody charges."""
        return self.firmware is not None and self.firmware.status is FirmwareStatus.DOWNLOADED

    @property
    def out_of_service(self) -> bool:
        """New firmware waits to be installed or is being installed: nobody may start."""
        return self.firmware is not None and self.firmware.status in _OUT_OF_SERVICE

    @property
    def uploading(self) -> bool:
        """An upload is under way, or waits for its next attempt."""
        return self.upload is not None and self.upload.status is UploadStatus.UPLOADING


_OUT_OF_SERVICE = (FirmwareStatus.DOWNLOADED, FirmwareStatus.INSTALLING)
_UNDER_WAY = (FirmwareStatus.DOWNLOADING, *_OUT_OF_SERVICE)
