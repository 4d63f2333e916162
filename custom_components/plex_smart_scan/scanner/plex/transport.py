"""The HTTP below plexapi: to one proven server, with an end in time and size, and what its failures mean."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
import os
from time import monotonic
from typing import Final, override
from xml.etree.ElementTree import Element, ParseError, XMLParser
import zlib

import requests
import urllib3

from .errors import SUCCESS, ErrorKind, PlexError, refusal
from .guarded_connections import Guard, GuardedAdapter
from .identity import ServerIdentity

MAX_ANSWER: Final = 32 * 2**20  # bytes, decoded: more than any page that is asked for
MAX_ELEMENTS: Final = 1_000_000  # an element costs far more memory than its text
_MAX_REFUSAL: Final = 64 * 1024  # bytes of an answer that is no success
_CHUNK: Final = 64 * 1024  # bytes, read and parsed at once: parsing holds Python's lock
_GZIP: Final = 16 + zlib.MAX_WBITS
_BROKEN_OFF = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)


class Session(requests.Session):
    """Talks to one server, and to no other: it follows no redirect and uses no proxy of the environment.

    For one thread at a time.
    """

    def __init__(self, url: str, *, verify_ssl: bool, identity: ServerIdentity) -> None:
        """Make no connection yet."""
        super().__init__()
        self.trust_env = False  # a proxy, or a password in .netrc
        self.verify = (os.environ.get("REQUESTS_CA_BUNDLE") or True) if verify_ssl else False
        self._guard = Guard(url, identity)
        for scheme in ("http://", "https://"):
            self.mount(scheme, GuardedAdapter(self._guard))
        if not verify_ssl:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    @override
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: nowhere."""
        return None

    def ask(
        self, method: str, url: str, headers: Mapping[str, str], *, seconds: float, limit: int = MAX_ANSWER
    ) -> Element | None:
        """Send a request and parse the answer; None for an empty body.

        The whole answer must be there after `seconds`, and decoded be no larger than `limit` bytes. Raises PlexError,
        and nothing else that comes from the network.
        """
        self._guard.deadline = monotonic() + seconds
        try:
            with self.request(
                method, url, headers=dict(headers) | {"Accept-Encoding": "gzip"}, timeout=seconds, stream=True
            ) as answer:
                if answer.status_code not in SUCCESS:
                    body = b"".join(_capped(_decoded(answer), _MAX_REFUSAL, strict=False)).decode(errors="replace")
                    raise refusal(answer.status_code, answer.headers, body, datetime.now(UTC))
                return _parsed(_capped(_decoded(answer), limit))
        except requests.exceptions.RequestException as error:
            raise failure(error, seconds) from error
        except (TimeoutError, urllib3.exceptions.TimeoutError) as error:
            raise _late(seconds) from error
        except (urllib3.exceptions.HTTPError, zlib.error) as error:
            raise PlexError(ErrorKind.BROKEN_ANSWER, type(error).__name__) from error


def _decoded(answer: requests.Response) -> Iterator[bytes]:
    """Read an answer piece by piece, decoded. What a piece of gzip expands to is bounded too."""
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise PlexError(ErrorKind.BROKEN_ANSWER, "Plex's answer was encoded in a way that was not asked for")
    decoder = None if encoding in {"", "identity"} else zlib.decompressobj(_wbits(encoding))
    while chunk := answer.raw.read(_CHUNK, decode_content=False):
        if decoder is None:
            yield chunk
            continue
        while chunk:
            yield decoder.decompress(chunk, _CHUNK)
            chunk = decoder.unconsumed_tail
    if decoder is not None:
        yield decoder.flush()
        if not decoder.eof:
            raise PlexError(ErrorKind.BROKEN_ANSWER, "Plex's answer was cut")


def _wbits(encoding: str) -> int:
    return zlib.MAX_WBITS if encoding == "deflate" else _GZIP


def _capped(chunks: Iterator[bytes], limit: int, *, strict: bool = True) -> Iterator[bytes]:
    """Pass an answer on up to its limit; beyond it, raise PlexError or (not `strict`) end."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            if strict:
                text = f"Plex's answer was larger than {limit / 2**20:g} MB, more than anything that is asked for"
                raise PlexError(ErrorKind.BROKEN_ANSWER, text)
            return
        yield chunk


def _parsed(chunks: Iterator[bytes]) -> Element | None:
    """Parse an answer while it is read; None for an empty one. Raises PlexError for what is no XML."""
    parser = XMLParser()  # noqa: S314 - bounded in size and elements; expat bounds what entities expand to
    elements, empty = 0, True
    try:
        for chunk in chunks:
            if empty and not chunk.strip():
                continue
            empty = False
            elements += chunk.count(b"<")
            if elements > MAX_ELEMENTS:
                raise PlexError(ErrorKind.BROKEN_ANSWER, f"Plex's answer had more than {MAX_ELEMENTS:,} elements")
            parser.feed(chunk)
        root: Element | None = None if empty else parser.close()
    except (ParseError, ValueError, LookupError) as error:
        # Not only ParseError: the XML may claim an encoding that Python does not know, or cannot parse.
        raise PlexError(ErrorKind.BROKEN_ANSWER, "Plex's answer was cut or is no XML") from error
    return root


def failure(error: requests.exceptions.RequestException, seconds: float) -> PlexError:
    """Turn an error of requests into ours. `seconds` is how long the answer was waited for."""
    if isinstance(error, requests.exceptions.SSLError):
        return PlexError(ErrorKind.TLS, "the certificate of the server could not be verified")
    cause = next(iter(error.args), None)
    # What requests calls a time-out depends on where it happens: before the answer, or in the middle of it.
    if isinstance(error, requests.exceptions.ReadTimeout) or isinstance(cause, urllib3.exceptions.ReadTimeoutError):
        return _late(seconds)
    # An answer that broke off concerns this request; a connection that was not made concerns them all.
    reached = isinstance(error, requests.exceptions.ConnectionError) and isinstance(
        cause, urllib3.exceptions.ProtocolError
    )
    kind = ErrorKind.BROKEN_ANSWER if reached or isinstance(error, _BROKEN_OFF) else ErrorKind.NETWORK
    return PlexError(kind, type(error).__name__)


def _late(seconds: float) -> PlexError:
    return PlexError(ErrorKind.TIMEOUT, f"no complete answer within {seconds:.0f} seconds")
