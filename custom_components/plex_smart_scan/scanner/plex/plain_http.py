"""Who answers at an address, asked without a token before any server is known."""

from typing import Final

import aiohttp

from .connections import IDENTITY_PATH, MAX_IDENTITY, ServerIdentity
from .errors import ErrorKind, PlexError

_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)  # seconds, for the whole answer


async def identify(session: aiohttp.ClientSession, url: str) -> str:
    """Ask a server for its machine identifier, which it tells without a token. Raises PlexError."""
    identity = ServerIdentity()
    try:
        async with session.get(
            url.rstrip("/") + IDENTITY_PATH,
            headers={"Accept": "text/xml", "Accept-Encoding": "identity"},
            timeout=_TIMEOUT,
            allow_redirects=False,
        ) as answer:
            body = bytearray()
            async for chunk in answer.content.iter_chunked(MAX_IDENTITY):
                body += chunk
                if len(body) > MAX_IDENTITY:
                    break
            identity.check_answer(answer.status, answer.headers, bytes(body))
    except TimeoutError as error:
        raise PlexError(ErrorKind.TIMEOUT, f"no answer within {_TIMEOUT.total:.0f} seconds") from error
    except aiohttp.ClientSSLError as error:
        raise PlexError(ErrorKind.TLS, "the certificate of the server could not be verified") from error
    except aiohttp.ClientError as error:
        raise PlexError(ErrorKind.NETWORK, type(error).__name__) from error
    assert identity.expected is not None  # noqa: S101 - check_answer raises otherwise
    return identity.expected
