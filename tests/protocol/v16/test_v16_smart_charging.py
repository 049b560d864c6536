"""Smart charging of 1.6: verdicts on profiles, what replaces what, and the effect that is seen on the wire."""

from typing import Any

import orjson
import pytest

from chargepoint_sim.core.commands import PlugIn, SetPowerLimit
from chargepoint_sim.core.spec import ConnectorSpec, Current, EvseSpec
from chargepoint_sim.snapshot import restore, take
from tests.protocol.harness import NOON, Refusal, one_socket, two_sockets
from tests.protocol.v16.bench import TAG, Bench16
from tests.protocol.v16.charging_profiles import (
    Profile,
    clear,
    install,
    offered_w,
    profile,
    sample,
    schedule,
    stamp,
    station_max,
)

W_PER_A = 690
HARDWARE_W = 22080


def transaction_id(bench: Bench16) -> int:
    evse = bench.station.evses[0]
    assert evse.transaction is not None
    csms_id = bench.charger.outbox.csms_id(evse.transaction.transaction_id)
    assert csms_id is not None
    return csms_id


def charging(**how: Any) -> Bench16:
    """A truck that takes all of 22 kW."""
    return Bench16.charging(vehicle="truck", **how)


# Verdicts


@pytest.mark.parametrize(
    ("given", "connector", "verdict"),
    [
        (profile((0, 16)), 1, "Accepted"),
        (profile((0, 16)), 0, "Accepted"),
        (profile((0, 16)), 3, "PropertyConstraintViolation"),
        (profile((0, 16)), -1, "PropertyConstraintViolation"),
        (station_max((0, 16), start=NOON), 0, "Accepted"),
        (station_max((0, 16), start=NOON), 1, "Rejected"),
        (profile((0, 16), purpose="ChargePointMaxProfile"), 0, "Rejected"),
        (profile((0, 16), purpose="TxProfile"), 0, "Rejected"),
        (profile((0, 16), purpose="TxProfile"), 1, "Accepted"),
        (profile((0, 16), purpose="TxProfile"), 2, "Rejected"),
        (profile((0, 16), purpose="TxProfile", transactionId=1), 1, "Accepted"),
        (profile((0, 16), purpose="TxProfile", transactionId=77), 1, "Rejected"),
        (profile((0, 16), transactionId=1), 1, "Rejected"),
        (profile((0, 16), purpose="Nonsense"), 1, "PropertyConstraintViolation"),
        (profile((0, 16), kind="Nonsense"), 1, "PropertyConstraintViolation"),
        (profile((0, 16), unit="V"), 1, "PropertyConstraintViolation"),
        (profile((0, 16), kind="Recurring", start=NOON, recurrencyKind="Monthly"), 1, "PropertyConstraintViolation"),
        (profile((0, 16), kind="Recurring", start=NOON, recurrencyKind="Weekly"), 1, "Accepted"),
        (profile((0, 16), kind="Recurring", start=NOON), 1, "Rejected"),
        (profile((0, 16), kind="Recurring", recurrencyKind="Daily"), 1, "Rejected"),
        (profile((0, 16), recurrencyKind="Daily"), 1, "Rejected"),
        (profile((0, 16), level=10), 1, "Accepted"),
        (profile((0, 16), level=11), 1, "Rejected"),
        (profile(*((s, 16) for s in range(24))), 1, "Accepted"),
        (profile(*((s, 16) for s in range(25))), 1, "Rejected"),
        (profile((1, 16)), 1, "Rejected"),
        (profile((0, 16), (60, 10), (60, 8)), 1, "Rejected"),
        (profile(), 1, "Rejected"),
        (profile((0, -1)), 1, "Rejected"),
        (profile((0, 16), duration=0), 1, "Rejected"),
        (profile((0, 16, 1)), 1, "Accepted"),
        (profile((0, 16, 4)), 1, "Rejected"),
        (profile((0, 16, 3), (60, 16, 1)), 1, "NotSupported"),
        (profile((0, 16), validFrom=stamp(NOON + 10), validTo=stamp(NOON)), 1, "Rejected"),
        (profile((0, 16), validFrom="yesterday"), 1, "PropertyConstraintViolation"),
        (profile((0, 16), purpose="TxProfile", unexpected=1), 1, "FormationViolation"),
    ],
)
def test_set_charging_profile_is_judged(given: Profile, connector: int, verdict: str) -> None:
    bench = charging()
    before = offered_w(bench)
    got = install(bench, given, connector)
    assert got == verdict
    if verdict != "Accepted":
        assert bench.station.profiles is None
        assert offered_w(bench) == before


@pytest.mark.parametrize(
    ("setting", "value", "key", "reported", "given", "verdict"),
    [
        ("SmartChargingCtrlr.ProfileStackLevel", "2", "ChargeProfileMaxStackLevel", "2",
         profile((0, 16), level=3), "Rejected"),
        ("Ocpp16.ChargingScheduleAllowedChargingRateUnit", "Power", "ChargingScheduleAllowedChargingRateUnit", "Power",
         profile((0, 16)), "Rejected"),
        ("SmartChargingCtrlr.PeriodsPerSchedule", "1", "ChargingScheduleMaxPeriods", "1",
         profile((0, 16), (60, 10)), "Rejected"),
        ("SmartChargingCtrlr.Phases3to1", "true", "ConnectorSwitch3to1PhaseSupported", "true",
         profile((0, 16, 3), (60, 16, 1)), "Accepted"),
        ("SmartChargingCtrlr.Entries[ChargingProfiles]", "1", "MaxChargingProfilesInstalled", "1",
         profile((0, 16), number=2, level=1), "Rejected"),
    ],
)  # fmt: skip
def test_capability_keys_are_reported_enforced_and_read_only(
    setting: str, value: str, key: str, reported: str, given: Profile, verdict: str
) -> None:
    bench = Bench16.booted(settings={setting: value})
    answer = bench.ask("GetConfiguration", {"key": [key]})
    assert answer is not None
    assert answer[2]["configurationKey"] == [{"key": key, "readonly": True, "value": reported}]
    assert bench.configure(key, "7") == "Rejected"
    assert install(bench, profile((0, 7000), unit="W")) == "Accepted"
    assert install(bench, given) == verdict


def test_a_full_store_still_takes_what_replaces() -> None:
    bench = charging(settings={"SmartChargingCtrlr.Entries[ChargingProfiles]": "2"})
    bench.command(SetPowerLimit(power_w=21000))  # a limit from elsewhere takes no room
    assert install(bench, profile((0, 16), number=1)) == "Accepted"
    assert install(bench, profile((0, 16), number=2, level=1)) == "Accepted"
    assert install(bench, profile((0, 16), number=3, level=2)) == "Rejected"
    assert install(bench, profile((0, 10), number=3, level=1)) == "Accepted"
    assert install(bench, profile((0, 8), number=3, level=2)) == "Accepted"
    assert offered_w(bench) == 8 * W_PER_A


def test_limits_are_rounded_to_one_decimal_and_binary_floats_are_no_obstacle() -> None:
    bench = charging()
    for given, kept in ((8.1, 8.1), (16.3, 16.3), (8.14, 8.1), (8.16, 8.2), (0.1 + 0.2 + 8, 8.3)):
        assert install(bench, profile((0, given))) == "Accepted"
        assert schedule(bench) == [(0, kept, 3)]
        assert offered_w(bench) == pytest.approx(kept * W_PER_A)


# What replaces what


def test_the_same_id_replaces_wherever_it_was() -> None:
    bench = charging()
    install(bench, profile((0, 16)), 1)
    install(bench, profile((0, 10), level=5), 0)
    assert offered_w(bench) == 10 * W_PER_A
    assert clear(bench, id=1) == "Accepted"
    assert offered_w(bench) == HARDWARE_W


def test_the_same_purpose_level_and_connector_replace_and_others_add() -> None:
    bench = charging()
    install(bench, profile((0, 16), number=1, level=1))
    install(bench, profile((0, 10), number=2, level=1))
    install(bench, profile((0, 20), number=3, level=0))
    assert clear(bench, id=1) == "Unknown"
    assert offered_w(bench) == 10 * W_PER_A
    assert clear(bench, id=2) == "Accepted"
    assert offered_w(bench) == 20 * W_PER_A


def test_a_connectors_own_default_supersedes_the_charge_points_of_its_level_only_there() -> None:
    bench = charging().charge(2, vehicle="truck")
    install(bench, profile((0, 16), number=1), 0)
    install(bench, profile((0, 10), number=2), 2)
    assert offered_w(bench, 1) == 16 * W_PER_A
    assert offered_w(bench, 2) == 10 * W_PER_A


def test_a_replacement_that_is_not_valid_yet_leaves_a_gap() -> None:
    bench = charging()
    install(bench, profile((0, 16)))
    install(bench, profile((0, 10), number=2, validFrom=stamp(NOON + 600)))
    assert offered_w(bench) == HARDWARE_W
    bench.until(601)
    assert offered_w(bench) == 10 * W_PER_A


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({"id": 1}, {2, 3, 4}),
        ({"id": 1, "connectorId": 2, "stackLevel": 9}, {2, 3, 4}),
        ({"connectorId": 0}, {1, 4}),
        ({"connectorId": 0, "chargingProfilePurpose": "TxDefaultProfile"}, {1, 2, 4}),
        ({"stackLevel": 1}, {1, 2, 3}),
        ({"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0}, {2, 4}),
        ({}, set()),
    ],
)
def test_clear_charging_profile_chooses(asked: Profile, left: set[int]) -> None:
    bench = Bench16.booted()
    bench.command(SetPowerLimit(power_w=9000))
    install(bench, profile((0, 16), number=1), 1)
    install(bench, station_max((0, 60), start=NOON, number=2), 0)
    install(bench, profile((0, 16), number=3), 0)
    install(bench, profile((0, 16), number=4, level=1), 1)
    assert clear(bench, **asked) == "Accepted"
    assert {number for number in (1, 2, 3, 4) if clear(bench, id=number) == "Accepted"} == left
    assert clear(bench, **asked) == "Unknown"
    assert schedule(bench, chargingRateUnit="W") == [(0, 9000, 3)]  # a limit from elsewhere stays


# When it acts


@pytest.mark.shows("SetChargingProfile", "ClearChargingProfile")
def test_a_default_acts_on_a_running_transaction_at_once_and_until_it_is_cleared() -> None:
    bench = charging()
    install(bench, profile((0, 16)))
    offered = offered_w(bench)
    assert (offered, sample(bench)["Power.Active.Import"]) == (11040, pytest.approx(11040, rel=0.02))
    install(bench, profile((0, 10)))
    assert offered_w(bench) == 6900
    clear(bench)
    assert offered_w(bench) == HARDWARE_W


def test_zero_suspends_and_more_resumes() -> None:
    bench = charging()
    bench.forget()
    install(bench, profile((0, 0)))
    assert bench.told() == ["SuspendedEVSE"]
    assert offered_w(bench) == 0
    install(bench, profile((0, 6)))
    assert bench.wait(10).told()[-1] == "Charging"


def test_below_the_min_charging_rate_charging_pauses() -> None:
    bench = charging()
    install(bench, profile((0, 8), min_rate=10.0))
    assert bench.status() == "SuspendedEVSE"
    install(bench, profile((0, 10), min_rate=10.0))
    assert bench.wait(10).status() == "Charging"


def test_a_tx_profile_beats_the_default_and_dies_with_its_transaction() -> None:
    bench = charging()
    install(bench, profile((0, 16), number=1, level=9))
    install(bench, profile((0, 20), number=2, purpose="TxProfile", transactionId=transaction_id(bench)))
    assert offered_w(bench) == 20 * W_PER_A
    bench.swipe().unplug().charge(vehicle="truck")
    assert offered_w(bench) == 16 * W_PER_A
    assert clear(bench, id=2) == "Unknown"


def test_a_silent_tx_profile_falls_back_to_the_default() -> None:
    bench = charging()
    install(bench, profile((0, 16)))
    install(bench, profile((0, 10), number=2, purpose="TxProfile", kind="Absolute", start=NOON, duration=300))
    assert offered_w(bench) == 10 * W_PER_A
    bench.until(301)
    assert offered_w(bench) == 16 * W_PER_A


def test_relative_schedules_count_from_the_transaction() -> None:
    bench = Bench16.booted()
    install(bench, profile((0, 16), (600, 10)), 0)
    bench.wait(500).charge(vehicle="truck")
    began = bench.t - 10
    bench.until(began + 590)
    assert sample(bench)["Power.Offered"] == 11040
    bench.until(began + 670)
    assert sample(bench)["Power.Offered"] == 6900


def test_schedules_run_on_offline_and_after_a_reboot() -> None:
    bench = charging()
    install(bench, profile((0, 16), number=1))
    install(bench, profile((0, 10), number=2, level=1, kind="Absolute", start=NOON + 600))
    bench.cut().until(700)
    assert bench.station.evses[0].offer.power_w == 6900
    bench.come_back().power_down().wait(20).power_up().unplug().charge(vehicle="truck")
    assert offered_w(bench) == 6900


def test_profiles_survive_a_restart_of_the_program() -> None:
    bench = charging()
    install(bench, profile((0, 16), (100, 10), start=NOON, kind="Recurring", recurrencyKind="Daily", duration=3600))
    later = Bench16()
    restore(later.charger, take(bench.charger, bench.now.sim))
    later.power_up()
    assert schedule(later) == [(0, 16, 3), (100, 10, 3)]


def test_instants_of_a_central_system_with_another_clock_are_read_by_it() -> None:
    ahead_s = 86_400
    bench = Bench16(
        scale=60.0,
        answers={
            "BootNotification": lambda payload, bench: {
                "status": "Accepted",
                "interval": 300,
                "currentTime": stamp(bench.now.sim + ahead_s),
            }
        },
    )
    bench.power_up().charge(vehicle="truck")
    install(bench, profile((0, 10), kind="Absolute", start=bench.now.sim + ahead_s + 300))
    assert bench.station.evses[0].offer.power_w == HARDWARE_W
    bench.wait(300 / 60)
    assert bench.station.evses[0].offer.power_w == 6900


# Remote start


def remote_start(bench: Bench16, given: Profile, connector: int = 1) -> str:
    answer = bench.ask(
        "RemoteStartTransaction", {"idTag": TAG.id_token, "connectorId": connector, "chargingProfile": given}
    )
    assert answer is not None
    return str(answer[2]["status"])


@pytest.mark.parametrize("authorize", ["false", "true"])
@pytest.mark.parametrize("plugged", [False, True])
def test_the_profile_of_a_remote_start_is_bound_to_its_transaction(authorize: str, *, plugged: bool) -> None:
    bench = Bench16.booted(settings={"AuthCtrlr.AuthorizeRemoteStart": authorize})
    if plugged:
        bench.command(PlugIn(vehicle="truck", soc=0.1))
    assert remote_start(bench, profile((0, 10), purpose="TxProfile", level=3)) == "Accepted"
    if not plugged:
        bench.wait(20).command(PlugIn(vehicle="truck", soc=0.1))
    bench.wait(10)
    assert offered_w(bench) == 6900
    # A later one with the same stack level replaces it.
    later = profile((0, 16), number=9, purpose="TxProfile", level=3, transactionId=transaction_id(bench))
    assert install(bench, later) == "Accepted"
    assert offered_w(bench) == 11040
    assert clear(bench, id=1) == "Unknown"


@pytest.mark.parametrize(
    "given",
    [
        profile((0, 10)),
        profile((0, 10), purpose="TxProfile", transactionId=5),
        profile((0, 10), purpose="TxProfile", level=99),
    ],
)
def test_a_remote_start_with_an_unfit_profile_is_rejected(given: Profile) -> None:
    bench = Bench16.booted()
    assert remote_start(bench, given) == "Rejected"
    assert bench.wait(10).told() == []


def test_the_profile_of_a_remote_start_that_came_to_nothing_binds_nobody_else() -> None:
    bench = Bench16.booted()
    assert remote_start(bench, profile((0, 10), purpose="TxProfile")) == "Accepted"
    bench.wait(120).charge(vehicle="truck")
    assert offered_w(bench) == HARDWARE_W
    refused = Bench16.booted(
        settings={"AuthCtrlr.AuthorizeRemoteStart": "true"},
        answers={"Authorize": {"idTagInfo": {"status": "Blocked"}}},
    )
    assert remote_start(refused, profile((0, 10), purpose="TxProfile")) == "Accepted"
    refused.answers["Authorize"] = {"idTagInfo": {"status": "Accepted"}}
    refused.wait(10).charge(vehicle="truck")
    assert offered_w(refused) == HARDWARE_W


def restarted(bench: Bench16) -> Bench16:
    """The same charge point after a restart of the program."""
    later = Bench16()
    restore(later.charger, orjson.loads(orjson.dumps(take(bench.charger, bench.now.sim))))
    later.power_up()
    return later


def test_the_profile_of_a_remote_start_survives_a_restart_of_the_program() -> None:
    bench = Bench16.booted()
    given = profile((0, 10), (300, 16), purpose="TxProfile", level=3)
    assert remote_start(bench.wait(20), given) == "Accepted"
    later = restarted(bench)
    assert later.status() == "Preparing"
    later.wait(10).command(PlugIn(vehicle="truck", soc=0.1))
    later.wait(10)
    assert later.start()["idTag"] == TAG.id_token
    assert offered_w(later) == 6900
    later.wait(400)
    assert offered_w(later) == 11040


def test_a_remote_start_waits_for_its_cable_no_longer_after_a_restart_of_the_program() -> None:
    bench = Bench16.booted()
    assert remote_start(bench, profile((0, 10), purpose="TxProfile")) == "Accepted"
    later = restarted(bench)
    assert later.wait(61).status() == "Available"
    later.charge(vehicle="truck")
    assert offered_w(later) == HARDWARE_W


def test_a_profile_is_bound_though_the_transaction_id_is_not_known() -> None:
    bench = Bench16.booted(answers={"StartTransaction": Refusal()})
    bench.command(PlugIn(vehicle="truck", soc=0.1))
    assert remote_start(bench, profile((0, 10), purpose="TxProfile")) == "Accepted"
    bench.wait(10)
    assert bench.station.evses[0].offer.power_w == 6900


# The whole charge point


def test_a_charge_point_max_profile_is_shared() -> None:
    bench = charging()
    install(bench, station_max((0, 32), (1200, 10), start=NOON), 0)
    assert offered_w(bench) == HARDWARE_W
    bench.charge(2, vehicle="truck")
    assert offered_w(bench, 1) == offered_w(bench, 2) == 11040
    bench.until(1210)
    # 10 A are too little for two: the one that came last pauses.
    assert (bench.status(1), bench.status(2)) == ("Charging", "SuspendedEVSE")
    assert offered_w(bench, 1) == 6900
    bench.swipe(1).unplug(1).wait(10)
    assert bench.status(2) == "Charging"
    assert offered_w(bench, 2) == 6900


def test_what_one_connector_leaves_goes_to_the_other() -> None:
    bench = charging().charge(2, vehicle="truck")
    install(bench, station_max((0, 40), start=NOON, number=1), 0)
    install(bench, profile((0, 10), number=2), 1)
    assert offered_w(bench, 1) == 6900
    assert offered_w(bench, 2) == 30 * W_PER_A
    assert sample(bench, 2)["Power.Active.Import"] == pytest.approx(30 * W_PER_A, rel=0.02)


def test_a_charge_point_max_profile_without_a_start_begins_when_it_comes() -> None:
    bench = charging()
    bench.wait(100)
    given = profile((0, 16), (300, 10), purpose="ChargePointMaxProfile", kind="Absolute")
    assert install(bench, given, 0) == "Accepted"
    assert schedule(bench) == [(0, 16, 3), (300, 10, 3)]


def test_what_a_small_vehicle_cannot_take_goes_to_the_other() -> None:
    """16 A at most on the first connector: of 40 A the other gets 24."""
    bench = Bench16.charging(1, soc=0.1, vehicle="suv").charge(2, soc=0.1, vehicle="truck")
    install(bench, station_max((0, 40), start=NOON), 0)
    assert offered_w(bench, 1) == 16 * W_PER_A
    assert offered_w(bench, 2) == 24 * W_PER_A


def test_a_vehicle_that_is_full_leaves_its_share() -> None:
    bench = charging().charge(2, soc=0.97, vehicle="suv")
    install(bench, station_max((0, 32), start=NOON), 0)
    assert offered_w(bench, 1) < HARDWARE_W
    bench.wait(3600)
    assert bench.status(2) == "SuspendedEV"
    assert offered_w(bench, 1) == HARDWARE_W


def test_cabinet_and_charge_point_max_profile_bound_together() -> None:
    bench = charging(spec=two_sockets(max_power_w=30000)).charge(2, vehicle="truck")
    assert offered_w(bench, 1) == offered_w(bench, 2) == 15000
    install(bench, station_max((0, 20000), start=NOON, unit="W"), 0)
    assert offered_w(bench, 1) == offered_w(bench, 2) == 10000
    clear(bench)
    assert offered_w(bench, 1) == offered_w(bench, 2) == 15000


def test_direct_current_is_shared_in_watts_and_limited_in_amperes() -> None:
    evses = tuple(
        EvseSpec(n, (ConnectorSpec(1, "cCCS2", cable_attached=True),), Current.DC, 150000, 1, 400, 500, 0)
        for n in (1, 2)
    )
    bench = Bench16.charging(1, soc=0.2, vehicle="sedan", spec=two_sockets(evses=evses))
    bench.charge(2, soc=0.2, vehicle="sedan")
    install(bench, station_max((0, 60000), start=NOON, unit="W", number=1), 0)
    assert offered_w(bench, 1) == 30000
    assert sample(bench, 1)["Power.Active.Import"] == pytest.approx(30000, rel=0.02)
    assert schedule(bench, 2) == [(0, 30000)]
    assert schedule(bench, 0) == [(0, 60000)]
    install(bench, profile((0, 50), number=2), 1)
    assert offered_w(bench, 1) == 20000
    assert sample(bench, 1)["Current.Import"] == pytest.approx(50, rel=0.02)
    assert schedule(bench, 1, chargingRateUnit="A") == [(0, 50)]
    assert offered_w(bench, 2) == 40000


# GetCompositeSchedule


def test_without_a_profile_the_hardware_is_reported() -> None:
    bench = Bench16.booted()
    assert schedule(bench) == [(0, 32, 3)]
    assert schedule(bench, chargingRateUnit="W") == [(0, 22080, 3)]
    assert schedule(bench, 0) == [(0, 64, 3)]
    assert schedule(Bench16.booted(spec=one_socket(max_power_w=11040)), 0, chargingRateUnit="W") == [(0, 11040, 3)]


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ({"connectorId": 3, "duration": 600}, "Rejected"),
        ({"connectorId": -1, "duration": 600}, "Rejected"),
        ({"connectorId": 1, "duration": 0}, "Rejected"),
        ({"connectorId": 1, "duration": 600, "chargingRateUnit": "A"}, "Rejected"),
        ({"connectorId": 1, "duration": 600, "chargingRateUnit": "V"}, "PropertyConstraintViolation"),
        ({"connectorId": 1, "duration": 600}, "Accepted"),
    ],
)
def test_get_composite_schedule_is_judged(asked: Profile, verdict: str) -> None:
    bench = Bench16.booted(settings={"Ocpp16.ChargingScheduleAllowedChargingRateUnit": "Power"})
    answer = bench.ask("GetCompositeSchedule", asked)
    assert answer is not None
    assert (answer[2]["status"] if answer[0] == 3 else answer[2]) == verdict
    if verdict == "Rejected":
        assert answer[2] == {"status": "Rejected"}


def test_a_composite_schedule_starts_now_and_merges_equal_periods() -> None:
    bench = charging()
    install(bench, profile((0, 16), (100, 16), (200, 12), (5000, 8), kind="Absolute", start=NOON))
    bench.until(50)
    answer = bench.ask("GetCompositeSchedule", {"connectorId": 1, "duration": 600})
    assert answer is not None
    assert answer[2] == {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": bench.stamp,
        "chargingSchedule": {
            "duration": 600,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 16.0, "numberPhases": 3},
                {"startPeriod": 150, "limit": 12.0, "numberPhases": 3},
            ],
        },
    }


def test_a_composite_schedule_is_no_longer_than_configured() -> None:
    bench = Bench16.booted(settings={"Ocpp16.CompositeScheduleMaxDuration": "7200"})
    install(bench, profile((0, 16), (3600, 10), (7200, 8), kind="Absolute", start=NOON))
    answer = bench.ask("GetCompositeSchedule", {"connectorId": 1, "duration": 10**9})
    assert answer is not None
    assert answer[2]["chargingSchedule"]["duration"] == 7200
    assert schedule(bench, duration=10**9) == [(0, 16, 3), (3600, 10, 3)]


def test_the_composite_of_connector_0_is_that_of_the_whole_charge_point() -> None:
    bench = charging().charge(2, vehicle="truck")
    install(bench, station_max((0, 40), (300, 20), start=bench.now.sim, number=1), 0)
    install(bench, profile((0, 10), number=2, kind="Absolute", start=NOON), 1)
    assert schedule(bench, 0) == [(0, 40, 3), (300, 20, 3)]
    assert schedule(bench, 1) == [(0, 10, 3)]
    assert schedule(bench, 2) == [(0, 30, 3), (300, 10, 3)]
    assert schedule(bench, 0, chargingRateUnit="W") == [(0, 27600, 3), (300, 13800, 3)]


def test_smart_charging_is_among_the_supported_feature_profiles() -> None:
    answer = Bench16.booted().ask("GetConfiguration", {"key": ["SupportedFeatureProfiles"]})
    assert answer is not None
    assert "SmartCharging" in answer[2]["configurationKey"][0]["value"].split(",")
