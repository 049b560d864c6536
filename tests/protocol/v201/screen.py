"""A 2.0.1 station with a display on the bench, and how its tests write and read messages."""

from typing import Any

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core import display
from chargepoint_sim.core.display_messages import DisplaySpec, Lines
from tests.protocol.harness import NOON, two_sockets
from tests.protocol.v201.bench import Bench201

FALLBACKS = {
    "TariffCostCtrlr.TariffFallbackMessage": "0.50 EUR/kWh",
    "TariffCostCtrlr.TotalCostFallbackMessage": "See your bill",
}


def with_display(**spec: Any) -> dict[str, Any]:
    """Arguments of a bench with such a display; `spec` are fields of DisplaySpec."""
    return {"spec": two_sockets(display=DisplaySpec(**spec))}


def message(message_id: int = 1, text: str = "Welcome", **more: Any) -> dict[str, Any]:
    """A MessageInfoType element; `format` and `language` belong to the text."""
    content = {"format": more.pop("format", "UTF8"), "content": text}
    if "language" in more:
        content["language"] = more.pop("language")
    return {"id": message_id, "priority": more.pop("priority", "NormalCycle"), "message": content, **more}


def put(bench: Bench201, message_id: int = 1, text: str = "Welcome", **more: Any) -> str:
    """Set a message; the status of the answer."""
    status: str = bench.answer("SetDisplayMessage", {"message": message(message_id, text, **more)})["status"]
    return status


def got(bench: Bench201, **criteria: Any) -> list[dict[str, Any]] | None:
    """The messages that the station reports; None where it knows none such."""
    bench.ids += 1
    request_id, before = bench.ids, len(bench.payloads("NotifyDisplayMessages"))
    status = bench.answer("GetDisplayMessages", {"requestId": request_id, **criteria})["status"]
    parts = bench.payloads("NotifyDisplayMessages")[before:]
    if status == "Unknown":
        assert not parts
        return None
    assert status == "Accepted"
    assert {part["requestId"] for part in parts} == {request_id}
    assert [part["tbc"] for part in parts] == [True] * (len(parts) - 1) + [False]
    return [one for part in parts for one in part["messageInfo"]]


def shown(bench: Bench201) -> list[int]:
    """The ids of the messages that take turns on the display now."""
    return [one.message_id for one in display.panel(bench.station, bench.now.sim).rotation]


def lines(bench: Bench201, evse_id: int = 1) -> Lines | None:
    """What the display tells the driver at an EVSE now."""
    panel = display.panel(bench.station, bench.now.sim)
    return next((one for one in panel.lines if one.evse_id == evse_id), None)


def instant(t: float) -> str:
    """Bench time as it stands on the wire."""
    return format_utc(NOON + t)


def personal(text: str, **more: Any) -> dict[str, Any]:
    """An answer with an accepted token and a message for its driver."""
    return {"idTokenInfo": {"status": "Accepted", "personalMessage": {"format": "UTF8", "content": text}, **more}}
