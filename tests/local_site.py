"""Where the fake servers listen."""

import asyncio
import socket
from ssl import SSLContext
from typing import override

from aiohttp import web


class LocalSite(web.SockSite):
    """Listens on 127.0.0.1, and can be stopped while a client connects."""

    def __init__(self, runner: web.AppRunner, port: int, ssl_context: SSLContext | None = None) -> None:
        """Take the port; 0 takes a free one. Raises OSError when it is in use."""
        self._listening = socket.create_server(("127.0.0.1", port))
        super().__init__(runner, self._listening, ssl_context=ssl_context)

    @override
    async def stop(self) -> None:
        """Stop listening."""
        # asyncio logs an error when a server is closed between the accept of a connection and the start of its
        # transport. Accept no further one, and let those that were accepted start.
        asyncio.get_running_loop().remove_reader(self._listening)
        await asyncio.sleep(0)
        await super().stop()
