"""One plain 1.6 session from plug to unplug, in the order in which a central system sees it."""

from tests.protocol.v16.bench import Bench16


def test_a_session_tells_status_start_values_stop_in_order() -> None:
    bench = Bench16.charging()
    bench.wait(130).swipe().wait(5).unplug()
    told = [
        (one.action, one.payload["status"]) if one.action == "StatusNotification" else (one.action, None)
        for one in bench.calls()
    ]
    assert told == [
        ("StatusNotification", "Preparing"),
        ("Authorize", None),
        ("StartTransaction", None),
        ("StatusNotification", "Charging"),
        ("MeterValues", None),
        ("MeterValues", None),
        ("StopTransaction", None),
        ("StatusNotification", "Finishing"),
        ("StatusNotification", "Available"),
    ]
