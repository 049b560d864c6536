"""The HTTP port of the built-in central system: send any CALL, see chargers, sessions and frames. JSON only.

Owns the routes and their status codes. It asks for no token: it is a tool on the loopback interface.
"""

from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from chargepoint_sim.csms.calls import CallOutcome, OutcomeKind
from chargepoint_sim.csms.views import charger_detail, charger_view, frame_view, session_view
from chargepoint_sim.errors import LocalError, UnknownTarget

if TYPE_CHECKING:
    from chargepoint_sim.csms.server import CsmsServer

_MAX_BODY_BYTES = 1024 * 1024

_LONGEST_WAIT_S = 3600

_OUTCOME_STATUS = {
    OutcomeKind.ANSWERED: 200,
    OutcomeKind.REFUSED: 200,
    OutcomeKind.INVALID: 502,
    OutcomeKind.TIMED_OUT: 504,
    OutcomeKind.LINK_LOST: 504,
}
"""A CALLERROR is an answer: the charger did what it should."""


_ROUTES = {
    "GET /chargers": "every charger that has connected",
    "GET /chargers/{identity}": "one of them, with its sessions",
    "GET /chargers/{identity}/frames": "its last frames",
    "POST /chargers/{identity}/call/{action}": "send it an OCPP message: the body is the payload, ?timeout_s= bounds "
    "the wait, ?force=true passes over its registration",
    "GET /sessions": "all charging sessions",
}
"""What `GET /` tells."""


class HttpPort:
    """The routes of one central system."""

    def __init__(self, server: "CsmsServer") -> None:
        self._server = server
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises OSError."""
        app = web.Application(client_max_size=_MAX_BODY_BYTES)
        app.add_routes(
            [
                web.get("/", self._root),
                web.get("/chargers", self._chargers),
                web.get("/chargers/{identity}", self._charger),
                web.get("/chargers/{identity}/frames", self._frames),
                web.post("/chargers/{identity}/call/{action}", self._call),
                web.get("/sessions", self._sessions),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def port(self) -> int:
        """The port that is listened on."""
        assert self._runner is not None, "start the port first"
        port: int = self._runner.addresses[0][1]
        return port

    async def _root(self, _: web.Request) -> web.Response:
        return _json({"about": "the built-in central system for OCPP 1.6 and 2.0.1", "routes": _ROUTES})

    async def _chargers(self, _: web.Request) -> web.Response:
        return _json({"chargers": [charger_view(peer) for peer in self._server.central.peers()]})

    async def _charger(self, request: web.Request) -> web.Response:
        identity = request.match_info["identity"]
        central = self._server.central
        try:
            return _json(charger_detail(central.peer(identity), list(central.sessions(identity))))
        except UnknownTarget as error:
            return _refused(404, "unknown_charger", str(error))

    async def _frames(self, request: web.Request) -> web.Response:
        try:
            frames = self._server.central.frames(request.match_info["identity"])
        except UnknownTarget as error:
            return _refused(404, "unknown_charger", str(error))
        return _json({"frames": [frame_view(frame) for frame in frames]})

    async def _sessions(self, _: web.Request) -> web.Response:
        return _json({"sessions": [session_view(session) for session in self._server.central.sessions()]})

    async def _call(self, request: web.Request) -> web.Response:
        """The body is the OCPP payload, an empty body is `{}`.

        `?timeout_s=` bounds the wait, `?force=true` sends what the charger's registration forbids.
        """
        identity, action = request.match_info["identity"], request.match_info["action"]
        try:
            timeout_s = _timeout(request.query.get("timeout_s"))
            payload = orjson.loads(await request.read() or b"{}")
        except ValueError as error:
            return _refused(400, "bad_request", f"body or timeout_s: {error}")
        if not isinstance(payload, dict):
            return _refused(400, "bad_request", "the body must be a JSON object: the payload of the CALL")
        try:
            outcome = await self._server.outcome_of(
                identity, action, payload, timeout_s, force=request.query.get("force") == "true"
            )
        except UnknownTarget as error:
            return _refused(404, "unknown_charger", str(error))
        except LocalError as error:
            status = 422 if self._server.central.peer(identity).connected else 409
            return _refused(status, "not_sent", str(error))
        return _outcome(outcome)


def _timeout(text: str | None) -> float | None:
    if text is None:
        return None
    timeout_s = float(text)
    if not 0 < timeout_s <= _LONGEST_WAIT_S:
        raise ValueError(f"timeout_s must be above 0 and at most {_LONGEST_WAIT_S}")
    return timeout_s


def _outcome(outcome: CallOutcome) -> web.Response:
    status = _OUTCOME_STATUS[outcome.kind]
    if outcome.kind is OutcomeKind.ANSWERED:
        return _json({"answer": outcome.payload}, status)
    error: dict[str, Any] = {"code": outcome.code or outcome.kind.value, "description": outcome.description}
    if outcome.details:
        error["details"] = outcome.details
    if outcome.kind is OutcomeKind.INVALID:
        error["answer"] = outcome.payload
    return _json({"error": error}, status)


def _refused(status: int, code: str, description: str) -> web.Response:
    return _json({"error": {"code": code, "description": description}}, status)


def _json(content: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(content), status=status, content_type="application/json")
