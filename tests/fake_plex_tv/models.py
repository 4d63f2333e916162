"""The data of plex.tv: accounts, signed-in devices, PINs, servers and players."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

CERTIFICATE_HASH = "0123456789abcdef0123456789abcdef"


class SignInRefusedError(Exception):
    """The page of plex.tv rejects a sign-in; the text is its message."""


def plex_direct(address: str) -> str:
    """Return the plex.direct name of an IP address, which Plex's certificates are made for."""
    return f"{address.replace('.', '-').replace(':', '-')}.{CERTIFICATE_HASH}.plex.direct"


@dataclass(slots=True, frozen=True)
class Connection:
    """One address that a server announced to plex.tv."""

    address: str
    port: int
    uri: str
    local: bool = True
    relay: bool = False

    @classmethod
    def of(cls, address: str, port: int, *, local: bool = True, relay: bool = False) -> Connection:
        """Return the connection of an IP address, whose `uri` is its plex.direct name, or of a custom host."""
        try:
            host = plex_direct(str(ip_address(address)))
        except ValueError:
            host = address
        return cls(address, port, f"https://{host}:{port}", local, relay)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plex.tv sends them."""
        return {
            "protocol": self.uri.partition(":")[0],
            "address": self.address,
            "port": self.port,
            "uri": self.uri,
            "local": self.local,
            "relay": self.relay,
            "IPv6": ":" in self.address,
        }


@dataclass(slots=True)
class Device:
    """A program that is signed in to an account, as listed under Authorized devices."""

    client_identifier: str
    product: str
    name: str
    token: str


@dataclass(eq=False)
class Account:
    """A Plex account; its devices are keyed by client identifier."""

    id: int
    username: str
    devices: dict[str, Device] = field(default_factory=dict)

    @property
    def email(self) -> str:
        """Return the e-mail address, which only the account itself may see."""
        return f"{self.username}@example.com"

    @property
    def tokens(self) -> set[str]:
        """Return the valid tokens."""
        return {device.token for device in self.devices.values()}


@dataclass(eq=False)
class Resource:
    """A server or player that plex.tv lists. `token` is for those it is shared with."""

    identifier: str
    name: str
    owner: Account
    connections: list[Connection]
    provides: str = "server"
    shared_with: list[Account] = field(default_factory=list)
    share_token: str = "shared-with-a-friend"
    https_required: bool = False
    public_address_matches: bool = True
    dns_rebinding_protection: bool = False
    presence: bool = True
    signed_in: bool = True

    def as_dict(self, account: Account, token: str) -> dict[str, Any]:
        """Return the fields as plex.tv sends them to an account that asks with `token`."""
        owned = account is self.owner
        return {
            "name": self.name,
            "product": "Plex Media Server" if "server" in self.provides.split(",") else "Plex for Android (TV)",
            "productVersion": "1.43.1.10611-1e34174b1",
            "platform": "Linux",
            "platformVersion": "6.8.0",
            "device": "Docker Container",
            "clientIdentifier": self.identifier,
            "createdAt": "2021-01-01T12:12:24Z",
            "lastSeenAt": "2026-11-26T03:43:34Z",
            "provides": self.provides,
            "ownerId": None if owned else self.owner.id,
            "sourceTitle": None if owned else self.owner.username,
            "publicAddress": "203.0.113.7",
            "accessToken": token if owned else self.share_token,
            "owned": owned,
            "home": False,
            "synced": False,
            "relay": any(connection.relay for connection in self.connections),
            "presence": self.presence,
            "httpsRequired": self.https_required,
            "publicAddressMatches": self.public_address_matches,
            "dnsRebindingProtection": self.dns_rebinding_protection,
            "natLoopbackSupported": False,
            "connections": [connection.as_dict() for connection in self.connections],
        }


@dataclass(eq=False)
class Pin:
    """A PIN that a program made in order to be signed in. `expires_at` is in seconds since the epoch."""

    id: int
    code: str
    strong: bool
    product: str
    device_name: str
    client_identifier: str
    origin: str | None
    maker: str
    created_at: float
    expires_in: int
    claimed_by: Account | None = None
    token: str | None = None
    polls: list[float] = field(default_factory=list)

    @property
    def expires_at(self) -> float:
        """Return the expiry time."""
        return self.created_at + self.expires_in
