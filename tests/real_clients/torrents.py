"""Torrents without a tracker, and the web seed on the loopback interface that has their files."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
import hashlib
from pathlib import Path

from aiohttp import web

from tests.e2e.processes import free_port

PIECE = 16 * 1024  # bytes


def bencoded(value: object) -> bytes:
    """Encode a value as torrents are (BEP 3)."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str | bytes):
        raw = value.encode() if isinstance(value, str) else value
        return b"%d:%s" % (len(raw), raw)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencoded, value)) + b"e"
    assert isinstance(value, dict)
    return b"d" + b"".join(bencoded(key) + bencoded(value[key]) for key in sorted(value)) + b"e"


@asynccontextmanager
async def web_seed(file: Path) -> AsyncIterator[str]:
    """Serve one file under every name (BEP 19), since clients ask for the names that they make of a torrent's."""

    async def serve(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(file)

    app = web.Application()
    app.router.add_get("/{name:.*}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        await runner.cleanup()


def torrent(seed: str, name: str, content: bytes, files: Sequence[str] = ()) -> bytes:
    """Return the torrent of a file, or of a folder with files, each with the content that the web seed serves."""
    whole = content * max(len(files), 1)
    pieces = (whole[start : start + PIECE] for start in range(0, len(whole), PIECE))
    info: dict[str, object] = {
        "name": name,
        "piece length": PIECE,
        "private": 1,  # neither DHT nor peer exchange
        "pieces": b"".join(hashlib.sha1(piece, usedforsecurity=False).digest() for piece in pieces),
    }
    if files:
        info["files"] = [{"length": len(content), "path": [file]} for file in files]
    else:
        info["length"] = len(content)
    return bencoded({"info": info, "url-list": [seed]})
