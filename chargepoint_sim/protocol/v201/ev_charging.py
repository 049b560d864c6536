"""2.0.1 charging by a schedule that a vehicle has negotiated: NotifyEVChargingNeeds and -Schedule (K15-K17)."""

from chargepoint_sim.clock import Now
from chargepoint_sim.core import iso15118
from chargepoint_sim.core.facts import ChargingNeedsKnown, ScheduleChosen
from chargepoint_sim.core.smart_charging.profiles import Unit
from chargepoint_sim.core.state import Evse
from chargepoint_sim.protocol import profiles
from chargepoint_sim.protocol.frames import CallError, Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, on_failure, on_result, sends, tells

_MODES = {1: "AC_single_phase", 2: "AC_two_phase", 3: "AC_three_phase"}


@tells(ChargingNeedsKnown)
@sends("NotifyEVChargingNeeds")
def needs_known(context: BlockContext, fact: ChargingNeedsKnown, now: Now) -> None:
    """Tell what the vehicle needs, and wait for schedules (K15.FR.01, K17.FR.01)."""
    evse = context.station.evse(fact.evse_id)
    if evse is None or iso15118.conversation(context.station, evse) is None:
        return
    payload: Payload = {
        "evseId": fact.evse_id,
        "chargingNeeds": _written(context, iso15118.needs(evse, now.sim)),
        "maxScheduleTuples": context.station.settings.integer(iso15118.MAX_ENTRIES),
    }
    iso15118.wait(context.station, evse, now.sim)
    context.call("NotifyEVChargingNeeds", payload, note=(fact.evse_id, fact.transaction_id))


@on_result("NotifyEVChargingNeeds")
def answered(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """Accepted promises schedules soon; with Processing they come later, and with Rejected never (K15.FR.03-05)."""
    evse = _still_there(context, entry)
    if evse is not None and answer.get("status") != "Accepted":
        iso15118.go_on(context.station, evse, now.sim)


@on_failure("NotifyEVChargingNeeds")
def unanswered(context: BlockContext, entry: Entry, error: CallError | None, now: Now) -> None:
    """Nobody makes schedules: charge with the limits that are here (K15.FR.15)."""
    evse = _still_there(context, entry)
    if evse is not None:
        iso15118.go_on(context.station, evse, now.sim)


@tells(ScheduleChosen)
@sends("NotifyEVChargingSchedule")
def schedule_chosen(context: BlockContext, fact: ScheduleChosen, now: Now) -> None:
    """Tell by which schedule the vehicle will charge, within all limits, under the id it has taken (K15.FR.10, .19)."""
    station, evse = context.station, context.station.evse(fact.evse_id)
    if evse is None or not station.online or iso15118.conversation(station, evse) is None:
        return
    departs_at = iso15118.needs(evse, now.sim).departs_at
    duration_s = max(int((now.sim + iso15118.HORIZON_S if departs_at is None else departs_at) - now.sim), 1)
    start, schedule = profiles.composite(context, evse, duration_s, fact.unit, now)
    schedule["id"] = fact.schedule_id
    schedule["chargingSchedulePeriod"] = _own(evse, fact.unit, schedule)[
        : station.settings.integer(iso15118.MAX_ENTRIES)
    ]
    context.call("NotifyEVChargingSchedule", {"timeBase": start, "evseId": fact.evse_id, "chargingSchedule": schedule})


def narrow(context: BlockContext, evse: Evse, unit: Unit, schedule: Payload) -> None:
    """A composite schedule of the EVSE: what its vehicle has announced is taken into account (K15.FR.14, K16.FR.10)."""
    talk = iso15118.conversation(context.station, evse)
    if talk is not None and talk.scheduled:
        schedule["chargingSchedulePeriod"] = _own(evse, unit, schedule)


def _own(evse: Evse, unit: Unit, schedule: Payload) -> list[Payload]:
    """The periods that the vehicle makes of a bound: it never asks for more than it can take."""
    most = round(iso15118.most(evse, unit), 1)
    found: list[Payload] = []
    for period in schedule["chargingSchedulePeriod"]:
        own = {**period, "limit": min(period["limit"], most)}
        if not found or {**found[-1], "startPeriod": 0} != {**own, "startPeriod": 0}:
            found.append(own)
    return found


def _still_there(context: BlockContext, entry: Entry) -> Evse | None:
    """The EVSE that was asked about, if the transaction goes on."""
    evse_id, transaction_id = entry.note
    evse = context.station.evse(evse_id)
    running = evse is not None and evse.transaction is not None and evse.transaction.transaction_id == transaction_id
    return evse if running else None


def _written(context: BlockContext, needs: iso15118.Needs) -> Payload:
    """A ChargingNeedsType element; its figures are whole numbers."""
    found: Payload = {"requestedEnergyTransfer": "DC" if needs.dc else _MODES[needs.phases]}
    if needs.departs_at is not None:
        found["departureTime"] = context.stamp(needs.departs_at)
    if needs.dc:
        found["dcChargingParameters"] = {
            "evMaxCurrent": int(needs.max_current_a),
            "evMaxVoltage": int(needs.max_voltage_v),
            "energyAmount": int(needs.energy_wh),
            "evMaxPower": int(needs.max_power_w),
            "stateOfCharge": int(needs.soc * 100),
            "evEnergyCapacity": int(needs.capacity_wh),
        }
    else:
        found["acChargingParameters"] = {
            "energyAmount": int(needs.energy_wh),
            "evMinCurrent": int(needs.min_current_a),
            "evMaxCurrent": int(needs.max_current_a),
            "evMaxVoltage": int(needs.max_voltage_v),
        }
    return found
