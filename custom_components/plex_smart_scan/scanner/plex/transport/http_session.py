"""HTTP for plexapi: to one verified server, with limits of time and size, and errors converted to PlexError."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
import os
from time import monotonic
from typing import Final, override
from xml.etree.ElementTree import Element
import zlib

import requests
import urllib3

from ..errors import SUCCESS, ErrorKind, PlexError, error_from_response
from .identity import ServerIdentity
from .limited_xml import parse
from .verified_connections import Guard, VerifiedAdapter

MAX_RESPONSE: Final = 32 * 2**20  # bytes, decoded: more than any requested page
_MAX_REFUSAL: Final = 64 * 1024  # bytes of a response that is not a success
_CHUNK: Final = 64 * 1024  # bytes parsed at once, which holds the interpreter lock
_GZIP: Final = 16 + zlib.MAX_WBITS
_BROKEN_OFF = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)


class Session(requests.Session):
    """Session for one server. It follows no redirects and ignores the environment's proxies. Not thread-safe."""

    def __init__(self, url: str, *, verify_ssl: bool, identity: ServerIdentity) -> None:
        """Create the session without connecting."""
        super().__init__()
        self.trust_env = False  # ignore proxies and .netrc
        self.verify = (os.environ.get("REQUESTS_CA_BUNDLE") or True) if verify_ssl else False
        self._guard = Guard(url, identity)
        for scheme in ("http://", "https://"):
            self.mount(scheme, VerifiedAdapter(self._guard))
        if not verify_ssl:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    @override
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: redirections are not followed."""
        return None

    def query(
        self, method: str, url: str, headers: Mapping[str, str], *, seconds: float, limit: int = MAX_RESPONSE
    ) -> Element | None:
        """Send a request and parse the response; None for an empty body.

        The complete response must arrive within `seconds` and be at most `limit` bytes when decoded. Raises PlexError
        for every network error.
        """
        self._guard.deadline = monotonic() + seconds
        try:
            with self.request(
                method, url, headers=dict(headers) | {"Accept-Encoding": "gzip"}, timeout=seconds, stream=True
            ) as response:
                if response.status_code not in SUCCESS:
                    body = b"".join(_read(response, _MAX_REFUSAL, strict=False)).decode(errors="replace")
                    raise error_from_response(response.status_code, response.headers, body, datetime.now(UTC))
                return parse(_read(response, limit))
        except requests.exceptions.RequestException as error:
            raise error_from_requests(error, seconds) from error
        except (TimeoutError, urllib3.exceptions.TimeoutError) as error:
            raise _timeout_error(seconds) from error
        except (urllib3.exceptions.HTTPError, zlib.error) as error:
            raise PlexError(ErrorKind.BROKEN_RESPONSE, type(error).__name__) from error


def _read(response: requests.Response, limit: int, *, strict: bool = True) -> Iterator[bytes]:
    """Read and decode a response in chunks, up to its limit; see `limited`. Raises PlexError."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise PlexError(ErrorKind.BROKEN_RESPONSE, "the response from Plex has an encoding that was not requested")
    chunks: Iterator[bytes] = iter(lambda: response.raw.read(_CHUNK, decode_content=False), b"")
    if encoding not in {"", "identity"}:
        # Compressed data can decode to nothing, so the limit applies to the data that is sent, too.
        chunks = _decompress(limited(chunks, limit), zlib.MAX_WBITS if encoding == "deflate" else _GZIP)
    return limited(chunks, limit, strict=strict)


def _decompress(chunks: Iterator[bytes], format_bits: int) -> Iterator[bytes]:
    """Decompress in chunks whose size is limited, too. Raises PlexError if the data has no end, or more after it.

    HTTP allows further gzip members, but Plex and proxies send one. Others would decode to nothing if they are empty.
    """
    decoder = zlib.decompressobj(format_bits)
    for received in chunks:
        chunk = received
        while chunk and not decoder.eof:
            yield decoder.decompress(chunk, _CHUNK)
            chunk = decoder.unconsumed_tail
        if chunk or decoder.unused_data:
            raise PlexError(ErrorKind.BROKEN_RESPONSE, "the response from Plex continues after its end")
    yield decoder.flush()
    if not decoder.eof:
        raise PlexError(ErrorKind.BROKEN_RESPONSE, "the response from Plex was cut off")


def limited(chunks: Iterator[bytes], limit: int, *, strict: bool = True) -> Iterator[bytes]:
    """Pass on a response up to its limit; beyond it, raise PlexError or (not `strict`) end."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            if strict:
                text = f"Plex's response was larger than {limit / 2**20:g} MB, more than anything that is requested"
                raise PlexError(ErrorKind.BROKEN_RESPONSE, text)
            return
        yield chunk


def error_from_requests(error: requests.exceptions.RequestException, seconds: float) -> PlexError:
    """Convert an error of requests to PlexError. `seconds` is the timeout."""
    if isinstance(error, requests.exceptions.SSLError):
        return PlexError(ErrorKind.TLS, "the certificate of the server could not be verified")
    cause = next(iter(error.args), None)
    # requests reports a timeout differently before a response and in the middle of it.
    if isinstance(error, requests.exceptions.ReadTimeout) or isinstance(cause, urllib3.exceptions.ReadTimeoutError):
        return _timeout_error(seconds)
    # An interrupted response concerns this request; a failed connection concerns all of them.
    reached = isinstance(error, requests.exceptions.ConnectionError) and isinstance(
        cause, urllib3.exceptions.ProtocolError
    )
    kind = ErrorKind.BROKEN_RESPONSE if reached or isinstance(error, _BROKEN_OFF) else ErrorKind.NETWORK
    return PlexError(kind, type(error).__name__)


def _timeout_error(seconds: float) -> PlexError:
    return PlexError(ErrorKind.TIMEOUT, f"no complete response within {seconds:.0f} seconds")
