"""Records as plain data, and back."""

import orjson
import pytest

from chargepoint_sim.actions.action import Order, State, moved, new_action
from chargepoint_sim.actions.plain import KINDS, action_data, action_of, command_data, command_of
from chargepoint_sim.core.commands import (
    ChangeSettings,
    Command,
    IdToken,
    ListedToken,
    Placed,
    SendRaw,
    SetPowerLimit,
    StartSession,
    Unplug,
    UpdateLocalList,
)
from chargepoint_sim.core.smart_charging.profiles import LimitSource

NOON = 1_700_049_600.0


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_command_comes_back_as_it_was(kind: str) -> None:
    command = KINDS[kind](2, 1) if issubclass(KINDS[kind], Placed) else KINDS[kind]()
    assert command_of(orjson.loads(orjson.dumps(command_data(command)))) == command


@pytest.mark.parametrize(
    "command",
    [
        StartSession(1, 1, IdToken("A", "Central", (("B", "C"),)), duration_s=60.0),
        SetPowerLimit(power_w=7400.0, source=LimitSource.SO),
        UpdateLocalList(3, (ListedToken("A", 1.7e9, "G"), ListedToken("B")), differential=True),
        SendRaw("meter_values", {"meter_value": [{"sampled_value": [{"value": "1"}]}], "connector_id": 1}),
        ChangeSettings({"HeartbeatInterval": "60"}),
    ],
)
def test_what_is_more_than_plain_comes_back_too(command: Command) -> None:
    assert command_of(orjson.loads(orjson.dumps(command_data(command)))) == command


def test_a_record_comes_back_as_it_was() -> None:
    order = Order(
        StartSession(id_token=IdToken("A")),
        surface="amps",
        tenant="t",
        name="charge",
        start_at=NOON + 60,
        end_at=NOON + 90,
        end_command=Unplug(),
        extra={"user": "u"},
    )
    action = moved(new_action("c1", order, NOON, key="k"), State.CANCELLED, NOON + 1, reason="taken back")
    assert action_of(orjson.loads(orjson.dumps(action_data(action)))) == action


def test_fields_that_an_earlier_program_did_not_know_take_their_defaults() -> None:
    action = new_action("c1", Order(Unplug()), NOON)
    data = action_data(action)
    for name in ("key", "begun_at", "info", "result", "reason", "expires_at"):
        del data[name]
    del data["order"]["extra"]
    assert action_of(data).reason == ""


def test_a_command_that_is_not_known_is_said_to_be() -> None:
    with pytest.raises(ValueError, match="there is no command 'Fly'"):
        command_of({"kind": "Fly"})
