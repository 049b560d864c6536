"""The control API as an aiohttp application: every surface on one port.

Owns the composition of the surfaces and the life of the listening socket. It decides nothing about chargers.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence

from aiohttp import web

from chargepoint_sim.actions.dispatch import Dispatch
from chargepoint_sim.actions.ledger import MemoryLedger
from chargepoint_sim.api.access import Gate, check_listen
from chargepoint_sim.api.amps.failures import amps_failure
from chargepoint_sim.api.amps.room import add_amps
from chargepoint_sim.api.amps.routes import AMPS_ROUTES
from chargepoint_sim.api.cors import allow_origins
from chargepoint_sim.api.errors import ERROR_SHAPES, SURFACES, ErrorShape, answer_errors
from chargepoint_sim.api.idle import IdleConnections
from chargepoint_sim.api.lag import LoopLag
from chargepoint_sim.api.native.events import CLOSING
from chargepoint_sim.api.native.journal import JOURNALS, Journals
from chargepoint_sim.api.native.routes import NATIVE_ROUTES
from chargepoint_sim.api.ocpplab.routes import OCPPLAB_ROUTES
from chargepoint_sim.api.operations import operation_routes
from chargepoint_sim.api.pace import Pace
from chargepoint_sim.api.routes import DISPATCH, ROSTER, AnyRoute, Surface
from chargepoint_sim.api.serving import Serving
from chargepoint_sim.api.webhooks import add_webhooks
from chargepoint_sim.clock import Timeline
from chargepoint_sim.errors import LocalError, system_words
from chargepoint_sim.fleet.access import TokenSpec
from chargepoint_sim.fleet.roster import Roster
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.spec import ApiSpec

MAX_BODY_BYTES = 2**20
ApiRunner = web.AppRunner
"""A listening API, to be cleaned up at the end."""
_SHUTDOWN_S = 3.0
_IDLE: web.AppKey[IdleConnections] = web.AppKey("idle", IdleConnections)
_SHAPES: Mapping[str, ErrorShape] = {Surface.AMPS: amps_failure}
"""How each surface says no, where it has a way of its own."""
_TOKENS: web.AppKey[Sequence[TokenSpec]] = web.AppKey("tokens", Sequence[TokenSpec])


def all_routes(lag: LoopLag) -> tuple[AnyRoute, ...]:
    """Every route of the API, surface by surface."""
    described: tuple[AnyRoute, ...] = (*OCPPLAB_ROUTES, *AMPS_ROUTES, *NATIVE_ROUTES)
    return (*described, *operation_routes(described, lag))


def create_app(
    fleet: FleetService,
    spec: ApiSpec,
    dispatch: Dispatch | None = None,
    *,
    roster: Roster | None = None,
    tenants: bool = False,
    shapes: Mapping[str, ErrorShape] = _SHAPES,
) -> web.Application:
    """An application that controls `fleet`; without tokens it lets every local client in.

    `tenants` says whether anything belongs to a tenant, so that X-Organization-Id means something.
    Without a `roster` the fleet stays as it is: what would change it is refused.
    Without a `dispatch` it makes one of its own, which hears nothing of the fleet: what has to wait waits for ever.
    """
    lag = LoopLag()
    app = web.Application(middlewares=[answer_errors], client_max_size=MAX_BODY_BYTES)
    app[_TOKENS] = spec.tokens
    app[ERROR_SHAPES] = shapes
    app[DISPATCH] = dispatch or Dispatch(fleet, MemoryLedger(), Timeline(time.time(), time.monotonic()))
    if roster is not None:
        app[ROSTER] = roster
    add_webhooks(app, spec.webhooks)
    add_amps(app, fleet, spec.amps)
    app[CLOSING] = asyncio.Event()
    app[JOURNALS] = Journals.of(fleet)
    app[_IDLE] = IdleConnections(spec.request_timeout_s)
    app[_IDLE].watch(app)
    pace = None if spec.rate_limit_per_s is None else Pace(spec.rate_limit_per_s)
    gate = Gate(spec.tokens, tenants, frozenset(spec.cors_origins), pace)
    routes = all_routes(lag)
    app[SURFACES] = {route.path.split("/")[1]: route.surface for route in routes}
    Serving(fleet, gate, spec.request_timeout_s).mount(app.router, routes)
    allow_origins(app, frozenset(spec.cors_origins))

    async def measure_lag(_: web.Application) -> AsyncIterator[None]:
        lag.start()
        yield
        lag.stop()

    async def end_streams(closing: web.Application) -> None:
        closing[CLOSING].set()

    app.cleanup_ctx.append(measure_lag)

    async def close_journals(closing: web.Application) -> None:
        for journal in closing[JOURNALS]:
            await journal.close()

    app.on_shutdown.append(end_streams)
    app.on_cleanup.append(close_journals)
    return app


async def start_api(app: web.Application, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Listen on `host` and `port` (0 takes a free one); answers the runner, to be cleaned up, and the port.

    Raises LocalError where the address may not or cannot be listened on.
    """
    check_listen(host, app[_TOKENS])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    app[_IDLE].server = runner.server
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise LocalError(
            f"The control API cannot listen on {host}:{port}: {system_words(error)}. "
            "Stop what listens there, or choose another api.listen."
        ) from error
    return runner, runner.addresses[0][1]
