"""Who makes the central system act: nobody, a person, an HTTP hook, a local command, or the built-in one's own door."""

import asyncio
import enum
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import orjson
import yaml

from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.errors import LocalError, system_words

HOOK_S = 30.0
"""How long a hook or a command may take."""


class Triggered(enum.StrEnum):
    """What became of the wish that the central system sends something."""

    ACCEPTED = "accepted"
    MANUAL = "manual"
    """A person was asked; it may take a while."""
    UNSUPPORTED = "unsupported"


class Driver(Protocol):
    """Makes the central system act."""

    async def trigger(self, identity: str, action: str, payload: Mapping[str, Any], hint: str) -> Triggered:
        """Have the central system send `action` to a charger. Raises LocalError where the way to it is broken."""
        ...

    async def prepare(self, identity: str, what: str) -> Triggered:
        """Have the central system set up, for instance `pending_boot`."""
        ...

    async def close(self) -> None:
        """Let go of what is held."""
        ...


class Passive:
    """Never asks for anything: only cases without an operator run."""

    async def trigger(self, identity: str, action: str, payload: Mapping[str, Any], hint: str) -> Triggered:
        """Unsupported."""
        return Triggered.UNSUPPORTED

    async def prepare(self, identity: str, what: str) -> Triggered:
        """Unsupported."""
        return Triggered.UNSUPPORTED

    async def close(self) -> None:
        """Nothing is held."""


class Prompt:
    """Tells a person what to do, and lets the case wait for the CALL."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    async def trigger(self, identity: str, action: str, payload: Mapping[str, Any], hint: str) -> Triggered:
        """Ask for the CALL."""
        self._say(f"[{identity}] make the central system send {action}" + (f": {hint}" if hint else ""))
        if payload:
            self._say(f"[{identity}]   for instance {orjson.dumps(payload).decode()}")
        return Triggered.MANUAL

    async def prepare(self, identity: str, what: str) -> Triggered:
        """A preparation would have to be done before the charger connects, and nothing on the wire shows it."""
        return Triggered.UNSUPPORTED

    async def close(self) -> None:
        """Nothing is held."""


class BuiltIn:
    """Drives the central system of this process: it tests the cases themselves."""

    def __init__(self, server: CsmsServer) -> None:
        self._server = server
        self._calls: set[asyncio.Task[None]] = set()

    async def trigger(self, identity: str, action: str, payload: Mapping[str, Any], hint: str) -> Triggered:
        """Send it; the answer is the charger's affair."""
        started = asyncio.create_task(self._call(identity, action, dict(payload)))
        self._calls.add(started)
        started.add_done_callback(self._calls.discard)
        await asyncio.sleep(0)
        if started.done():
            started.result()
        return Triggered.ACCEPTED

    async def _call(self, identity: str, action: str, payload: dict[str, Any]) -> None:
        await self._server.outcome_of(identity, action, payload, force=True)

    async def prepare(self, identity: str, what: str) -> Triggered:
        """Pending and rejected boots, contracts that have been revoked."""
        if what == "revoked_contract":
            self._server.central.judge_contracts(identity, "CertificateRevoked")
            return Triggered.ACCEPTED
        decisions = {"pending_boot": "Pending", "rejected_boot": "Rejected", "accepted_boot": None}
        if what not in decisions:
            return Triggered.UNSUPPORTED
        self._server.central.decide_boot(identity, decisions[what])  # type: ignore[arg-type]  # the table's words
        return Triggered.ACCEPTED

    async def close(self) -> None:
        """End what still waits."""
        for call in list(self._calls):
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)


class Hooks:
    """Calls HTTP hooks of the central system, made from the templates of a YAML file.

    `actions` and `prepare` map a name (or `default`) to `method`, `url`, `headers` and `body`. In texts `{identity}`,
    `{action}`, `{kebab}` (remote-start-transaction) and `{field}` of the payload are replaced; a body that is a mapping
    is sent as JSON, `{payload}` as a whole value stands for the payload.
    """

    def __init__(self, templates: Mapping[str, Any]) -> None:
        self._actions: Mapping[str, Any] = templates.get("actions") or {}
        self._preparations: Mapping[str, Any] = templates.get("prepare") or {}
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def load(cls, path: Path) -> "Hooks":
        """From a YAML file. Raises LocalError."""
        try:
            templates = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise LocalError(f"{path}: {system_words(error)}") from None
        except yaml.YAMLError as error:
            raise LocalError(f"{path}: not YAML: {error}") from None
        if not isinstance(templates, dict) or set(templates) - {"actions", "prepare"}:
            raise LocalError(f"{path}: a mapping with the keys actions and prepare is allowed")
        return cls(templates)

    async def trigger(self, identity: str, action: str, payload: Mapping[str, Any], hint: str) -> Triggered:
        """Call the hook of the action. Raises LocalError for an answer above 399 or none."""
        template = self._actions.get(action) or self._actions.get("default")
        return await self._request(
            template, {**payload, "identity": identity, "action": action, "kebab": kebab(action)}, payload
        )

    async def prepare(self, identity: str, what: str) -> Triggered:
        """Call the hook of the preparation. Raises LocalError likewise."""
        return await self._request(self._preparations.get(what), {"identity": identity, "what": what}, {})

    async def _request(
        self, template: Mapping[str, Any] | None, names: Mapping[str, Any], payload: Mapping[str, Any]
    ) -> Triggered:
        if template is None:
            return Triggered.UNSUPPORTED
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=HOOK_S))
        url = filled(template["url"], names, payload)
        body = filled(template.get("body", "{payload}"), names, payload)
        try:
            async with self._session.request(
                template.get("method", "POST"),
                url,
                headers=filled(template.get("headers") or {}, names, payload),
                data=body if isinstance(body, str) else None,
                json=None if isinstance(body, str) else body,
            ) as response:
                if response.status >= 400:
                    raise LocalError(f"{url} answered {response.status}: {(await response.text())[:200]}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise LocalError(f"{url}: {error or 'no answer in time'}") from None
        return Triggered.ACCEPTED

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


def kebab(action: str) -> str:
    """An action with hyphens between its words, in lower case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", action).lower()


def octt_compatible(base: str, version: str) -> Hooks:
    """The paths of an open test harness: the payload goes to `/api/octt/1.6/STATION/remote-start-transaction`."""
    url = f"{base.rstrip('/')}/api/octt/{version}/{{identity}}/{{kebab}}"
    return Hooks({"actions": {"default": {"url": url}}})


class Command:
    """Runs a local command with identity and action as its last arguments and the payload as JSON on stdin.

    Exit status 0: done; 3: it cannot do that; anything else is an error of the run. `prepare` stands in the place of
    the action for preparations, with what to prepare behind it.
    """

    UNSUPPORTED = 3

    def __init__(self, words: Sequence[str]) -> None:
        self._words = tuple(words)

    async def trigger(self, identity: str, action: str, payload: Mapping[str, Any], hint: str) -> Triggered:
        """Run the command. Raises LocalError for one that is not there, fails or takes longer than 30 s."""
        return await self._run((identity, action), orjson.dumps(payload))

    async def prepare(self, identity: str, what: str) -> Triggered:
        """Run the command. Raises LocalError likewise."""
        return await self._run((identity, "prepare", what), b"{}")

    async def _run(self, arguments: tuple[str, ...], text: bytes) -> Triggered:
        words = [*self._words, *arguments]
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise LocalError(f"{words[0]}: {system_words(error)}") from None
        try:
            async with asyncio.timeout(HOOK_S):
                _, said = await process.communicate(text)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise LocalError(f"{' '.join(words)}: not done in {HOOK_S:g} s") from None
        if process.returncode == self.UNSUPPORTED:
            return Triggered.UNSUPPORTED
        if process.returncode != 0:
            raise LocalError(
                f"{' '.join(words)} ended with {process.returncode}: {said.decode(errors='replace')[:200]}"
            )
        return Triggered.ACCEPTED

    async def close(self) -> None:
        """Nothing is held."""


def filled(template: Any, names: Mapping[str, Any], payload: Mapping[str, Any]) -> Any:
    """A template with its names replaced; what a name does not stand for is left as it is."""
    if isinstance(template, Mapping):
        return {key: filled(value, names, payload) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, names, payload) for value in template]
    if not isinstance(template, str):
        return template
    if template == "{payload}":
        return dict(payload)
    for name, value in names.items():
        if template == f"{{{name}}}":
            return value
        template = template.replace(f"{{{name}}}", value if isinstance(value, str) else orjson.dumps(value).decode())
    return template
