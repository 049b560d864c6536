"""The daemon: puts fleet, built-in central system, control API and saved state together, and takes them down again.

The composition root of everything that runs; owns no rules of its own.
"""

import contextlib
import os
import resource
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from chargepoint_sim.actions.dispatch import DEFERRED_FOR_S, Dispatch
from chargepoint_sim.actions.ledger import MemoryLedger
from chargepoint_sim.actions.webhooks import Webhooks
from chargepoint_sim.api.amps.room import AMPS, Room
from chargepoint_sim.api.app import ApiRunner, create_app, start_api
from chargepoint_sim.api.webhooks import WEBHOOKS
from chargepoint_sim.clock import Timeline
from chargepoint_sim.config.mint import Mint
from chargepoint_sim.csms.config import CsmsSettings, settings_from
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.errors import ConfigError, ConfigProblem, LocalError, system_words
from chargepoint_sim.fleet.changes import Changes
from chargepoint_sim.fleet.spec import FleetSpec
from chargepoint_sim.logs import get_logger, mask
from chargepoint_sim.runtime.clocks import read, start_timeline
from chargepoint_sim.runtime.fleet import RunningFleet
from chargepoint_sim.runtime.roster import RunningRoster
from chargepoint_sim.runtime.task import Frame

log = get_logger("daemon")

STATE_FORMAT = 1


@dataclass(slots=True)
class Daemon:
    """A fleet with all that belongs to it: `async with Daemon(spec) as daemon`."""

    spec: FleetSpec
    trace_file: Path | None = None
    """Every frame goes there, one JSON object a line."""
    power_cut: bool = False
    """The block ends as when the plug is pulled: no session is ended, nothing is told."""
    csms: CsmsServer | None = None
    _fleet: RunningFleet | None = None
    _roster: RunningRoster | None = None
    _dispatch: Dispatch | None = None
    _webhooks: Webhooks | None = None
    _amps: Room | None = None
    _api: ApiRunner | None = None
    _trace: Any = None
    _timeline: Timeline = field(init=False)
    api_port: int | None = None

    @property
    def fleet(self) -> RunningFleet:
        """The running fleet."""
        assert self._fleet is not None, "the daemon has not been started"
        return self._fleet

    @property
    def roster(self) -> RunningRoster:
        """Through which the fleet changes while it runs."""
        assert self._roster is not None, "the daemon has not been started"
        return self._roster

    @property
    def dispatch(self) -> Dispatch:
        """Where commands are submitted that are to be kept track of."""
        assert self._dispatch is not None, "the daemon has not been started"
        return self._dispatch

    @property
    def webhooks(self) -> Webhooks:
        """Through which receivers are told; only with a control API."""
        assert self._webhooks is not None, "there is no control API"
        return self._webhooks

    @property
    def api_url(self) -> str | None:
        """Where the control API listens, or None."""
        if self.spec.api is None or self.api_port is None:
            return None
        return f"http://{self.spec.api.host}:{self.api_port}"

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop(save=False)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop(power_cut=self.power_cut)

    async def start(self) -> None:
        """Open the control API and the built-in central system, then power the fleet up.

        Raises ConfigError and LocalError with a sentence for people.
        """
        if self.spec.clock.mode == "virtual":
            raise LocalError("virtual time has no sockets: use chargepoint_sim.simulation.Simulation in Python")
        _use_all_open_files()
        saved = _load_state(self.spec)
        self._timeline = start_timeline(self.spec.clock, not_before=saved["at"] if saved else None)
        if self.trace_file is not None:
            self._trace = _open_trace(self.trace_file)
        if self.spec.builtin_csms is not None:
            self.spec = await self._with_builtin_csms(saved.get("csms") if saved else None)
        mint = Mint(self.spec.templates, self.csms.url if self.csms is not None else None)
        changes = Changes.from_data(saved["roster"]) if saved and "roster" in saved else Changes()
        self.spec = changes.over(self.spec, mint, _charger_lost)
        self._fleet = RunningFleet(
            self.spec,
            self._timeline,
            saved["chargers"] if saved else None,
            self._trace_frame if self._trace is not None else None,
        )
        self._roster = RunningRoster(self._fleet, mint, changes)
        deferred_for_s = self.spec.api.deferred_for_s if self.spec.api is not None else DEFERRED_FOR_S
        self._dispatch = Dispatch(self._fleet, MemoryLedger(), self._timeline, deferred_for_s=deferred_for_s)
        if saved and "actions" in saved:
            await self._dispatch.restore(saved["actions"])
        self._dispatch.start()
        if self.spec.api is not None:
            app = create_app(
                self._fleet, self.spec.api, self._dispatch, roster=self._roster, tenants=self.spec.has_tenants
            )
            self._webhooks = app[WEBHOOKS]
            self._webhooks.restore(saved.get("webhooks", ()) if saved else ())
            self._amps = app[AMPS]
            self._amps.restore(saved.get("amps", {}) if saved else {})
            self._api, self.api_port = await start_api(app, self.spec.api.host, self.spec.api.port)
        self._fleet.start()

    async def stop(self, *, power_cut: bool = False, save: bool = True) -> None:
        """Take everything down: sessions ended, queues flushed, links closed with 1000, open state saved.

        With `power_cut` nothing is ended and nothing is told; what a real charger keeps is saved all the same.
        """
        if self._api is not None:
            await self._api.cleanup()
            self._api = None
        fleet, dispatch = self._fleet, self._dispatch
        if fleet is not None and dispatch is not None:
            dispatch.rest()
            if self._roster is not None:
                await self._roster.close()
            state: dict[str, Any]
            if power_cut:
                await dispatch.stop()
                state = {"chargers": fleet.saved_state(), "actions": dispatch.saved()}
                await fleet.cut_power()
            else:
                await fleet.stop()
                await dispatch.stop()
                state = {"chargers": fleet.saved_state(), "actions": dispatch.saved()}
            if self._roster is not None:
                state["roster"] = self._roster.changes().to_data()
            if self._webhooks is not None:
                state["webhooks"] = self._webhooks.saved()
            if self._amps is not None:
                state["amps"] = self._amps.saved()
            if self.csms is not None:
                state["csms"] = self.csms.saved_state()
            if save and self.spec.state_file is not None:
                _save_state(Path(self.spec.state_file), read(self._timeline).sim, state)
        if self.csms is not None:
            await self.csms.stop()
        if self._trace is not None:
            self._trace.close()
            self._trace = None

    async def _with_builtin_csms(self, saved: dict[str, Any] | None) -> FleetSpec:
        """Start the central system and point the chargers that ask for it there.

        `saved` are the passwords and security profiles that it has given them before.
        """
        settings: CsmsSettings = settings_from(self.spec.builtin_csms or {})
        self.csms = CsmsServer(settings, clock=self._sim_clock)
        if saved is not None:
            self.csms.restore(saved)
        try:
            await self.csms.start()
        except OSError as error:
            raise LocalError(
                f"the built-in central system cannot listen on {error.filename}: {system_words(error)}; choose "
                "another port under csms.builtin, or 0 for a free one"
            ) from error
        moved: dict[int, Any] = {}
        chargers = []
        for charger in self.spec.chargers:
            target = charger.csms
            if target.builtin:
                target = moved.setdefault(id(target), replace(target, url=self.csms.url))
                charger = replace(charger, csms=target)
            chargers.append(charger)
        return replace(self.spec, chargers=tuple(chargers))

    def _sim_clock(self) -> float:
        """Simulated time, so that the built-in central system lives in the fleet's time (D6)."""
        return read(self._timeline).sim

    def _trace_frame(self, charger_id: str, frame: Frame) -> None:
        at, sent, action, text = frame
        line = {
            "at": at,
            "charger_id": charger_id,
            "sent": sent,
            "action": action,
            "text": mask(text.decode(errors="replace")),
        }
        self._trace.write(orjson.dumps(line) + b"\n")


def _open_trace(path: Path) -> Any:
    try:
        return path.open("wb")
    except OSError as error:
        raise LocalError(f"the trace file {path} cannot be written: {system_words(error)}") from error


def _load_state(spec: FleetSpec) -> dict[str, Any] | None:
    if spec.state_file is None or not Path(spec.state_file).exists():
        return None
    try:
        data = orjson.loads(Path(spec.state_file).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        data = None
    if not isinstance(data, dict) or data.get("format") != STATE_FORMAT:
        problem = ConfigProblem(spec.state_file, None, "state_file", "no readable saved state", "move the file away")
        raise ConfigError((problem,))
    return data


def _charger_lost(charger_id: str, error: LocalError) -> None:
    log.error("charger_not_brought_back", charger_id=charger_id, error=str(error))


def _use_all_open_files() -> None:
    """Raise the soft limit of open files to the hard one: each charger is one open file."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _save_state(path: Path, at: float, state: dict[str, Any]) -> None:
    """Write the whole file beside the old one, then put it in its place: never half a file."""
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.touch(mode=0o600)  # private keys and passwords may stand in it
        with fresh.open("wb") as file:
            file.write(orjson.dumps({"format": STATE_FORMAT, "at": at, **state}, option=orjson.OPT_NON_STR_KEYS))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        log.error("state_not_saved", file=str(path), error=system_words(error))
