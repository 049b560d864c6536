"""A second central system for tests, written with `ocpp.routing`, `ocpp.charge_point` and `websockets` alone.

It shares no code with the package, so that a mistake made in both ends of ours cannot hide. It accepts everybody,
records every call of every charger, and sends any call through the `ocpp` charge point object.
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call_result as result16
from ocpp.v16.enums import Action as Action16
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call_result as result201
from ocpp.v201.enums import Action as Action201
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol


def _utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class ReceivedCall:
    """A call of a charger; the payload has the snake_case keys of the `ocpp` package."""

    action: str
    payload: dict[str, Any]


class _Recorder:
    """What both versions have: the way to the books of the central system."""

    id: str
    books: "OtherCsms"

    def record(self, action: str, payload: dict[str, Any]) -> None:
        self.books.record(self.id, ReceivedCall(action, payload))


class Charger16(_Recorder, ChargePoint16):
    """The far end of a 1.6 charger."""

    @on(Action16.boot_notification)
    def on_boot(self, **payload: Any) -> result16.BootNotification:
        self.record("BootNotification", payload)
        return result16.BootNotification(
            current_time=_utc_now(), interval=self.books.heartbeat_s, status=self.books.boot_status
        )

    @on(Action16.heartbeat)
    def on_heartbeat(self, **payload: Any) -> result16.Heartbeat:
        self.record("Heartbeat", payload)
        return result16.Heartbeat(current_time=_utc_now())

    @on(Action16.status_notification)
    def on_status(self, **payload: Any) -> result16.StatusNotification:
        self.record("StatusNotification", payload)
        return result16.StatusNotification()

    @on(Action16.authorize)
    def on_authorize(self, **payload: Any) -> result16.Authorize:
        self.record("Authorize", payload)
        return result16.Authorize(id_tag_info={"status": self.books.tag_status(payload["id_tag"])})

    @on(Action16.start_transaction)
    def on_start(self, **payload: Any) -> result16.StartTransaction:
        self.record("StartTransaction", payload)
        return result16.StartTransaction(
            transaction_id=self.books.next_transaction_id(),
            id_tag_info={"status": self.books.tag_status(payload["id_tag"])},
        )

    @on(Action16.stop_transaction)
    def on_stop(self, **payload: Any) -> result16.StopTransaction:
        self.record("StopTransaction", payload)
        return result16.StopTransaction()

    @on(Action16.meter_values)
    def on_meter_values(self, **payload: Any) -> result16.MeterValues:
        self.record("MeterValues", payload)
        return result16.MeterValues()

    @on(Action16.data_transfer)
    def on_data_transfer(self, **payload: Any) -> result16.DataTransfer:
        self.record("DataTransfer", payload)
        return result16.DataTransfer(status="UnknownVendorId")

    @on(Action16.diagnostics_status_notification)
    def on_diagnostics(self, **payload: Any) -> result16.DiagnosticsStatusNotification:
        self.record("DiagnosticsStatusNotification", payload)
        return result16.DiagnosticsStatusNotification()

    @on(Action16.firmware_status_notification)
    def on_firmware(self, **payload: Any) -> result16.FirmwareStatusNotification:
        self.record("FirmwareStatusNotification", payload)
        return result16.FirmwareStatusNotification()

    @on(Action16.security_event_notification)
    def on_security_event(self, **payload: Any) -> result16.SecurityEventNotification:
        self.record("SecurityEventNotification", payload)
        return result16.SecurityEventNotification()


class Charger201(_Recorder, ChargePoint201):
    """The far end of a 2.0.1 charger."""

    @on(Action201.boot_notification)
    def on_boot(self, **payload: Any) -> result201.BootNotification:
        self.record("BootNotification", payload)
        return result201.BootNotification(
            current_time=_utc_now(), interval=self.books.heartbeat_s, status=self.books.boot_status
        )

    @on(Action201.heartbeat)
    def on_heartbeat(self, **payload: Any) -> result201.Heartbeat:
        self.record("Heartbeat", payload)
        return result201.Heartbeat(current_time=_utc_now())

    @on(Action201.status_notification)
    def on_status(self, **payload: Any) -> result201.StatusNotification:
        self.record("StatusNotification", payload)
        return result201.StatusNotification()

    @on(Action201.authorize)
    def on_authorize(self, **payload: Any) -> result201.Authorize:
        self.record("Authorize", payload)
        return result201.Authorize(id_token_info={"status": self.books.tag_status(payload["id_token"]["id_token"])})

    @on(Action201.transaction_event)
    def on_transaction_event(self, **payload: Any) -> result201.TransactionEvent:
        self.record("TransactionEvent", payload)
        id_token = payload.get("id_token")
        if id_token is None:
            return result201.TransactionEvent()
        return result201.TransactionEvent(id_token_info={"status": self.books.tag_status(id_token["id_token"])})

    @on(Action201.meter_values)
    def on_meter_values(self, **payload: Any) -> result201.MeterValues:
        self.record("MeterValues", payload)
        return result201.MeterValues()

    @on(Action201.notify_report)
    def on_report(self, **payload: Any) -> result201.NotifyReport:
        self.record("NotifyReport", payload)
        return result201.NotifyReport()

    @on(Action201.notify_event)
    def on_event(self, **payload: Any) -> result201.NotifyEvent:
        self.record("NotifyEvent", payload)
        return result201.NotifyEvent()

    @on(Action201.notify_charging_limit)
    def on_charging_limit(self, **payload: Any) -> result201.NotifyChargingLimit:
        self.record("NotifyChargingLimit", payload)
        return result201.NotifyChargingLimit()

    @on(Action201.cleared_charging_limit)
    def on_cleared_limit(self, **payload: Any) -> result201.ClearedChargingLimit:
        self.record("ClearedChargingLimit", payload)
        return result201.ClearedChargingLimit()

    @on(Action201.security_event_notification)
    def on_security_event(self, **payload: Any) -> result201.SecurityEventNotification:
        self.record("SecurityEventNotification", payload)
        return result201.SecurityEventNotification()

    @on(Action201.firmware_status_notification)
    def on_firmware(self, **payload: Any) -> result201.FirmwareStatusNotification:
        self.record("FirmwareStatusNotification", payload)
        return result201.FirmwareStatusNotification()

    @on(Action201.log_status_notification)
    def on_log_status(self, **payload: Any) -> result201.LogStatusNotification:
        self.record("LogStatusNotification", payload)
        return result201.LogStatusNotification()

    @on(Action201.data_transfer)
    def on_data_transfer(self, **payload: Any) -> result201.DataTransfer:
        self.record("DataTransfer", payload)
        return result201.DataTransfer(status="UnknownVendorId")


_CHARGERS: dict[str, type[Charger16] | type[Charger201]] = {"ocpp1.6": Charger16, "ocpp2.0.1": Charger201}


class OtherCsms:
    """`async with OtherCsms() as csms:` listens on a free port of the loopback interface."""

    def __init__(
        self, *, boot_status: str = "Accepted", heartbeat_s: int = 300, tags: dict[str, str] | None = None
    ) -> None:
        self.boot_status = boot_status
        """How the next BootNotification is answered; may be changed at any time."""
        self.heartbeat_s = heartbeat_s
        self.tags = tags or {}
        """Id tag -> status; all others are Accepted."""
        self.calls: defaultdict[str, list[ReceivedCall]] = defaultdict(list)
        """Identity -> what it called, in order, over all its connections."""
        self.chargers: dict[str, Charger16 | Charger201] = {}
        """Identity -> the newest connection's charge point object."""
        self._changed = asyncio.Condition()
        self._server: Server | None = None
        self._numbers = itertools.count(7001)
        self._notices: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "OtherCsms":
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol(name) for name in _CHARGERS],
            compression=None,
            ping_interval=None,
            close_timeout=2,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        if self._notices:
            await asyncio.wait(self._notices)

    @property
    def url(self) -> str:
        """The endpoint; a charger appends its identity."""
        assert self._server is not None
        port = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{port}/ocpp"

    def tag_status(self, id_tag: str) -> str:
        """What a tag is answered."""
        return self.tags.get(id_tag, "Accepted")

    def next_transaction_id(self) -> int:
        """The next 1.6 transactionId."""
        return next(self._numbers)

    def called(self, identity: str, action: str) -> list[dict[str, Any]]:
        """The payloads of a charger's calls of `action`, in order."""
        return [call.payload for call in self.calls[identity] if call.action == action]

    async def call(self, identity: str, payload: Any) -> Any:
        """Send a payload of `ocpp.v16.call` or `ocpp.v201.call`; returns the payload of the answer.

        Raises an OCPPError for a CALLERROR and TimeoutError where no answer comes.
        """
        return await self.chargers[identity].call(payload, suppress=False)

    async def drop(self, identity: str, code: int = 1000) -> None:
        """Close a charger's connection."""
        await self.chargers[identity]._connection.close(code)

    async def wait_connected(self, identity: str, timeout_s: float = 10.0) -> None:
        """Wait until a charger is connected. Raises TimeoutError."""
        await self._wait(lambda: identity in self.chargers, timeout_s, f"{identity} is connected")

    async def wait_call(
        self,
        identity: str,
        action: str,
        check: Callable[[dict[str, Any]], bool] = lambda _: True,
        *,
        after: int = 0,
        timeout_s: float = 10.0,
    ) -> dict[str, Any]:
        """The first call of `action` whose payload passes `check`, past or to come.

        `after` passes over so many of the charger's calls (`len(csms.calls[identity])`). Raises TimeoutError.
        """

        def find() -> dict[str, Any] | None:
            for call in self.calls[identity][after:]:
                if call.action == action and check(call.payload):
                    return call.payload
            return None

        await self._wait(lambda: find() is not None, timeout_s, f"{identity} calls {action}")
        found = find()
        assert found is not None
        return found

    def record(self, identity: str, call: ReceivedCall) -> None:
        """Book a call and tell those who wait; handlers are synchronous, so the notice is a task."""
        self.calls[identity].append(call)
        notice = asyncio.create_task(self._notify())
        self._notices.add(notice)
        notice.add_done_callback(self._notices.discard)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _wait(self, condition: Callable[[], bool], timeout_s: float, wish: str) -> None:
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(condition)
        except TimeoutError:
            seen = {identity: [call.action for call in calls] for identity, calls in self.calls.items()}
            raise TimeoutError(f"not within {timeout_s:g} s: {wish}; seen: {seen}") from None

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        identity = unquote(connection.request.path.rsplit("/", 1)[-1])
        charger = _CHARGERS[connection.subprotocol or ""](identity, connection)
        charger.books = self
        self.chargers[identity] = charger
        await self._notify()
        try:
            await charger.start()
        except ConnectionClosed:
            if self.chargers.get(identity) is charger:
                del self.chargers[identity]
            await self._notify()
