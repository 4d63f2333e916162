"""Which requests are allowed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
import re
from typing import Literal, Protocol

# What a shared user's token is refused; refresh is `admin` in Plex's own specification.
_ADMIN_PATHS = re.compile(
    r"/library|/accounts|/:/prefs|/butler(/.*)?|/services/browse(/.*)?|/library/sections/[^/]+/refresh|/updater/.*"
)
_PUBLIC_PATHS = frozenset({"/identity"})


class Asked(Protocol):
    """The parts of a request that decide whether it is allowed."""

    @property
    def method(self) -> str:
        """The HTTP method."""
        ...

    @property
    def path(self) -> str:
        """The path without its query."""
        ...

    @property
    def query(self) -> Mapping[str, str]:
        """The query, decoded."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whatever their case."""
        ...


type Role = Literal["owner", "shared"]
# Says what a token that plex.tv handed out is worth at the server with a machine identifier.
type TokenAuthority = Callable[[str, str], Role | None]


@dataclass(slots=True, frozen=True)
class Gatekeeper:
    """Knows the tokens: two of its own, and those that `authority` knows."""

    token: str
    shared_token: str
    claimed: bool
    authority: Callable[[str], Role | None] = lambda _token: None

    def refusal(self, request: Asked) -> int | None:
        """Return the status a request is refused with."""
        if request.path in _PUBLIC_PATHS:
            return None
        if not self.claimed and not _local_host(request):
            return 401
        role = self._role(request)
        if role == "owner":
            return None
        if role is None:
            return 401
        changing = request.method not in {"GET", "HEAD"}
        path = request.path.rstrip("/") or "/"
        return 403 if changing or _ADMIN_PATHS.fullmatch(path) else None

    def is_admin(self, request: Asked) -> bool:
        """Whether the request comes from the owner."""
        return self._role(request) == "owner"

    def _role(self, request: Asked) -> Role | None:
        token = sent_token(request)
        if token == self.token or (not self.claimed and not token):
            return "owner"
        if not token:
            return None
        return "shared" if token == self.shared_token else self.authority(token)


def sent_token(request: Asked) -> str | None:
    """Return the token, from the header or the query."""
    return request.headers.get("X-Plex-Token") or request.query.get("X-Plex-Token")


def _local_host(request: Asked) -> bool:
    """Return whether the Host header is an address or localhost; other names count as remote."""
    host = re.sub(r":\d+$", "", request.headers.get("Host", "")).strip("[]")
    if host == "localhost":
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
