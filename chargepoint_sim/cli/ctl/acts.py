"""The commands of `ctl` that change something: one function for each command of `core.commands`.

Each turns options into a command; sending it and showing the outcomes is `ctl`'s.
"""

from typing import Annotated

import typer

from chargepoint_sim.cli.ctl.target import act
from chargepoint_sim.cli.durations import duration
from chargepoint_sim.cli.helptext import add
from chargepoint_sim.core import commands as core
from chargepoint_sim.core.smart_charging.profiles import LimitSource

FAULTS = (
    "ConnectorLockFailure, EVCommunicationError, GroundFailure, HighTemperature, InternalError, LocalListConflict, "
    "OtherError, OverCurrentFailure, OverVoltage, PowerMeterFailure, PowerSwitchFailure, ReaderFailure, ResetFailure, "
    "UnderVoltage, WeakSignal"
)
"""ChargePointErrorCode of 1.6 section 7.6."""


def share(value: str | float) -> float:
    """Parser of a state of charge: 0.2 or 20%. Answers 0 to 1."""
    if isinstance(value, float):
        return value
    text = value.strip()
    try:
        soc = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        soc = -1.0
    if not 0 <= soc <= 1:
        raise typer.BadParameter(f"{value!r} is no state of charge; write 20% or 0.2")
    return soc


Evse = Annotated[int | None, typer.Option(min=0, help="EVSE; none means the only one, or the first.")]
Connector = Annotated[int | None, typer.Option(min=0, help="Connector; on OCPP 1.6 it selects the outlet.")]
WantedEnergy = Annotated[float | None, typer.Option(min=0.001, help="What a vehicle with ISO 15118 asks for.")]
LeavesIn = Annotated[
    float | None,
    typer.Option("--leaves-in", parser=duration, metavar="DURATION", help="When a vehicle with ISO 15118 will leave."),
]
Soc = Annotated[
    float | None,
    typer.Option(parser=share, metavar="SHARE", help="State of charge on arrival: 20% or 0.2; none draws one."),
]
Vehicle = Annotated[
    str | None, typer.Option(help="Preset: compact, sedan, suv, van, phev ...; none takes the charger's usual one.")
]
TokenArgument = Annotated[str, typer.Argument(metavar="TOKEN", help="The tag's text.", show_default=False)]
TokenType = Annotated[str, typer.Option("--type", help="IdTokenEnumType of 2.0.1; 1.6 uses the text alone.")]
ISO14443 = core.IdToken("").type


def register(group: typer.Typer) -> None:
    """Add the commands, the most common ones first."""
    add(
        group,
        power_update,
        "ctl dep-789 power-update --watts 7000",
        "ctl 'dep-*' power-update --watts 0",
        "ctl dep-789 power-update --clear",
    )
    add(group, set_device_limit, "ctl dep-1 set-device-limit --watts 7400", "ctl dep-1 set-device-limit --clear")
    add(
        group,
        set_behaviour,
        "ctl 'dep-*' set-behaviour --sessions 12 --least-stay 10m --longest-stay 1h --token 04A1B2C3",
        "ctl '*' set-behaviour --sessions 0",
    )
    add(group, pause_charging, "ctl dep-1 pause-charging")
    add(group, resume_charging, "ctl dep-1 resume-charging --token 04A1B2C3")
    add(group, start_session, "ctl dep-789 start-session --token 04A1B2C3 --soc 20% --energy-kwh 5")
    add(group, stop_session, "ctl dep-789 stop-session")
    add(group, plug_in, "ctl dep-1 plug-in --vehicle compact --soc 35%")
    add(group, present_token, "ctl dep-1 present-token 04A1B2C3")
    add(group, unplug, "ctl dep-1 unplug")
    add(group, arrive_at_bay, "ctl street-1 arrive-at-bay")
    add(group, leave_bay, "ctl street-1 leave-bay")
    add(group, authorize, "ctl dep-789 authorize 04A1B2C3")
    add(group, start_transaction, "ctl dep-2 start-transaction 04A1B2C3")
    add(group, stop_transaction, "ctl dep-2 stop-transaction", "ctl dep-1 stop-transaction --reason EmergencyStop")
    add(group, ev_requests_energy, "ctl dep-1 ev-requests-energy")
    add(group, ev_stops_energy, "ctl dep-1 ev-stops-energy")
    add(group, unlock, "ctl dep-1 unlock")
    add(group, inject_fault, "ctl dep-1 inject-fault GroundFailure")
    add(group, clear_fault, "ctl dep-1 clear-fault")
    add(group, inject_transfer_fault, "ctl dep-1 inject-transfer-fault firmware-download --times 1")
    add(group, clear_transfer_fault, "ctl dep-1 clear-transfer-fault firmware-download")
    add(group, raise_security_event, "ctl dep-1 raise-security-event TamperDetectionActivated --details 'lid open'")
    add(group, use_master_pass, "ctl street-1 use-master-pass --evse 1")
    add(group, reboot, "ctl dep-1 reboot", "ctl dep-2 reboot --hard")
    add(group, factory_reset, "ctl dep-1 factory-reset")
    add(group, lose_link, "ctl 'dep-*' lose-link --for 10s")
    add(group, transfer_data, "ctl dep-789 transfer-data com.example --message-id hello --data world")


def power_update(
    ctx: typer.Context,
    watts: Annotated[float | None, typer.Option(min=0, help="The limit in W, for the whole outlet.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Release the limit.")] = False,
    station: Annotated[bool, typer.Option("--station", help="Limit what all outlets draw together.")] = False,
    source: Annotated[LimitSource, typer.Option(help="Who sets it, as 2.0.1 tells it.")] = LimitSource.EMS,
    evse: Evse = None,
    connector: Connector = None,
) -> None:
    """Hold the offered power at a limit, at once; it lasts until it is replaced or released.

    Zero, or less than the vehicle's minimum, suspends charging.
    """
    if (watts is None) is not clear:
        raise typer.BadParameter("give one of --watts and --clear")
    act(ctx, core.SetPowerLimit(evse, connector, watts, station, source))


def set_device_limit(
    ctx: typer.Context,
    watts: Annotated[float | None, typer.Option(min=0, help="The ceiling in W, for the whole station.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Take the ceiling away.")] = False,
) -> None:
    """Set the station's own ceiling; no session, reset or power cut takes it away, only a factory reset."""
    if (watts is None) is not clear:
        raise typer.BadParameter("give one of --watts and --clear")
    act(ctx, core.SetDeviceLimit(watts))


def set_behaviour(
    ctx: typer.Context,
    sessions: Annotated[float | None, typer.Option(min=0, help="Per EVSE and day; 0: nobody comes any more.")] = None,
    least_stay_s: Annotated[
        float | None, typer.Option("--least-stay", parser=duration, metavar="DURATION", help="In simulated time.")
    ] = None,
    longest_stay_s: Annotated[
        float | None, typer.Option("--longest-stay", parser=duration, metavar="DURATION", help="In simulated time.")
    ] = None,
    token: Annotated[list[str] | None, typer.Option(help="Whose cards are shown; may be repeated.")] = None,
) -> None:
    """Change who comes by himself from now on; what is not given stays. Who is there leaves when he meant to."""
    act(ctx, core.SetBehaviour(sessions, least_stay_s, longest_stay_s, tuple(token or ())))


def pause_charging(ctx: typer.Context) -> None:
    """Let no energy flow at the whole station; sessions stay open."""
    act(ctx, core.PauseCharging())


def resume_charging(
    ctx: typer.Context,
    token: Annotated[str | None, typer.Option(help="The tag to begin with where nobody charges yet.")] = None,
) -> None:
    """End a pause, and begin to charge where a vehicle is plugged in."""
    act(ctx, core.ResumeCharging(None if token is None else core.IdToken(token)))


def start_session(
    ctx: typer.Context,
    token: Annotated[str, typer.Option(help="The tag to charge with.", show_default=False)],
    duration_s: Annotated[
        float | None, typer.Option("--duration", parser=duration, metavar="DURATION", help="Stop after 30m, 2h ...")
    ] = None,
    energy_kwh: Annotated[float | None, typer.Option(min=0.001, help="Stop after so much energy.")] = None,
    vehicle: Vehicle = None,
    soc: Soc = None,
    token_type: TokenType = ISO14443,
    evse: Evse = None,
    connector: Connector = None,
) -> None:
    """Plug a vehicle in, authorise and charge."""
    energy_wh = None if energy_kwh is None else energy_kwh * 1000
    id_token = core.IdToken(token, token_type)
    act(ctx, core.StartSession(evse, connector, id_token, duration_s, energy_wh, vehicle, soc))


def stop_session(ctx: typer.Context, evse: Evse = None, connector: Connector = None) -> None:
    """End the transaction, then take the cable out."""
    act(ctx, core.StopSession(evse, connector))


def plug_in(
    ctx: typer.Context,
    vehicle: Vehicle = None,
    soc: Soc = None,
    target_soc: Annotated[
        float | None,
        typer.Option(parser=share, metavar="SHARE", help="State of charge at which the vehicle has enough."),
    ] = None,
    energy_kwh: WantedEnergy = None,
    leaves_in_s: LeavesIn = None,
    evse: Evse = None,
    connector: Connector = None,
) -> None:
    """Plug a vehicle in."""
    act(ctx, core.PlugIn(evse, connector, vehicle, soc, target_soc, _wh(energy_kwh), leaves_in_s))


def _wh(energy_kwh: float | None) -> float | None:
    return None if energy_kwh is None else energy_kwh * 1000


def present_token(
    ctx: typer.Context,
    token: TokenArgument,
    token_type: TokenType = ISO14443,
    evse: Evse = None,
    connector: Connector = None,
) -> None:
    """Hold a card to the reader: starts charging there, or stops it."""
    act(ctx, core.PresentToken(evse, connector, core.IdToken(token, token_type)))


def unplug(
    ctx: typer.Context,
    at_vehicle: Annotated[
        bool, typer.Option("--at-vehicle", help="Pull the cable on the vehicle's side only.")
    ] = False,
    evse: Evse = None,
    connector: Connector = None,
) -> None:
    """Take the cable out."""
    act(ctx, core.Unplug(evse, connector, at_vehicle))


def arrive_at_bay(ctx: typer.Context, evse: Evse = None, connector: Connector = None) -> None:
    """Drive a vehicle into the parking bay, where a sensor detects it."""
    act(ctx, core.ArriveAtBay(evse, connector))


def leave_bay(ctx: typer.Context, evse: Evse = None, connector: Connector = None) -> None:
    """Drive the vehicle out of the parking bay."""
    act(ctx, core.LeaveBay(evse, connector))


def authorize(ctx: typer.Context, token: TokenArgument, token_type: TokenType = ISO14443) -> None:
    """Ask the central system about a tag, and do nothing else."""
    act(ctx, core.AuthorizeToken(core.IdToken(token, token_type)))


def start_transaction(
    ctx: typer.Context,
    token: TokenArgument,
    token_type: TokenType = ISO14443,
    evse: Evse = None,
    connector: Connector = None,
) -> None:
    """Authorise at the connector and begin a transaction; the cable is yours to plug in, with plug-in."""
    act(ctx, core.BeginTransaction(evse, connector, core.IdToken(token, token_type)))


def stop_transaction(
    ctx: typer.Context,
    transaction_id: Annotated[
        str | None, typer.Argument(metavar="[TRANSACTION]", help="Its id; none ends the only one that runs.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Local, LocalOutOfCredit or EmergencyStop.")] = "Local",
) -> None:
    """End a transaction locally; the cable stays."""
    act(ctx, core.EndTransaction(transaction_id, reason))


def ev_requests_energy(
    ctx: typer.Context,
    energy_kwh: WantedEnergy = None,
    leaves_in_s: LeavesIn = None,
    evse: Evse = None,
    connector: Connector = None,
) -> None:
    """Let the vehicle ask for energy; one that speaks ISO 15118 may tell new needs."""
    act(ctx, core.RequestEnergy(evse, connector, _wh(energy_kwh), leaves_in_s))


def ev_stops_energy(
    ctx: typer.Context,
    terminate: Annotated[bool, typer.Option("--terminate", help="It ends the session for good.")] = False,
    evse: Evse = None,
    connector: Connector = None,
) -> None:
    """Let the vehicle have enough."""
    act(ctx, core.StopEnergy(evse, connector, terminate))


def unlock(ctx: typer.Context, evse: Evse = None, connector: Connector = None) -> None:
    """Release the connector's lock on the spot; a running transaction is stopped."""
    act(ctx, core.UnlockConnector(evse, connector))


def inject_fault(
    ctx: typer.Context,
    error_code: Annotated[str, typer.Argument(metavar="[CODE]", help=f"One of {FAULTS}.")] = "OtherError",
    evse: Evse = None,
    connector: Connector = None,
    details: Annotated[str | None, typer.Option("--info", help="Text that is told with it.")] = None,
    vendor_code: Annotated[str | None, typer.Option(help="vendorErrorCode that is told with it.")] = None,
    warning: Annotated[bool, typer.Option("--warning", help="Tell the code, and go on working.")] = False,
) -> None:
    """Make the connector, or with 0 the whole station, fail in the words of 1.6 ChargePointErrorCode."""
    act(ctx, core.InjectFault(evse, connector, error_code, details, vendor_code, warning))


TransferFaultName = Annotated[
    str,
    typer.Argument(
        metavar="FAULT",
        help="certificate-store, firmware-download, firmware-file, firmware-install, firmware-pause, firmware-publish, "
        "firmware-revoked or log-upload.",
    ),
]


def inject_transfer_fault(
    ctx: typer.Context,
    fault: TransferFaultName,
    times: Annotated[int | None, typer.Option(min=1, help="How often; without it, until it is cleared.")] = None,
) -> None:
    """Make firmware updates, log uploads or the installation of certificates fail."""
    act(ctx, core.InjectTransferFault(fault, times))


def clear_transfer_fault(ctx: typer.Context, fault: TransferFaultName) -> None:
    """Let firmware updates, log uploads or the installation of certificates work again."""
    act(ctx, core.ClearTransferFault(fault))


def use_master_pass(ctx: typer.Context, evse: Evse = None) -> None:
    """Choose whose session a master pass that was presented ends; without --evse all of them."""
    act(ctx, core.UseMasterPass(evse))


def raise_security_event(
    ctx: typer.Context,
    event: Annotated[
        str,
        typer.Argument(
            metavar="EVENT",
            help="TamperDetectionActivated, MemoryExhaustion, AttemptedReplayAttacks, MaintenanceLoginAccepted, "
            "MaintenanceLoginFailed or SecurityLogWasCleared.",
        ),
    ],
    details: Annotated[str | None, typer.Option(help="Text that is told with it.")] = None,
) -> None:
    """Have something happen that only a security event tells of."""
    act(ctx, core.RaiseSecurityEvent(event, details))


def clear_fault(ctx: typer.Context, evse: Evse = None, connector: Connector = None) -> None:
    """End the fault of the connector, or with 0 of the station; it goes back to where it was."""
    act(ctx, core.ClearFault(evse, connector))


def reboot(
    ctx: typer.Context,
    hard: Annotated[bool, typer.Option("--hard", help="Drop the link without a word.")] = False,
) -> None:
    """Restart the station."""
    act(ctx, core.Reboot(hard))


def factory_reset(ctx: typer.Context) -> None:
    """Forget all that has been set since the station was made, but not how it connects; then restart."""
    act(ctx, core.FactoryReset())


def lose_link(
    ctx: typer.Context,
    for_s: Annotated[
        float, typer.Option("--for", parser=duration, metavar="DURATION", help="How long, in real time.")
    ] = 60.0,
) -> None:
    """Cut the network of the charger for a while."""
    act(ctx, core.LoseLink(for_s))


def transfer_data(
    ctx: typer.Context,
    vendor_id: Annotated[str, typer.Argument(metavar="VENDOR", help="The vendorId.", show_default=False)],
    message_id: Annotated[str | None, typer.Option(help="The messageId.")] = None,
    data: Annotated[str | None, typer.Option(help="The data, as text.")] = None,
) -> None:
    """Send a DataTransfer to the central system."""
    act(ctx, core.TransferData(vendor_id, message_id, data))
