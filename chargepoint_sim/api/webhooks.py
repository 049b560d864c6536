"""The HTTP side of webhooks: the POST with its status or why there was no answer, and their life in the application.

Stands here because HTTP stays at the doors of the program; what is sent, signed and tried again is in
`actions/webhooks.py`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence

import aiohttp
from aiohttp import web

from chargepoint_sim.actions.webhooks import Webhooks
from chargepoint_sim.errors import system_words
from chargepoint_sim.fleet.hooks import Endpoint

WEBHOOKS: web.AppKey[Webhooks] = web.AppKey("webhooks", Webhooks)


class Sender:
    """Posts messages over one pool of connections: `async with Sender() as sender`."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Sender":
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer; the answer's body is not read. OSError where there is none."""
        assert self._session is not None, "enter the sender first"
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                return response.status
        except aiohttp.ClientConnectorError as error:
            raise OSError(f"cannot connect: {system_words(error)}") from error
        except (aiohttp.ClientError, ValueError) as error:  # ValueError: a URL that is none
            raise OSError(f"{type(error).__name__}: {error}") from error


def add_webhooks(app: web.Application, endpoints: Sequence[Endpoint]) -> None:
    """Have the application tell these endpoints what is published through its WEBHOOKS, as long as it runs."""
    sender = Sender()
    webhooks = app[WEBHOOKS] = Webhooks(endpoints, sender.post)

    async def deliver(_: web.Application) -> AsyncIterator[None]:
        async with sender:
            webhooks.start()
            yield
            await webhooks.stop()

    app.cleanup_ctx.append(deliver)
