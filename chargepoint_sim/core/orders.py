"""What a station knows of the long work it was ordered to do: a firmware update, the upload of a log, a publication.

Plain state without rules, kept through power cuts; the rules are in core.firmware, core.diagnostics and
core.publishing. Owns the words of the life-cycles, those of 2.0.1, of which 1.6 uses a part.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


class FirmwareStatus(enum.StrEnum):
    """FirmwareStatusEnumType; 1.6 without signature knows the first seven."""

    IDLE = "Idle"
    """Ordered, and nothing done yet."""
    DOWNLOADING = "Downloading"
    DOWNLOADED = "Downloaded"
    DOWNLOAD_FAILED = "DownloadFailed"
    INSTALLING = "Installing"
    INSTALLED = "Installed"
    INSTALLATION_FAILED = "InstallationFailed"
    DOWNLOAD_SCHEDULED = "DownloadScheduled"
    DOWNLOAD_PAUSED = "DownloadPaused"
    SIGNATURE_VERIFIED = "SignatureVerified"
    INVALID_SIGNATURE = "InvalidSignature"
    INSTALL_SCHEDULED = "InstallScheduled"
    INSTALL_REBOOTING = "InstallRebooting"
    INSTALL_VERIFICATION_FAILED = "InstallVerificationFailed"
    """Signed, and no firmware all the same."""


class UploadStatus(enum.StrEnum):
    """UploadLogStatusEnumType."""

    IDLE = "Idle"
    UPLOADING = "Uploading"
    UPLOADED = "Uploaded"
    UPLOAD_FAILURE = "UploadFailure"
    PERMISSION_DENIED = "PermissionDenied"
    NOT_SUPPORTED_OPERATION = "NotSupportedOperation"
    ACCEPTED_CANCELED = "AcceptedCanceled"
    """Another upload has taken its place (2.0.1 N01.FR.20)."""


class PublishStatus(enum.StrEnum):
    """PublishFirmwareStatusEnumType without DownloadScheduled and DownloadPaused: a publication has no set time."""

    IDLE = "Idle"
    """Ordered, and nothing done yet."""
    DOWNLOADING = "Downloading"
    DOWNLOADED = "Downloaded"
    DOWNLOAD_FAILED = "DownloadFailed"
    CHECKSUM_VERIFIED = "ChecksumVerified"
    INVALID_CHECKSUM = "InvalidChecksum"
    PUBLISHED = "Published"
    PUBLISH_FAILED = "PublishFailed"


class TransferFault(enum.StrEnum):
    """What can be made to go wrong with an order, by template or command."""

    DOWNLOAD = "firmware-download"
    PAUSE = "firmware-pause"
    FILE = "firmware-file"
    INSTALL = "firmware-install"
    REVOKED = "firmware-revoked"
    PUBLISH = "firmware-publish"
    STORE = "certificate-store"
    UPLOAD = "log-upload"


EFFECTS: Mapping[TransferFault, str] = {
    TransferFault.DOWNLOAD: "no attempt to fetch the file succeeds",
    TransferFault.PAUSE: "the download stands still for a while before it goes on",
    TransferFault.FILE: "the file arrives, but is no firmware",
    TransferFault.INSTALL: "the installation breaks off",
    TransferFault.REVOKED: "the certificate that a file is signed with counts as revoked",
    TransferFault.PUBLISH: "the file server of a local controller takes no file",
    TransferFault.STORE: "a sound root certificate cannot be stored",
    TransferFault.UPLOAD: "no attempt to deliver the archive succeeds",
}
"""What each fault makes of an order."""


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
    """The notifications name it; without one, in 1.6, the further statuses are not told."""
    signing_certificate: str = ""
    """PEM of the certificate that the signature is checked with; empty where the file is not signed (2.0.1 L02)."""
    signature: str = ""
    """Base64."""
    install_at: float | None = None
    """Simulated instant before which nothing is installed."""
    status: FirmwareStatus = FirmwareStatus.IDLE
    version: str | None = None
    """What the file said of itself, once it is here."""
    waits: bool = False
    """All is ready to be installed, as soon as nobody charges."""
    rebooting: bool = False
    """The installation is complete, the restart under way."""
    told: FirmwareStatus | None = None
    """The status that the central system has acknowledged."""

    @property
    def signed(self) -> bool:
        """The file counts only with a signature that is right."""
        return bool(self.signing_certificate)

    @property
    def detailed(self) -> bool:
        """The further statuses are told."""
        return self.request_id is not None

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
class Publication:
    """A firmware file that a local controller was ordered to offer, also when that has failed (2.0.1 L03)."""

    url: str
    checksum: str
    """MD5 over the whole file, 32 hexadecimal digits in lower case; names the publication."""
    request_id: int
    tries_left: int = 1
    retry_interval_s: float = 0.0
    status: PublishStatus = PublishStatus.IDLE
    locations: tuple[str, ...] = ()
    """Where the file can be fetched while it is published."""
    told: PublishStatus | None = None
    """The status that the central system has acknowledged."""

    def to_data(self) -> dict[str, Any]:
        """As plain data; what was published is not, for the file itself is not kept."""
        return {
            name: getattr(self, name) for name in ("url", "checksum", "request_id", "tries_left", "retry_interval_s")
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        """Back from plain data: the file is to be fetched and published once more."""
        return cls(**data)


@dataclass(slots=True)
class Orders:
    """What one station was ordered to do, and what of it is to go wrong."""

    firmware: FirmwareUpdate | None = None
    upload: LogUpload | None = None
    publications: dict[str, Publication] | None = None
    """By checksum, in the order in which they were asked for."""
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
    def firmware_open(self) -> bool:
        """An update was ordered and has not come to its end."""
        return self.firmware is not None and self.firmware.status not in ENDS

    @property
    def firmware_busy(self) -> bool:
        """An update is between its download and its end."""
        return self.firmware_open and self.firmware is not None and self.firmware.status not in _BEFORE

    @property
    def firmware_waits(self) -> bool:
        """New firmware is here and waits until nobody charges."""
        return self.firmware is not None and self.firmware.waits

    @property
    def installing(self) -> bool:
        """New firmware is being installed."""
        return self.firmware is not None and self.firmware.status in INSTALLATION

    @property
    def uploading(self) -> bool:
        """An upload is under way, or waits for its next attempt."""
        return self.upload is not None and self.upload.status is UploadStatus.UPLOADING


INSTALLATION = (FirmwareStatus.INSTALLING, FirmwareStatus.INSTALL_REBOOTING)
ENDS = (
    FirmwareStatus.DOWNLOAD_FAILED,
    FirmwareStatus.INVALID_SIGNATURE,
    FirmwareStatus.INSTALL_VERIFICATION_FAILED,
    FirmwareStatus.INSTALLATION_FAILED,
    FirmwareStatus.INSTALLED,
)
_BEFORE = (FirmwareStatus.IDLE, FirmwareStatus.DOWNLOAD_SCHEDULED)
