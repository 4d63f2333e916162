"""A server whose responses have no end in time or size, or are decompression bombs."""

import asyncio
from collections.abc import Awaitable, Callable

type Write = Callable[[bytes], Awaitable[None]]
type Script = Callable[[Write], Awaitable[None]]

IDENTITY = b'<MediaContainer machineIdentifier="hostile"/>'
LIBRARIES = b'<MediaContainer size="1"><Directory key="1" type="movie" title="Movies"/></MediaContainer>'
SHORT, LONG = 0.5, 60.0  # timeouts in seconds of a client; a busy machine does not exceed the long one


class HostileServer:
    """A server that identifies itself, and then responds as a script says."""

    def __init__(self) -> None:
        """Begin with good responses."""
        self.script: Script = respond_once(LIBRARIES)
        self.identity: Script = respond_once(IDENTITY)
        self.closes = False
        self.requests: list[str] = []
        self.sent = 0  # bytes
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """Stop listening, and end running responses."""
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)

        async def write(data: bytes) -> None:
            writer.write(data)
            await writer.drain()
            self.sent += len(data)

        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split()[1].decode()
                self.requests.append(path)
                await (self.identity if path == "/identity" else self.script)(write)
                if self.closes:
                    break
        except OSError, asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


def response(body: bytes, headers: bytes = b"") -> bytes:
    """Return a complete response."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s" % (len(body), headers, body)


def respond_once(body: bytes, headers: bytes = b"") -> Script:
    """Respond with a body at once."""

    async def script(write: Write) -> None:
        await write(response(body, headers))

    return script


def respond_forever(head: bytes, piece: bytes, pause: float = 0.0) -> Script:
    """Respond forever."""

    async def script(write: Write) -> None:
        await write(head)
        while True:
            await write(piece)
            await asyncio.sleep(pause)

    return script
