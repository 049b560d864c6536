"""Settings that drive behaviour: the controller variables of 2.0.1, which 1.6 shows as configuration keys.

Owns their names, types, bounds and defaults, and the sparse overlay that each charger lays over the defaults it
shares with all others of its template. A setting is named `Component.Variable` or `Component.Variable[Instance]`
(2.0.1 part 2 appendix 3). What only 1.6 has lives under the component `Ocpp16`.
"""

import enum
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chargepoint_sim.clock import parse_utc

Value = bool | int | float | str | tuple[str, ...]


class Kind(enum.StrEnum):
    """DataEnumType of 2.0.1, plus the password string."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    STRING = "string"
    DATE_TIME = "dateTime"
    OPTION = "OptionList"
    MEMBERS = "MemberList"
    SEQUENCE = "SequenceList"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its type, bounds and default."""

    name: str
    kind: Kind
    default: Value
    unit: str | None = None
    minimum: float | None = None
    """For numbers the smallest value; for lists the fewest members."""
    maximum: float | None = None
    """For numbers the largest value; for texts and lists the largest number of characters."""
    choices: tuple[str, ...] = ()
    """Allowed members or options; empty allows any text."""
    writable: bool = True
    secret: bool = False
    """Write-only: never reported."""
    pattern: str = ""
    """What a text must match as a whole; empty takes any."""
    example: str = ""
    """A text that matches, for people."""
    reboot: bool = False
    """What is set takes effect at the next restart."""


MEASURANDS = (
    "Current.Import",
    "Current.Offered",
    "Energy.Active.Import.Register",
    "Frequency",
    "Power.Active.Import",
    "Power.Factor",
    "Power.Offered",
    "SoC",
    "Voltage",
)
"""What the simulated meter can measure; the same words in both versions."""

BAY_OCCUPANCY = "ParkingBayOccupancy"
TX_POINTS = (BAY_OCCUPANCY, "EVConnected", "Authorized", "DataSigned", "PowerPathClosed", "EnergyTransfer")
"""TxStartPoint and TxStopPoint values (2.0.1 part 2 chapter 2.6.6); the first takes a sensor in the bay."""

PUBLIC_KEY_SHOWN = ("Never", "OncePerTransaction", "EveryMeterValue")
"""PublicKeyWithSignedMeterValueEnumType of 2.0.1."""

RATE_UNITS = ("Current", "Power")
"""What limits may be given in: 1.6 words for A per phase and W in total."""

FEATURE_PROFILES = (
    "Core",
    "FirmwareManagement",
    "LocalAuthListManagement",
    "Reservation",
    "SmartCharging",
    "RemoteTrigger",
)
"""The feature profiles of 1.6 (section 3.3)."""

LONGEST_VALUE = 500
"""Characters of a configuration key's value (1.6 section 6.9)."""

ROTATIONS = ("NotApplicable", "Unknown", "RST", "RTS", "SRT", "STR", "TRS", "TSR")
"""How the phases of an outlet can be wired to those of its meter; R, S and T stand for L1, L2 and L3."""

_ROTATION = rf"\d{{1,3}}\.({'|'.join(ROTATIONS)})"

CACHE_POLICIES = ("LRU", "LFU", "FIFO")
"""Which accepted token leaves a full cache first: the least recently or least often used, or the oldest."""

NETWORK_SLOTS = ("1", "2", "3")
"""The configuration slots for network connection profiles (2.0.1 B09)."""

TIME_SOURCES = ("Heartbeat", "RealTimeClock")
"""What a station can go by: the clock of its central system, or the one inside it, which nothing sets."""

MONITORING_BASES = ("All", "FactoryDefault", "HardWiredOnly")
"""MonitoringBaseEnumType of 2.0.1."""

SAMPLED_DEFAULT = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Power.Offered",
    "Current.Import",
    "Current.Offered",
    "Voltage",
)
_REGISTER = ("Energy.Active.Import.Register",)


def _boolean(name: str, default: bool, *, writable: bool = True) -> Setting:
    return Setting(name, Kind.BOOLEAN, default, writable=writable)


def _seconds(name: str, default: int, minimum: int = 0, *, writable: bool = True) -> Setting:
    return Setting(name, Kind.INTEGER, default, "s", minimum, 2**31 - 1, writable=writable)


def _count(name: str, default: int, minimum: int = 0, *, maximum: int = 2**31 - 1, writable: bool = True) -> Setting:
    return Setting(name, Kind.INTEGER, default, None, minimum, maximum, writable=writable)


def _measurands(name: str, default: tuple[str, ...]) -> Setting:
    return Setting(name, Kind.MEMBERS, default, None, None, 500, MEASURANDS)


def _text(name: str, default: str, maximum: int = 500, *, writable: bool = True, secret: bool = False) -> Setting:
    return Setting(name, Kind.STRING, default, None, None, maximum, writable=writable, secret=secret)


_ALL = (
    # B, G02, part 4: the link
    _seconds("OCPPCommCtrlr.HeartbeatInterval", 300),
    _seconds("OCPPCommCtrlr.MessageTimeout[Default]", 35, 1),
    _seconds("OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]", 60),
    _count("OCPPCommCtrlr.MessageAttempts[TransactionEvent]", 3, 1),
    _seconds("OCPPCommCtrlr.OfflineThreshold", 60),
    _count("OCPPCommCtrlr.ResetRetries", 3),
    _seconds("OCPPCommCtrlr.RetryBackOffRandomRange", 10),
    _count("OCPPCommCtrlr.RetryBackOffRepeatTimes", 5),
    _seconds("OCPPCommCtrlr.RetryBackOffWaitMinimum", 5, 1),
    _seconds("OCPPCommCtrlr.WebSocketPingInterval", 60),
    Setting(
        "OCPPCommCtrlr.NetworkConfigurationPriority",
        Kind.SEQUENCE,
        ("1",),
        minimum=1,
        maximum=100,
        choices=NETWORK_SLOTS,
        reboot=True,
    ),
    _count("OCPPCommCtrlr.NetworkProfileConnectionAttempts", 3, 1),
    _boolean("OCPPCommCtrlr.UnlockOnEVSideDisconnect", True),
    _boolean("OCPPCommCtrlr.QueueAllMessages", False),
    # E: transactions
    _seconds("TxCtrlr.EVConnectionTimeOut", 60),
    _count("TxCtrlr.MaxEnergyOnInvalidId", 0),
    _boolean("TxCtrlr.StopTxOnEVSideDisconnect", True),
    _boolean("TxCtrlr.StopTxOnInvalidId", True),
    _boolean("TxCtrlr.TxBeforeAcceptedEnabled", False),
    Setting("TxCtrlr.TxStartPoint", Kind.MEMBERS, ("EVConnected", "Authorized"), minimum=1, choices=TX_POINTS),
    Setting("TxCtrlr.TxStopPoint", Kind.MEMBERS, ("EVConnected",), minimum=1, choices=TX_POINTS),
    # C: authorization
    _boolean("AuthCtrlr.Enabled", True),
    _boolean("AuthCtrlr.AuthorizeRemoteStart", False),
    _boolean("AuthCtrlr.LocalAuthorizeOffline", True),
    _boolean("AuthCtrlr.LocalPreAuthorize", False),
    _boolean("AuthCtrlr.OfflineTxForUnknownIdEnabled", False),
    _boolean("AuthCtrlr.DisableRemoteAuthorization", False),
    _text("AuthCtrlr.MasterPassGroupId", "", 36),
    _count("AuthCtrlr.AdditionalInfoItemsPerMessage", 4, writable=False),
    _boolean("AuthCacheCtrlr.Enabled", True),
    _boolean("AuthCacheCtrlr.DisablePostAuthorize", False),
    _seconds("AuthCacheCtrlr.LifeTime", 86400),
    Setting("AuthCacheCtrlr.Policy", Kind.OPTION, "LRU", choices=CACHE_POLICIES),
    # D, H: local list and reservations
    _boolean("LocalAuthListCtrlr.Enabled", True),
    _boolean("LocalAuthListCtrlr.DisablePostAuthorize", False),
    _count("LocalAuthListCtrlr.Entries", 1000, writable=False),
    _count("LocalAuthListCtrlr.ItemsPerMessage", 100, 1, writable=False),
    _boolean("ReservationCtrlr.Enabled", True),
    _boolean("ReservationCtrlr.NonEvseSpecific", True, writable=False),
    # J: meter values
    _boolean("SampledDataCtrlr.Enabled", True),
    _boolean("SampledDataCtrlr.SignReadings", False),
    _measurands("SampledDataCtrlr.TxStartedMeasurands", _REGISTER),
    _seconds("SampledDataCtrlr.TxUpdatedInterval", 60),
    _measurands("SampledDataCtrlr.TxUpdatedMeasurands", SAMPLED_DEFAULT),
    _seconds("SampledDataCtrlr.TxEndedInterval", 0),
    _measurands("SampledDataCtrlr.TxEndedMeasurands", _REGISTER),
    _boolean("AlignedDataCtrlr.Enabled", True),
    _seconds("AlignedDataCtrlr.Interval", 0),
    _measurands("AlignedDataCtrlr.Measurands", _REGISTER),
    _boolean("AlignedDataCtrlr.SendDuringIdle", False),
    _boolean("AlignedDataCtrlr.SignReadings", False),
    Setting("OCPPCommCtrlr.PublicKeyWithSignedMeterValue", Kind.OPTION, "Never", choices=PUBLIC_KEY_SHOWN),
    _seconds("AlignedDataCtrlr.TxEndedInterval", 0),
    _measurands("AlignedDataCtrlr.TxEndedMeasurands", _REGISTER),
    Setting(
        "Connector.PhaseRotation",
        Kind.STRING,
        "",
        maximum=500,
        pattern=rf"({_ROTATION}(, ?{_ROTATION})*)?",
        example="0.RST,1.STR",
    ),
    # I, O: what the display shows
    _boolean("DisplayMessageCtrlr.Enabled", True),
    _boolean("TariffCostCtrlr.Enabled[Tariff]", True),
    _boolean("TariffCostCtrlr.Enabled[Cost]", True),
    Setting("TariffCostCtrlr.Currency", Kind.STRING, "EUR", pattern="[A-Z]{3}", example="EUR"),
    _text("TariffCostCtrlr.TariffFallbackMessage", "", 255),
    _text("TariffCostCtrlr.TotalCostFallbackMessage", "", 255),
    # N: monitoring
    _boolean("MonitoringCtrlr.Enabled", True),
    _count("MonitoringCtrlr.OfflineQueuingSeverity", 4, maximum=9),
    Setting(
        "MonitoringCtrlr.ActiveMonitoringBase", Kind.OPTION, "FactoryDefault", choices=MONITORING_BASES, writable=False
    ),
    _count("MonitoringCtrlr.ActiveMonitoringLevel", 9, maximum=9, writable=False),
    # K: limits
    _boolean("SmartChargingCtrlr.Enabled", True),
    Setting("SmartChargingCtrlr.RateUnit", Kind.MEMBERS, ("A", "W"), minimum=1, choices=("A", "W"), writable=False),
    Setting("SmartChargingCtrlr.LimitChangeSignificance", Kind.DECIMAL, 1.0, "Percent", 0, 100),
    _boolean("SmartChargingCtrlr.ExternalControlSignalsEnabled", True),
    _boolean("SmartChargingCtrlr.NotifyChargingLimitWithSchedules", True),
    _count("SmartChargingCtrlr.Entries[ChargingProfiles]", 20, 1, writable=False),
    _count("SmartChargingCtrlr.PeriodsPerSchedule", 24, 1, writable=False),
    _boolean("SmartChargingCtrlr.Phases3to1", False, writable=False),
    _count("SmartChargingCtrlr.ProfileStackLevel", 10, writable=False),
    # ISO 15118
    _boolean("ISO15118Ctrlr.Enabled", False),
    _boolean("ISO15118Ctrlr.PnCEnabled", False),
    _boolean("ISO15118Ctrlr.CentralContractValidationAllowed", False),
    _boolean("ISO15118Ctrlr.ContractValidationOffline", False),
    _boolean("ISO15118Ctrlr.ContractCertificateInstallationEnabled", True),
    _boolean("ISO15118Ctrlr.V2GCertificateInstallationEnabled", True),
    _count("ISO15118Ctrlr.MaxScheduleEntries", 12, 1, writable=False),
    _text("ISO15118Ctrlr.SeccId", "", 64),
    _text("ISO15118Ctrlr.OrganizationName", "", 64),
    Setting("ISO15118Ctrlr.CountryName", Kind.STRING, "", maximum=2, pattern="([A-Z]{2})?", example="NL"),
    # L: firmware
    _boolean("ChargingStation.AllowNewSessionsPendingFirmwareUpdate", False),
    _boolean("ChargingStation.AllowUnsignedFirmware", False, writable=False),
    # A, M: security and certificates
    _boolean("SecurityCtrlr.AdditionalRootCertificateCheck", False, writable=False),
    _count("SecurityCtrlr.CertificateEntries", 10, 1, writable=False),
    _count("SecurityCtrlr.CertSigningRepeatTimes", 3, maximum=20),
    _seconds("SecurityCtrlr.CertSigningWaitMinimum", 30, 1),
    _count("SecurityCtrlr.MaxCertificateChainSize", 10000, 1, maximum=10000, writable=False),
    _text("SecurityCtrlr.OrganizationName", ""),
    _count("SecurityCtrlr.SecurityProfile", 0, maximum=3, writable=False),
    _seconds("ClockCtrlr.TimeAdjustmentReportingThreshold", 1),
    Setting("ClockCtrlr.TimeSource", Kind.SEQUENCE, ("Heartbeat",), minimum=1, choices=TIME_SOURCES),
    _text("SecurityCtrlr.BasicAuthPassword", "", 40, secret=True),
    # 1.6 alone
    _count("Ocpp16.BlinkRepeat", 0),
    _boolean("Ocpp16.ReservationRules", False, writable=False),
    Setting("Ocpp16.LightIntensity", Kind.INTEGER, 100, "Percent", 0, 100),
    _seconds("Ocpp16.MinimumStatusDuration", 0),
    Setting(
        "Ocpp16.ChargingScheduleAllowedChargingRateUnit",
        Kind.MEMBERS,
        RATE_UNITS,
        minimum=1,
        maximum=500,
        choices=RATE_UNITS,
        writable=False,
    ),
    _seconds("Ocpp16.CompositeScheduleMaxDuration", 604800, 1, writable=False),
    _count("Ocpp16.GetConfigurationMaxKeys", 100, 1, writable=False),
    _count("Ocpp16.StopTransactionMaxMeterValues", 500, 2, writable=False),
    Setting(
        "Ocpp16.SupportedFeatureProfiles",
        Kind.MEMBERS,
        FEATURE_PROFILES,
        minimum=1,
        maximum=500,
        choices=FEATURE_PROFILES,
        writable=False,
    ),
)

SETTINGS: Mapping[str, Setting] = {setting.name: setting for setting in _ALL}
"""Every setting, by name."""

DEFAULTS: Mapping[str, Value] = {setting.name: setting.default for setting in _ALL}
"""The defaults that versions and templates start from."""


def parse_setting(name: str, text: str) -> Value:
    """`text` as a value of the setting `name`.

    Raises KeyError for an unknown name and ValueError, with a sentence for people, for a text that the setting
    does not take (type, range, unknown member).
    """
    return parse_value(SETTINGS[name], text)


def parse_value(setting: Setting, text: str) -> Value:
    """`text` as a value of `setting`, one of the table or another. ValueError as for `parse_setting`."""
    return _PARSERS[setting.kind](setting, text.strip())


def vendor_key(name: str, text: str, kind: Kind = Kind.STRING, **more: Any) -> Setting:
    """A configuration key that only stations of one template have; `more` are fields of Setting.

    Raises ValueError, with a sentence for people, for a text that the key itself does not take.
    """
    most = {} if kind in (Kind.INTEGER, Kind.DECIMAL) else {"maximum": LONGEST_VALUE}
    bare = Setting(f"Vendor.{name}", kind, "", **{**most, "example": repr(text), **more})
    return replace(bare, default=parse_value(bare, text))


def _parse_boolean(setting: Setting, text: str) -> Value:
    lowered = text.lower()
    if lowered not in ("true", "false"):
        raise ValueError(f"{setting.name} takes true or false, not {text!r}")
    return lowered == "true"


def _parse_integer(setting: Setting, text: str) -> Value:
    try:
        number = int(text)
    except ValueError:
        raise ValueError(f"{setting.name} takes a whole number, not {text!r}") from None
    return int(_in_range(setting, number))


def _parse_decimal(setting: Setting, text: str) -> Value:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{setting.name} takes a number, not {text!r}") from None
    if not math.isfinite(number):
        raise ValueError(f"{setting.name} takes a finite number, not {text!r}")
    return _in_range(setting, number)


def _in_range(setting: Setting, number: float) -> float:
    if setting.minimum is not None and number < setting.minimum:
        raise ValueError(f"{setting.name} is at least {setting.minimum:g}, not {number}")
    if setting.maximum is not None and number > setting.maximum:
        raise ValueError(f"{setting.name} is at most {setting.maximum:g}, not {number}")
    return number


def _parse_text(setting: Setting, text: str) -> Value:
    if setting.maximum is not None and len(text) > setting.maximum:
        raise ValueError(f"{setting.name} has at most {setting.maximum:g} characters, not {len(text)}")
    if setting.pattern and re.fullmatch(setting.pattern, text, re.ASCII) is None:
        raise ValueError(f"{setting.name} takes a text such as {setting.example}, not {text!r}")
    return text


def _parse_date_time(setting: Setting, text: str) -> Value:
    try:
        parse_utc(text)
    except ValueError:
        raise ValueError(f"{setting.name} takes a date and time such as 2026-01-31T12:00:00Z, not {text!r}") from None
    return text


def _parse_option(setting: Setting, text: str) -> Value:
    return _member(setting, text)


def _parse_list(setting: Setting, text: str) -> Value:
    _parse_text(setting, text)
    members = [_member(setting, part.strip()) for part in text.split(",")] if text else []
    if setting.minimum is not None and len(members) < setting.minimum:
        raise ValueError(f"{setting.name} takes at least one of {', '.join(setting.choices)}")
    return tuple(dict.fromkeys(members))


def _member(setting: Setting, text: str) -> str:
    if not setting.choices:
        return text
    for choice in setting.choices:
        if choice.casefold() == text.casefold():
            return choice
    raise ValueError(f"{setting.name} takes {', '.join(setting.choices)}; not {text!r}")


_PARSERS = {
    Kind.BOOLEAN: _parse_boolean,
    Kind.INTEGER: _parse_integer,
    Kind.DECIMAL: _parse_decimal,
    Kind.STRING: _parse_text,
    Kind.DATE_TIME: _parse_date_time,
    Kind.OPTION: _parse_option,
    Kind.MEMBERS: _parse_list,
    Kind.SEQUENCE: _parse_list,
}


def format_value(value: Value) -> str:
    """A value as the text that stands on the wire."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


_AFTER_RESTART = "after restart: "


class Settings:
    """The settings of one charger: shared defaults, and its own deviations."""

    __slots__ = ("_defaults", "overlay")

    def __init__(self, defaults: Mapping[str, Value]) -> None:
        self._defaults = defaults
        self.overlay: dict[str, Value] | None = None

    def get(self, name: str) -> Value:
        """The value in force. KeyError for an unknown name."""
        if self.overlay is not None and name in self.overlay:
            return self.overlay[name]
        return self._defaults[name]

    def own(self, setting: Setting) -> Value:
        """The value in force of a setting that is not in the table, with its own default."""
        return setting.default if self.overlay is None else self.overlay.get(setting.name, setting.default)

    def is_own(self, name: str) -> bool:
        """Whether the charger has a value of its own, in the place of the default."""
        return self.overlay is not None and name in self.overlay

    def boolean(self, name: str) -> bool:
        """The value of a boolean setting."""
        value = self.get(name)
        assert isinstance(value, bool)
        return value

    def integer(self, name: str) -> int:
        """The value of an integer setting."""
        overlay = self.overlay
        value = self._defaults[name] if overlay is None or name not in overlay else overlay[name]
        assert isinstance(value, int)
        return value

    def decimal(self, name: str) -> float:
        """The value of a decimal or integer setting."""
        value = self.get(name)
        assert isinstance(value, float | int)
        return float(value)

    def members(self, name: str) -> tuple[str, ...]:
        """The value of a list setting."""
        value = self.get(name)
        assert isinstance(value, tuple)
        return value

    def text(self, name: str) -> str:
        """The value of any setting as the text that stands on the wire."""
        return format_value(self.get(name))

    def set(self, name: str, value: Value) -> None:
        """Lay `value`, made by parse_setting, over the default."""
        if self.overlay is None:
            self.overlay = {}
        self.overlay[name] = value

    def set_after_restart(self, name: str, value: Value) -> None:
        """Keep `value` until the station restarts; then it takes the place of the present one."""
        self.set(_AFTER_RESTART + name, value)

    def restarted(self) -> None:
        """Let what was kept for the restart take its place."""
        waiting = [name for name in self.overlay or () if name.startswith(_AFTER_RESTART)]
        for name in waiting:
            assert self.overlay is not None
            self.overlay[name.removeprefix(_AFTER_RESTART)] = self.overlay.pop(name)
