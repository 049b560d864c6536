"""Configuration keys of 1.6 (chapter 9 and errata 3.80-3.91) as a table onto the core's settings.

Owns names, access and the 1.6 defaults where they differ from the core's; the values live in core.settings.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chargepoint_sim.core import wiring
from chargepoint_sim.core.settings import MEASURANDS, Value
from chargepoint_sim.core.spec import StationSpec, only_fixed_cables
from chargepoint_sim.protocol.v16 import features


@dataclass(frozen=True, slots=True)
class Key:
    """One configuration key. `settings` are all set together; the first is the one that is read."""

    name: str
    settings: tuple[str, ...]
    readonly: bool = False


def _key(name: str, *settings: str, readonly: bool = False) -> Key:
    return Key(name, settings, readonly)


_ALL = (
    _key("AllowOfflineTxForUnknownId", "AuthCtrlr.OfflineTxForUnknownIdEnabled"),
    _key("AuthorizationCacheEnabled", "AuthCacheCtrlr.Enabled"),
    _key("AuthorizeRemoteTxRequests", "AuthCtrlr.AuthorizeRemoteStart"),
    _key("BlinkRepeat", "Ocpp16.BlinkRepeat"),
    _key("ChargeProfileMaxStackLevel", "SmartChargingCtrlr.ProfileStackLevel", readonly=True),
    _key("ChargingScheduleAllowedChargingRateUnit", "Ocpp16.ChargingScheduleAllowedChargingRateUnit", readonly=True),
    _key("ChargingScheduleMaxPeriods", "SmartChargingCtrlr.PeriodsPerSchedule", readonly=True),
    _key("AdditionalRootCertificateCheck", "SecurityCtrlr.AdditionalRootCertificateCheck", readonly=True),
    _key("CertificateSignedMaxChainSize", "SecurityCtrlr.MaxCertificateChainSize", readonly=True),
    _key("CertificateStoreMaxLength", "SecurityCtrlr.CertificateEntries", readonly=True),
    _key("CpoName", "SecurityCtrlr.OrganizationName"),
    _key("SecurityProfile", "SecurityCtrlr.SecurityProfile"),  # changed by the rules of v16.access
    # 1.6 has one interval for MeterValues and for what is gathered for StopTransaction.
    _key("ClockAlignedDataInterval", "AlignedDataCtrlr.Interval", "AlignedDataCtrlr.TxEndedInterval"),
    _key("ConnectionTimeOut", "TxCtrlr.EVConnectionTimeOut"),
    _key("ConnectorPhaseRotation", wiring.SETTING),
    _key("ConnectorSwitch3to1PhaseSupported", "SmartChargingCtrlr.Phases3to1", readonly=True),
    _key("GetConfigurationMaxKeys", "Ocpp16.GetConfigurationMaxKeys", readonly=True),
    _key("HeartbeatInterval", "OCPPCommCtrlr.HeartbeatInterval"),
    _key("LightIntensity", "Ocpp16.LightIntensity"),
    _key("LocalAuthListEnabled", "LocalAuthListCtrlr.Enabled"),
    _key("LocalAuthListMaxLength", "LocalAuthListCtrlr.Entries", readonly=True),
    _key("LocalAuthorizeOffline", "AuthCtrlr.LocalAuthorizeOffline"),
    _key("LocalPreAuthorize", "AuthCtrlr.LocalPreAuthorize"),
    _key("MaxChargingProfilesInstalled", "SmartChargingCtrlr.Entries[ChargingProfiles]", readonly=True),
    _key("MaxEnergyOnInvalidId", "TxCtrlr.MaxEnergyOnInvalidId"),
    _key("MeterValuesAlignedData", "AlignedDataCtrlr.Measurands"),
    _key("MeterValuesSampledData", "SampledDataCtrlr.TxUpdatedMeasurands"),
    _key("MeterValueSampleInterval", "SampledDataCtrlr.TxUpdatedInterval", "SampledDataCtrlr.TxEndedInterval"),
    _key("MinimumStatusDuration", "Ocpp16.MinimumStatusDuration"),
    _key("ReserveConnectorZeroSupported", "ReservationCtrlr.NonEvseSpecific", readonly=True),
    _key("ResetRetries", "OCPPCommCtrlr.ResetRetries"),
    _key("SendLocalListMaxLength", "LocalAuthListCtrlr.ItemsPerMessage", readonly=True),
    _key("StopTransactionMaxMeterValues", "Ocpp16.StopTransactionMaxMeterValues", readonly=True),
    _key(features.KEY, features.SETTING, readonly=True),
    _key("StopTransactionOnEVSideDisconnect", "TxCtrlr.StopTxOnEVSideDisconnect"),
    _key("StopTransactionOnInvalidId", "TxCtrlr.StopTxOnInvalidId"),
    _key("StopTxnAlignedData", "AlignedDataCtrlr.TxEndedMeasurands"),
    _key("StopTxnSampledData", "SampledDataCtrlr.TxEndedMeasurands"),
    _key("TransactionMessageAttempts", "OCPPCommCtrlr.MessageAttempts[TransactionEvent]"),
    _key("TransactionMessageRetryInterval", "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]"),
    _key("UnlockConnectorOnEVSideDisconnect", "OCPPCommCtrlr.UnlockOnEVSideDisconnect"),
    _key("WebSocketPingInterval", "OCPPCommCtrlr.WebSocketPingInterval"),
    _key("MessageTimeout", "OCPPCommCtrlr.MessageTimeout[Default]"),
)

KEYS: Mapping[str, Key] = {key.name: key for key in _ALL}
"""Every key that a setting stands behind, by name."""

SETTING_OF: Mapping[str, str] = {key.name: key.settings[0] for key in _ALL}
"""Key -> the setting that is read."""

DEFAULTS: Mapping[str, Value] = {
    # A 1.6 transaction begins when somebody is authorised at a cable that is in, and ends with the authorization
    # (2.0.1 part 2 chapter 2.6.6): a cable pulled at the vehicle may suspend it.
    "TxCtrlr.TxStartPoint": ("PowerPathClosed",),
    "TxCtrlr.TxStopPoint": ("Authorized",),
    "TxCtrlr.TxBeforeAcceptedEnabled": True,
    "SampledDataCtrlr.TxEndedMeasurands": (),
    "SampledDataCtrlr.TxEndedInterval": 60,
    "AlignedDataCtrlr.TxEndedMeasurands": (),
    "AuthCacheCtrlr.LifeTime": 0,
    "Ocpp16.ReservationRules": True,
    "OCPPCommCtrlr.ResetRetries": 1,
}
"""Where 1.6 starts from another value than the core."""

UNSET: Mapping[str, Value] = {"MaxEnergyOnInvalidId": 0}
"""Keys that are reported without a value until somebody gives them one (section 7.29) -> what is in force till then."""

COMPUTED: Mapping[str, Callable[[StationSpec], str]] = {
    "ConnectorPhaseRotationMaxLength": lambda spec: str(len(spec.evses) + 1),
    "MeterValuesAlignedDataMaxLength": lambda spec: str(len(MEASURANDS)),
    "MeterValuesSampledDataMaxLength": lambda spec: str(len(MEASURANDS)),
    "NumberOfConnectors": lambda spec: str(len(spec.evses)),
    "StopTxnAlignedDataMaxLength": lambda spec: str(len(MEASURANDS)),
    "StopTxnSampledDataMaxLength": lambda spec: str(len(MEASURANDS)),
    "SupportedFileTransferProtocols": lambda spec: "FTP,FTPS,HTTP,HTTPS",
}
"""Read-only keys that follow from what the station is."""


def fixed_keys(spec: StationSpec) -> Mapping[str, str]:
    """Keys that others may set and this station may not, with their values: a fixed cable has no lock to release."""
    return {"UnlockConnectorOnEVSideDisconnect": "false"} if only_fixed_cables(spec.evses) else {}


def check_key(name: str, text: str, spec: StationSpec) -> bool:
    """Whether a value fits a key whose rule its setting does not know, for it hangs on what the station is."""
    return name != "ConnectorPhaseRotation" or wiring.fits(text, spec)
