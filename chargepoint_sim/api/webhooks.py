"""The HTTP client behind webhooks: one POST, its status, or a sentence why there was no answer.

Stands here because HTTP stays at the doors of the program; what is sent, signed and tried again is in
`actions/webhooks.py`.
"""

from collections.abc import Mapping

import aiohttp

from chargepoint_sim.errors import system_words


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
