"""What a view tells of messages that the central system would not take."""

from chargepoint_sim.core.commands import IdToken, PlugIn
from chargepoint_sim.fleet.describe import REFUSED_SHOWN, charger_view
from chargepoint_sim.fleet.spec import ChargerSpec, Credentials, CsmsTarget
from chargepoint_sim.fleet.views import ChargerView
from tests.protocol.harness import Bench, Refusal, two_sockets
from tests.protocol.v16.bench import Bench16
from tests.protocol.v201.bench import Bench201

ONE_ATTEMPT = {"OCPPCommCtrlr.MessageAttempts[TransactionEvent]": "1"}


def view_of(bench: Bench) -> ChargerView:
    spec = ChargerSpec("c1", "CP-1", "1.6", two_sockets(), CsmsTarget("ws://host/"), Credentials())
    return charger_view(spec, bench.charger, bench.now.sim, connection="connected", created_at=0.0)


def test_a_message_that_was_given_up_is_listed_as_refused_with_what_it_said() -> None:
    bench = Bench16.booted(answers={"StartTransaction": Refusal("InternalError")}, settings=ONE_ATTEMPT)
    assert view_of(bench).refused == ()
    bench.command(PlugIn(vehicle="suv", soc=0.3))
    bench.swipe().wait(5)
    (call,) = bench.calls("StartTransaction")
    view = view_of(bench)
    assert view.given_up == 1
    (refused,) = view.refused
    assert (refused.message_id, refused.action) == (call.frame[1], "StartTransaction")
    assert refused.payload == call.payload
    assert refused.reason == "CALLERROR InternalError"
    assert "StartTransaction given up after 1 sends: CALLERROR InternalError" in view.problems


def test_of_many_the_last_are_listed_and_all_are_counted() -> None:
    bench = Bench16.charging(answers={"MeterValues": Refusal()}, settings=ONE_ATTEMPT)
    bench.wait(1800)
    view = view_of(bench)
    assert view.given_up == len(bench.calls("MeterValues")) > REFUSED_SHOWN
    assert [one.message_id for one in view.refused] == [
        one.frame[1] for one in bench.calls("MeterValues")[-REFUSED_SHOWN:]
    ]


def test_a_key_code_is_told_to_nobody() -> None:
    bench = Bench201.booted()
    assert bench.command(PlugIn(vehicle="suv", soc=0.3)).accepted
    bench.swipe(token=IdToken("1234", "KeyCode")).wait(5)
    assert [evse.id_token for evse in view_of(bench).evses] == ["(key code)", None]
    assert "1234" not in repr(view_of(bench))
