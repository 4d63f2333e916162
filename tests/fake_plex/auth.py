"""Who may ask what."""

from dataclasses import dataclass
from ipaddress import ip_address
import re

from aiohttp import web

# What a shared user's token is refused; refresh is `admin` in Plex's own specification.
_ADMIN_PATHS = re.compile(
    r"/library|/accounts|/:/prefs|/butler(/.*)?|/services/browse(/.*)?|/library/sections/[^/]+/refresh|/updater/.*"
)
_PUBLIC_PATHS = frozenset({"/identity"})


@dataclass(slots=True, frozen=True)
class Gatekeeper:
    """Knows the tokens."""

    token: str
    shared_token: str
    claimed: bool

    def refusal(self, request: web.Request) -> int | None:
        """Return the status a request is refused with."""
        if request.path in _PUBLIC_PATHS:
            return None
        if not self.claimed and not _local_host(request):
            return 401
        token = sent_token(request)
        if token == self.token or (not self.claimed and not token):
            return None
        if token != self.shared_token or not token:
            return 401
        changing = request.method not in {"GET", "HEAD"}
        path = request.path.rstrip("/") or "/"
        return 403 if changing or _ADMIN_PATHS.fullmatch(path) else None

    def is_admin(self, request: web.Request) -> bool:
        """Whether the request comes from the owner."""
        token = sent_token(request)
        return token == self.token or (not self.claimed and not token)


def sent_token(request: web.Request) -> str | None:
    """Return the token, from the header or the query."""
    return request.headers.get("X-Plex-Token") or request.query.get("X-Plex-Token")


def _local_host(request: web.Request) -> bool:
    """Whether the Host header is an address or localhost; other names count as non-local."""
    host = re.sub(r":\d+$", "", request.headers.get("Host", "")).strip("[]")
    if host == "localhost":
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
