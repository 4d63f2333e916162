"""TLS in front of a server, like a reverse proxy.

It runs in its own threads: asyncio's TLS waits longer than a test for a closing handshake that clients may not send.
"""

from contextlib import suppress
import select
import socket
import ssl
from threading import Thread

_CHUNK = 65536


class TlsProxy:
    """Listens on 127.0.0.1 with a certificate, and forwards everything to a port there."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        """Listen."""
        self._upstream = port
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connections: set[socket.socket] = set()
        self._threads = [Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"https://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Close everything, and wait for the threads."""
        for each in (self._listener, *self._connections):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def present(self, context: ssl.SSLContext) -> None:
        """Use another certificate from now on; clients have to reconnect."""
        self._context = context
        for each in tuple(self._connections):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            thread = Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        self._connections.add(connection)
        # Errors end a connection, as does a client that refuses the certificate.
        with connection, suppress(OSError):
            client = self._context.wrap_socket(connection, server_side=True)
            self._connections.add(client)
            with client, socket.create_connection(("127.0.0.1", self._upstream)) as server:
                self._connections.add(server)
                _forward(client, server)


def _forward(client: ssl.SSLSocket, server: socket.socket) -> None:
    """Copy both ways until one end closes."""
    other: dict[socket.socket, socket.socket] = {client: server, server: client}
    while True:
        ready = [client] if client.pending() else select.select([client, server], [], [])[0]
        for source in ready:
            data = source.recv(_CHUNK)
            if not data:
                return
            other[source].sendall(data)
