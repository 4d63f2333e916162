"""A news server on the loopback interface, with articles made for a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from xml.sax.saxutils import quoteattr
from zlib import crc32

_ESCAPED = {0, 10, 13, 61}
_LINE = 128


@dataclass
class NewsServer:
    """Its articles by message id, each a body that is ready to send."""

    port: int = 0
    articles: dict[str, bytes] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=count)

    def post(self, name: str, content: bytes) -> str:
        """Post a file as one article; return its NZB."""
        message_id = f"article{next(self.numbers)}@test.invalid"
        self.articles[f"<{message_id}>"] = _yenc(name, content)
        subject = quoteattr(f'[1/1] - "{name}" yEnc (1/1)')
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<nzb xmlns="http://www.newzbin.com/DTD/2003/nzb">'
            f'<file poster="test@test.invalid" date="1700000000" subject={subject}>'
            "<groups><group>alt.test</group></groups>"
            f'<segments><segment bytes="{len(content)}" number="1">{message_id}</segment></segments></file></nzb>'
        )

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak as much of NNTP as the clients do."""
        writer.write(b"200 ready\r\n")
        while line := await reader.readline():
            words = line.decode("latin-1").split()
            command, last = (words[0].upper(), words[-1]) if words else ("", "")
            body = self.articles.get(last)
            if command in {"ARTICLE", "BODY"} and body is not None:
                head = b"220 0 %b\r\nMessage-ID: %b\r\n\r\n" if command == "ARTICLE" else b"222 0 %b\r\n"
                writer.write(head % ((last.encode(),) * head.count(b"%b")) + body + b".\r\n")
            else:
                writer.write(_REPLIES.get(command, b"430 no such article\r\n"))
            if command == "QUIT":
                break
        writer.close()


_REPLIES = {
    "MODE": b"200 reader\r\n",
    "GROUP": b"211 1 1 1 alt.test\r\n",
    "CAPABILITIES": b"101 capabilities\r\nVERSION 2\r\nREADER\r\n.\r\n",
    "DATE": b"111 20261126000000\r\n",
    "QUIT": b"205 bye\r\n",
}


@asynccontextmanager
async def news_server() -> AsyncIterator[NewsServer]:
    """Run a server."""
    news = NewsServer()
    server = await asyncio.start_server(news.answer, "127.0.0.1", 0)
    news.port = server.sockets[0].getsockname()[1]
    try:
        yield news
    finally:
        server.close()
        server.close_clients()


def _yenc(name: str, content: bytes) -> bytes:
    """Encode a file as yEnc 1.3 does, with the dots of NNTP doubled."""
    lines, line = [b"=ybegin line=%d size=%d name=%b" % (_LINE, len(content), name.encode())], bytearray()
    for byte in content:
        shifted = (byte + 42) % 256
        line += bytes((61, (shifted + 64) % 256)) if shifted in _ESCAPED else bytes((shifted,))
        if len(line) >= _LINE:
            lines.append(bytes(line))
            line.clear()
    lines += [bytes(line)] if line else []
    lines.append(b"=yend size=%d crc32=%08x" % (len(content), crc32(content)))
    return b"".join((b"." if each.startswith(b".") else b"") + each + b"\r\n" for each in lines)
