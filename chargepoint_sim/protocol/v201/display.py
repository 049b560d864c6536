"""2.0.1 messages for the display: set, got and cleared (use cases O01-O06), and observers told what it shows.

Owns the words of 2.0.1; what is kept and shown is the core's. A station without a display does not support the block.
"""

from collections.abc import Collection

from chargepoint_sim.clock import Now
from chargepoint_sim.core import display
from chargepoint_sim.core.device_model.display import DISPLAY
from chargepoint_sim.core.display_messages import DisplayMessage, Format, MessageState, Priority, Text
from chargepoint_sim.core.facts import DisplayChanged
from chargepoint_sim.core.state import StationState
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import ErrorCode, Payload
from chargepoint_sim.protocol.instants import read_instant
from chargepoint_sim.protocol.registry import BlockContext, handles, sends, tells
from chargepoint_sim.protocol.v201.splitting import parts
from chargepoint_sim.protocol.v201.verdicts import Reason, accepted, rejected

MOST_MESSAGES, MOST_BYTES = 10, 8192
"""In one NotifyDisplayMessages."""


@handles("SetDisplayMessage")
def set_message(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Keep a message, in the place of the one with its id (O01, O02, O06)."""
    _require(context.station)
    given: Payload = request["message"]
    if not _is_ours(given.get("display")):
        return rejected(Reason.NOT_FOUND, f"the one display of this station is {DISPLAY}")
    verdict, why = display.put(context.station, _read(context, given), now.sim)
    if verdict is display.Verdict.REJECTED:
        return rejected(Reason.INVALID_VALUE if why != display.FULL else Reason.OUT_OF_STORAGE, why)
    return {"status": verdict.value}


@handles("GetDisplayMessages")
def get_messages(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Report the messages that fit all criteria; none fits: Unknown (O03, O04)."""
    _require(context.station)
    ids: Collection[int] | None = request.get("id")
    found = [
        one
        for one in display.messages(context.station)
        if (ids is None or one.message_id in ids)
        and request.get("priority") in (None, one.priority)
        and ("state" not in request or request["state"] == one.state)
    ]
    if not found:
        return {"status": "Unknown"}
    _report(context, request["requestId"], [_written(context, one) for one in found])
    return accepted()


@handles("ClearDisplayMessage")
def clear_message(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Forget a message (O05)."""
    _require(context.station)
    return accepted() if display.clear(context.station, request["id"], now.sim) else {"status": "Unknown"}


@sends("NotifyDisplayMessages")
def _report(context: BlockContext, request_id: int, rows: list[Payload]) -> None:
    """As many messages in each as fit; all but the last to be continued (O03.FR.03 to O03.FR.05)."""
    cut = list(parts(rows, MOST_MESSAGES, MOST_BYTES))
    for n, part in enumerate(cut, start=1):
        payload: Payload = {"requestId": request_id, "tbc": n < len(cut), "messageInfo": part}
        context.call("NotifyDisplayMessages", payload, solicited=True)


@tells(DisplayChanged)
def changed(context: BlockContext, fact: DisplayChanged, now: Now) -> None:
    """Tell observers what stands there now."""
    context.event(
        "display_changed",
        messages=[{"id": one.message_id, "text": one.text.content} for one in fact.panel.rotation],
        drivers=[{"evse_id": one.evse_id, "tariff": one.tariff, "cost": one.cost} for one in fact.panel.lines],
    )


def text_of(content: object) -> Text | None:
    """The core's text of a MessageContentType element; None where there is none."""
    if not isinstance(content, dict):
        return None
    try:
        return Text(str(content["content"]), Format(content["format"]), content.get("language"))
    except (KeyError, ValueError):
        return None


def _require(station: StationState) -> None:
    """Raise CallRefused where there is no display, or it is switched off."""
    if not display.enabled(station):
        why = "it is switched off: see DisplayMessageCtrlr.Enabled" if station.spec.display else "it has none"
        raise CallRefused(ErrorCode.NOT_SUPPORTED, f"this station shows no display messages, {why}")


def _is_ours(component: Payload | None) -> bool:
    """The message is for the display that the station has; without a component there is no other."""
    return component is None or (component["name"].casefold() == DISPLAY.casefold() and "evse" not in component)


def _read(context: BlockContext, given: Payload) -> DisplayMessage:
    station, text = context.station, given["message"]
    instants = {
        name: read_instant(station, member, given[member]) + station.csms_offset_s
        for name, member in (("start_at", "startDateTime"), ("end_at", "endDateTime"))
        if member in given
    }
    return DisplayMessage(
        given["id"],
        Priority(given["priority"]),
        Text(text["content"], Format(text["format"]), text.get("language")),
        MessageState(given["state"]) if "state" in given else None,
        transaction_id=given.get("transactionId"),
        **instants,
    )


def _written(context: BlockContext, message: DisplayMessage) -> Payload:
    """A MessageInfoType element, as it was set."""
    offset_s = context.station.utc_offset_s
    text: Payload = {"format": message.text.format.value, "content": message.text.content}
    if message.text.language is not None:
        text["language"] = message.text.language
    found: Payload = {"id": message.message_id, "priority": message.priority.value, "message": text}
    more = {
        "state": message.state and message.state.value,
        "startDateTime": message.start_at and context.stamp(message.start_at - offset_s),
        "endDateTime": message.end_at and context.stamp(message.end_at - offset_s),
        "transactionId": message.transaction_id,
    }
    return found | {name: value for name, value in more.items() if value is not None}
