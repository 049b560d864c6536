"""The feature profiles that a 1.6 charge point has, and what it does not know without one (section 3.3).

Owns which actions, triggered messages and keys belong to a profile; all others are Core's or the security extension's,
which every charge point has. What a profile does is the business of its block.
"""

from collections.abc import Mapping

from chargepoint_sim.core import local_list
from chargepoint_sim.core.settings import Settings
from chargepoint_sim.core.state import StationState
from chargepoint_sim.core.station import Station

KEY = "SupportedFeatureProfiles"
SETTING = "Ocpp16.SupportedFeatureProfiles"

FIRMWARE, LOCAL_LIST, RESERVATION = "FirmwareManagement", "LocalAuthListManagement", "Reservation"
SMART_CHARGING, REMOTE_TRIGGER = "SmartCharging", "RemoteTrigger"

ACTIONS: Mapping[str, str] = {
    "CancelReservation": RESERVATION,
    "ClearChargingProfile": SMART_CHARGING,
    "GetCompositeSchedule": SMART_CHARGING,
    "GetDiagnostics": FIRMWARE,
    "GetLocalListVersion": LOCAL_LIST,
    "ReserveNow": RESERVATION,
    "SendLocalList": LOCAL_LIST,
    "SetChargingProfile": SMART_CHARGING,
    "TriggerMessage": REMOTE_TRIGGER,
    "UpdateFirmware": FIRMWARE,
}
"""Request of the central system -> the profile that it belongs to."""

TRIGGERED: Mapping[str, str] = {
    "DiagnosticsStatusNotification": FIRMWARE,
    "FirmwareStatusNotification": FIRMWARE,
}
"""requestedMessage of TriggerMessage -> the profile that it belongs to."""

KEYS: Mapping[str, str] = {
    "ChargeProfileMaxStackLevel": SMART_CHARGING,
    "ChargingScheduleAllowedChargingRateUnit": SMART_CHARGING,
    "ChargingScheduleMaxPeriods": SMART_CHARGING,
    "ConnectorSwitch3to1PhaseSupported": SMART_CHARGING,
    "LocalAuthListEnabled": LOCAL_LIST,
    "LocalAuthListMaxLength": LOCAL_LIST,
    "MaxChargingProfilesInstalled": SMART_CHARGING,
    "ReserveConnectorZeroSupported": RESERVATION,
    "SendLocalListMaxLength": LOCAL_LIST,
}
"""Configuration key -> the profile that it belongs to (chapter 9)."""


def has(settings: Settings, profile: str) -> bool:
    """Whether the template has not left out a profile."""
    return profile in settings.members(SETTING)


def reported(station: StationState) -> str:
    """The value of SupportedFeatureProfiles: a list that can hold no entry is none."""
    profiles = station.settings.members(SETTING)
    return ",".join(one for one in profiles if one != LOCAL_LIST or local_list.supported(station))


def lacks(station: Station, action: str) -> str:
    """Why a charge point does not know a request, in words; empty where it does."""
    profile = ACTIONS.get(action)
    return "" if profile is None or has(station.settings, profile) else f"no feature profile {profile}"
