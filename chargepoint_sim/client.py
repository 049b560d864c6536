"""A small typed client of a running daemon's native API, /v1: what `ctl` and `tail` use, for scripts too.

Owns the way from HTTP answers to the fleet's views, and the words for what went wrong: every failure is a LocalError
that says what to do. It keeps no state but one HTTP session. Keys that a newer daemon adds are passed over.

    async with FleetClient("http://127.0.0.1:8080") as fleet:
        await fleet.command("dep-789", StartSession(id_token=IdToken("04A1B2C3")))
"""

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, Self, TypeVar, cast
from urllib.parse import quote, urlsplit

import aiohttp
import orjson
from pydantic import TypeAdapter, ValidationError

from chargepoint_sim.core.commands import Command, Outcome, command_name
from chargepoint_sim.core.smart_charging.profiles import Unit
from chargepoint_sim.errors import LocalError, UnknownTarget, system_words
from chargepoint_sim.fleet.catalog import Brand, LocationTemplate, Model
from chargepoint_sim.fleet.detail import ChargerDetail, ScheduleView, Section
from chargepoint_sim.fleet.fault_kinds import FaultKind
from chargepoint_sim.fleet.roster import BulkJob, ChargerChanges, LocationChanges, NewCharger, Provisioning
from chargepoint_sim.fleet.spec import LocationSpec
from chargepoint_sim.fleet.views import ChargerView, ClockView, FleetEvent, FleetSummary, FrameRecord, LocationView

TIMEOUT_S = 60.0
SILENCE_S = 45.0
"""The daemon sends a comment every 15 s; a stream that is silent for this long is dead."""
PAGE = 500

_DATA = b"data: "

T = TypeVar("T")

_Query = Sequence[tuple[str, str]]
_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Chargers:
    data: tuple[ChargerView, ...]
    total: int


@dataclass(frozen=True, slots=True)
class _Frames:
    data: tuple[FrameRecord, ...]


@dataclass(frozen=True, slots=True)
class _FaultKinds:
    data: tuple[FaultKind, ...]


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a command at one charger so far."""

    charger_id: str
    accepted: bool
    """It was not refused so far."""
    reason: str
    info: Mapping[str, Any]
    action_id: str | None = None
    """None where nothing was submitted."""
    state: str | None = None
    """Where the action stands, or would stand."""


@dataclass(frozen=True, slots=True)
class SubmittedCommand:
    """A submitted command as the daemon keeps it; instants are simulated UTC seconds."""

    action_id: str
    charger_id: str
    surface: str
    name: str
    command: str
    arguments: Mapping[str, Any]
    state: str
    reason: str
    info: Mapping[str, Any]
    result: Mapping[str, Any] | None
    created_at: float
    updated_at: float
    begun_at: float | None
    start_at: float | None
    end_at: float | None
    expires_at: float | None
    key: str | None


@dataclass(frozen=True, slots=True)
class Submissions:
    """What became of a command at each charger that it was meant for."""

    results: tuple[Submitted, ...]


@dataclass(frozen=True, slots=True)
class BulkItemResult:
    """What became of one command of a bulk."""

    selector: str
    command: str
    error: str | None
    """Why it was not carried out at all."""
    outcomes: Submissions


@dataclass(frozen=True, slots=True)
class _Bulk:
    results: tuple[BulkItemResult, ...]


@dataclass(frozen=True, slots=True)
class CatalogView:
    """What can be made by name."""

    brands: tuple[Brand, ...]
    models: tuple[Model, ...]
    locations: tuple[LocationTemplate, ...]


@dataclass(frozen=True, slots=True)
class _Models:
    data: tuple[Model, ...]


@dataclass(frozen=True, slots=True)
class _Locations:
    data: tuple[LocationView, ...]


@dataclass(frozen=True, slots=True)
class _Actions:
    data: tuple[SubmittedCommand, ...]


class FleetClient:
    """One daemon. Everything raises LocalError where the daemon does not answer or refuses, UnknownTarget for 404."""

    def __init__(self, url: str, token: str | None = None) -> None:
        """`url` is where the control API listens; `token` its bearer token, where it has one."""
        self.url = _checked(url)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def summary(self) -> FleetSummary:
        """The fleet in figures, and who is not charging and why."""
        return await self._request(FleetSummary, "GET", "/v1/fleet")

    async def chargers(self, selector: str = "*") -> list[ChargerView]:
        """The selected chargers, in the fleet's order."""
        views: list[ChargerView] = []
        while True:
            query = [("selector", selector), ("offset", str(len(views))), ("limit", str(PAGE))]
            page = await self._request(_Chargers, "GET", "/v1/chargers", query)
            views += page.data
            if not page.data or len(views) >= page.total:
                return views

    async def charger(self, charger_id: str) -> ChargerView:
        """One charger, by id or OCPP identity."""
        return await self._request(ChargerView, "GET", _place(charger_id))

    async def detail(self, charger_id: str, sections: Sequence[Section] = ()) -> ChargerDetail:
        """What one charger keeps; no sections asks for all."""
        query = [("section", section.value) for section in sections]
        return await self._request(ChargerDetail, "GET", f"{_place(charger_id)}/detail", query)

    async def composite_schedule(
        self, charger_id: str, evse_id: int = 0, duration_s: int = 86_400, unit: Unit = Unit.W
    ) -> ScheduleView:
        """What an EVSE, or as 0 the station, offers at most from now on; UnknownTarget for an EVSE that is none."""
        query = [("evse_id", str(evse_id)), ("duration_s", str(duration_s)), ("unit", unit.value)]
        return await self._request(ScheduleView, "GET", f"{_place(charger_id)}/composite-schedule", query)

    async def frames(self, charger_id: str, action: str | None = None, limit: int = 100) -> list[FrameRecord]:
        """The last frames of a charger, oldest first."""
        query = [("limit", str(limit)), *([("action", action)] if action is not None else [])]
        return list((await self._request(_Frames, "GET", f"{_place(charger_id)}/frames", query)).data)

    async def command(self, selector: str, command: Command) -> dict[str, Outcome]:
        """Carry a command out on the selected chargers: charger id -> what became of it, in the fleet's order."""
        submitted = await self.submit(selector, command)
        return {one.charger_id: Outcome(one.accepted, one.reason, one.info) for one in submitted}

    async def submit(
        self,
        selector: str,
        command: Command,
        *,
        start_at: float | None = None,
        expires_at: float | None = None,
        wait_s: float = 0.0,
        dry_run: bool = False,
        key: str | None = None,
    ) -> list[Submitted]:
        """Submit a command to the selected chargers, in the fleet's order.

        Arguments:
            start_at, expires_at: simulated UTC seconds; at once, and as long as commands are held.
            wait_s: real seconds to wait until all have ended.
            dry_run: say what would come of it, and change nothing.
            key: whoever submits the same command with it again gets the actions that are there.
        """
        path = f"{_place(selector)}/commands/{command_name(type(command))}"
        body = _given(command)
        options = {"start_at": start_at, "expires_at": expires_at, "wait_s": wait_s or None}
        query = [(name, str(value)) for name, value in options.items() if value is not None]
        query += [("dry_run", "true")] if dry_run else []
        headers = {} if key is None else {"Idempotency-Key": key}
        return list((await self._request(Submissions, "POST", path, query, body, headers, wait_s)).results)

    async def bulk(self, commands: Sequence[tuple[str, Command]]) -> list[BulkItemResult]:
        """Carry out commands, each with its selector, in this order; one that is wrong stops no other."""
        body = [
            {"selector": selector, "command": command_name(type(command)), "arguments": _given(command)}
            for selector, command in commands
        ]
        return list((await self._request(_Bulk, "POST", "/v1/bulk", body=body)).results)

    async def actions(
        self, selectors: Sequence[str] = (), *, states: Sequence[str] = (), limit: int = 100
    ) -> list[SubmittedCommand]:
        """The newest submitted commands at these chargers or at all, in these states or in any."""
        query = [*(("charger", one) for one in selectors), *(("state", one) for one in states), ("limit", str(limit))]
        return list((await self._request(_Actions, "GET", "/v1/actions", query)).data)

    async def action(self, action_id: str, wait_s: float = 0.0) -> SubmittedCommand:
        """A submitted command, when it has ended or after so many real seconds. UnknownTarget for an unknown one."""
        query = [("wait_s", str(wait_s))] if wait_s else []
        return await self._request(SubmittedCommand, "GET", _action(action_id), query, patience_s=wait_s)

    async def cancel(self, action_id: str) -> SubmittedCommand:
        """Take a submitted command back; LocalError where it has ended."""
        return await self._request(SubmittedCommand, "POST", f"{_action(action_id)}/cancel")

    async def fault_kinds(self) -> list[FaultKind]:
        """What can be made to go wrong; what is in force at a charger is a part of its detail."""
        return list((await self._request(_FaultKinds, "GET", "/v1/faults")).data)

    async def add(self, new: NewCharger) -> ChargerView:
        """Make a charger, which dials at once; certificates cannot be named here."""
        return await self._request(ChargerView, "POST", "/v1/chargers", body=_given(new))

    async def add_many(self, chargers: Sequence[NewCharger], location_id: str | None = None) -> BulkJob:
        """Begin to make chargers, as the ramp says, all at one location if it is given."""
        body = {"chargers": [_given(one) for one in chargers], "location_id": location_id}
        return await self._request(BulkJob, "POST", "/v1/jobs", body=body)

    async def job(self, job_id: str) -> BulkJob:
        """How far such a job is."""
        return await self._request(BulkJob, "GET", f"/v1/jobs/{quote(job_id, safe='')}")

    async def provisioning(self, charger_id: str) -> Provisioning:
        """How far a charger has come on its way to service."""
        return await self._request(Provisioning, "GET", f"{_place(charger_id)}/provisioning")

    async def catalog(self) -> CatalogView:
        """Brands, models and usual sites."""
        return await self._request(CatalogView, "GET", "/v1/catalog")

    async def templates(self) -> list[Model]:
        """What chargers can be made of."""
        return list((await self._request(_Models, "GET", "/v1/templates")).data)

    async def locations(self) -> list[LocationView]:
        """All locations, in the fleet's order."""
        return list((await self._request(_Locations, "GET", "/v1/locations")).data)

    async def location(self, location_id: str) -> LocationView:
        """One location."""
        return await self._request(LocationView, "GET", _location(location_id))

    async def add_location(self, new: LocationSpec) -> LocationView:
        """Make a location."""
        return await self._request(LocationView, "POST", "/v1/locations", body=_given(new))

    async def change_location(self, location_id: str, changes: LocationChanges) -> LocationView:
        """Change a location."""
        return await self._request(LocationView, "PATCH", _location(location_id), body=_given(changes))

    async def remove_location(self, location_id: str) -> None:
        """Remove a location without chargers; LocalError where some stand there."""
        await self._request(None, "DELETE", _location(location_id))

    async def change(self, charger_id: str, changes: ChargerChanges) -> ChargerView:
        """Change a charger."""
        return await self._request(ChargerView, "PATCH", _place(charger_id), body=_given(changes))

    async def remove(self, charger_id: str) -> None:
        """Switch a charger off in order and forget it."""
        await self._request(None, "DELETE", _place(charger_id))

    async def power_on(self, charger_id: str) -> ChargerView:
        """Switch a charger on."""
        return await self._request(ChargerView, "POST", f"{_place(charger_id)}/power-on")

    async def power_off(self, charger_id: str) -> ChargerView:
        """Switch a charger off in order."""
        return await self._request(ChargerView, "POST", f"{_place(charger_id)}/power-off")

    async def clock(self) -> ClockView:
        """Which time the fleet lives in."""
        return await self._request(ClockView, "GET", "/v1/clock")

    async def set_scale(self, scale: float) -> ClockView:
        """Let simulated time go on at another scale; LocalError where the fleet lives in real time."""
        return await self._request(ClockView, "PATCH", "/v1/clock", body={"scale": scale})

    async def restart(self, charger_id: str) -> ChargerView:
        """Switch a charger off in order, and on again."""
        return await self._request(ChargerView, "POST", f"{_place(charger_id)}/restart")

    @contextlib.asynccontextmanager
    async def events(
        self, selectors: Sequence[str] = (), kinds: Sequence[str] = (), locations: Sequence[str] = ()
    ) -> AsyncIterator[AsyncIterator[FleetEvent]]:
        """What happens from here on, to these chargers, at these locations, or to all; frames are of kind "frame".

        Inside the block the subscription holds. The iterator ends when the daemon stops.
        """
        query = [*(("charger", one) for one in selectors), *(("kind", one) for one in kinds)]
        query += [("location", one) for one in locations]
        timeout = aiohttp.ClientTimeout(total=None, sock_read=SILENCE_S)
        async with contextlib.AsyncExitStack() as stack:
            with self._told_in_words():
                response = await stack.enter_async_context(
                    self._opened().get(f"{self.url}/v1/events", params=query, timeout=timeout)
                )
                await _check(response)
                blocks = _blocks(response)
                await anext(blocks)  # the comment that says that the subscription holds
            yield self._events(blocks)

    async def _events(self, blocks: AsyncIterator[bytes]) -> AsyncIterator[FleetEvent]:
        """The events of a stream's blocks; comments are passed over."""
        with self._told_in_words():
            async for block in blocks:
                for line in block.split(b"\n"):
                    if line.startswith(_DATA):
                        yield _reader(FleetEvent).validate_json(line.removeprefix(_DATA))

    async def _request(
        self,
        answer: type[T] | None,
        method: str,
        path: str,
        query: _Query = (),
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
        patience_s: float = 0.0,
    ) -> T:
        data = orjson.dumps(body) if body is not None else None
        sent = {**headers, **({"Content-Type": "application/json"} if body is not None else {})}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S + patience_s)
        with self._told_in_words():
            async with self._opened().request(
                method, f"{self.url}{path}", params=query, data=data, headers=sent, timeout=timeout
            ) as response:
                await _check(response)
                content = await response.read() or b"null"
                found: T = _reader(cast("Hashable", answer)).validate_json(content)
                return found

    def _opened(self) -> aiohttp.ClientSession:
        assert self._session is not None, "use the client as a context manager"
        return self._session

    @contextlib.contextmanager
    def _told_in_words(self) -> Iterator[None]:
        """Failures of the connection as LocalErrors."""
        try:
            yield
        except aiohttp.ClientConnectorError as error:
            raise LocalError(
                f"no daemon answers at {self.url} ({system_words(error.os_error)}); start one with `chargepoint-sim"
                " run FILE`, or name another with --api or CHARGEPOINT_SIM_API"
            ) from None
        except TimeoutError:
            raise LocalError(f"the daemon at {self.url} does not answer in time") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise LocalError(
                f"{self.url} does not answer as a daemon of this version does: {where or 'answer'}: {first['msg']}"
            ) from None
        except (aiohttp.ClientError, StopAsyncIteration) as error:
            raise LocalError(f"{self.url} does not answer as a daemon of this version does: {error!r}") from None


@cache
def _reader(answer: Any) -> TypeAdapter[Any]:
    return TypeAdapter(answer)


def _place(selector: str) -> str:
    return f"/v1/chargers/{quote(selector, safe='')}"


def _action(action_id: str) -> str:
    return f"/v1/actions/{quote(action_id, safe='')}"


def _location(location_id: str) -> str:
    return f"/v1/locations/{quote(location_id, safe='')}"


def _given(
    described: Command | NewCharger | ChargerChanges | LocationSpec | LocationChanges,
) -> dict[str, Any]:
    return {name: value for name, value in dataclasses.asdict(described).items() if value is not None}


def _checked(url: str) -> str:
    written = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(written)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise LocalError(f"{url!r} is no URL of a control API; write http://127.0.0.1:8080")
    return written.rstrip("/")


async def _check(response: aiohttp.ClientResponse) -> None:
    """Raise what the status means."""
    if response.status < 300:
        return
    detail = _detail(await response.read()) or f"{response.status} {response.reason}"
    if response.status == 401:
        raise LocalError(f"{detail} Give the daemon's token with --api-token or CHARGEPOINT_SIM_API_TOKEN.")
    if response.status == 404:
        raise UnknownTarget(detail)
    raise LocalError(detail)


def _detail(body: bytes) -> str:
    try:
        detail = orjson.loads(body)["detail"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""
    if isinstance(detail, str):
        return detail
    return "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in detail)


async def _blocks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """What stands between two empty lines, comments too."""
    waiting = b""
    async for chunk in response.content.iter_any():
        *whole, waiting = (waiting + chunk).split(b"\n\n")
        for block in whole:
            yield block
