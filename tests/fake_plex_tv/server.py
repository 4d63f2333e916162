"""The simulated plex.tv: its state, its switches and its server on 127.0.0.1."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
import secrets
import string
import time
from typing import Literal

from aiohttp import web

from tests.fake_plex import FakePlex
from tests.fake_plex.faults import Faults
from tests.fake_plex.stats import Stats
from tests.fake_plex.waiting import Watch
from tests.fake_plex_tv.models import Account, Connection, Device, Pin, Resource, SignInRefusedError
from tests.fake_plex_tv.transport import Transport
from tests.local_site import LocalSite

STRONG_SECONDS = 1800
SHORT_SECONDS = 900
_SHORT_ALPHABET = "".join(sorted(set(string.ascii_uppercase + string.digits) - set("01IOSZ25")))


@dataclass
class Switches:
    """Variants of the behavior of plex.tv."""

    expires_in: int | None = None  # seconds a PIN lasts, instead of 1800 or 900
    limits_polls: bool = False  # answers 429 to a PIN that is polled more than once a second
    replaces_tokens: bool = False  # signing in again under one client identifier ends the former token
    browser_address: str | None = None  # where the browser's requests seem to come from


class FakePlexTv:
    """plex.tv with its accounts."""

    def __init__(self, *, clock: Callable[[], float] = time.time, fixed_token: str | None = None) -> None:
        """Start without accounts. `fixed_token` is issued to all accounts, for a Plex server with a fixed token."""
        self.clock = clock
        self.fixed_token = fixed_token
        self.switches = Switches()
        self.accounts: list[Account] = []
        self.resources: list[Resource] = []
        self.pins: dict[int, Pin] = {}
        self.faults = Faults()
        self.stats = Stats()
        self.watch = Watch()
        self._servers: dict[str, FakePlex] = {}
        self._pin_ids = count(111222333)
        self._runner: web.AppRunner | None = None
        self._port = 0

    # Life

    @property
    def url(self) -> str:
        """The address that stands for plex.tv, clients.plex.tv and app.plex.tv."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def auth_url(self) -> str:
        """The page that signs in with a long code."""
        return f"{self.url}/auth"

    @property
    def link_url(self) -> str:
        """The page that takes a short code."""
        return f"{self.url}/link"

    async def start(self, port: int = 0) -> None:
        """Listen, after a `stop` on the same port again."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", Transport(self).handle)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.2)
        await self._runner.setup()
        site = LocalSite(self._runner, port or self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and keep accounts, PINs and tokens."""
        self.faults.clear()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # Accounts and servers

    def add_account(self, username: str) -> Account:
        """Add an account without servers."""
        account = Account(12345 + len(self.accounts), username)
        self.accounts.append(account)
        return account

    def account(self, username: str) -> Account:
        """Return an account by its name."""
        return next(account for account in self.accounts if account.username == username)

    def add_server(
        self,
        plex: FakePlex,
        owner: Account,
        connections: list[Connection] | None = None,
        *,
        https_required: bool = False,
    ) -> Resource:
        """List a fake Plex server, which from now on accepts the tokens handed out here; by default at its address."""
        listed = [Connection.of("127.0.0.1", plex.port)] if connections is None else connections
        resource = Resource(plex.machine_identifier, plex.friendly_name, owner, listed, https_required=https_required)
        self.resources.append(resource)
        self._servers[plex.machine_identifier] = plex
        plex.token_authority = self.role
        return resource

    def add_resource(self, resource: Resource) -> Resource:
        """List a server or player that is not simulated."""
        self.resources.append(resource)
        return resource

    def listed_for(self, account: Account) -> list[Resource]:
        """Return what an account sees: what it owns, and what is shared with it."""
        return [
            resource
            for resource in self.resources
            if resource.signed_in and (resource.owner is account or account in resource.shared_with)
        ]

    # Tokens

    def account_of(self, token: str) -> Account | None:
        """Return the account that a valid token belongs to."""
        return next((account for account in self.accounts if token in account.tokens), None)

    def role(self, machine_identifier: str, token: str) -> Literal["owner", "shared"] | None:
        """Return the role of a token at a server, or None if it is rejected."""
        for resource in self.resources:
            if resource.identifier != machine_identifier or not resource.signed_in:
                continue
            if token in resource.owner.tokens:
                return "owner"
            if resource.shared_with and token == resource.share_token:
                return "shared"
        return None

    def issue_token(self, account: Account, client_identifier: str, product: str, device_name: str) -> str:
        """Sign a device in; the same client identifier is the same device."""
        known = account.devices.get(client_identifier)
        if known and not self.switches.replaces_tokens:
            return known.token
        token = self.fixed_token or secrets.token_hex(10)
        account.devices[client_identifier] = Device(client_identifier, product, device_name, token)
        return token

    def revoke(self, token: str) -> None:
        """Remove a device, as its own sign-out and the page of authorized devices do."""
        for account in self.accounts:
            account.devices = {key: device for key, device in account.devices.items() if device.token != token}
        self.watch.check_waiters()

    def sign_out_all(self, account: Account) -> None:
        """Sign out all devices, as a change of the password can: the owner's servers too, until claimed again."""
        account.devices.clear()
        for resource in self.resources:
            if resource.owner is account:
                resource.signed_in = False
                if plex := self._servers.get(resource.identifier):
                    plex.claimed = False

    def claim_server(self, resource: Resource) -> None:
        """Let the owner claim a server again; its machine identifier stays."""
        resource.signed_in = True
        if plex := self._servers.get(resource.identifier):
            plex.claimed = True

    # PINs

    def create_pin(self, *, strong: bool, parameters: Mapping[str, str], origin: str | None, maker: str) -> Pin:
        """Make a PIN for a program. `parameters` are its X-Plex- headers, with lower-case names."""
        code = secrets.token_hex(12) if strong else "".join(secrets.choice(_SHORT_ALPHABET) for _ in range(4))
        seconds = self.switches.expires_in
        pin = Pin(
            id=next(self._pin_ids),
            code=code,
            strong=strong,
            product=parameters["x-plex-product"],
            device_name=parameters.get("x-plex-device-name", ""),
            client_identifier=parameters["x-plex-client-identifier"],
            origin=origin,
            maker=maker,
            created_at=self.clock(),
            expires_in=(STRONG_SECONDS if strong else SHORT_SECONDS) if seconds is None else seconds,
        )
        self.pins[pin.id] = pin
        self.watch.check_waiters()
        return pin

    def valid_pin(self, code: str) -> Pin | None:
        """Return the PIN with a code, unless it has expired; case does not matter for a short one."""
        pins = (pin for pin in self.pins.values() if pin.code == code or (not pin.strong and pin.code == code.upper()))
        return next((pin for pin in pins if self.clock() < pin.expires_at), None)

    def claim(self, code: str, account: Account, *, strong: bool | None = None) -> Pin:
        """Let a user sign a program in, as the pages do. Raises SignInRefusedError."""
        pin = self.valid_pin(code)
        if pin is None or (strong is not None and pin.strong is not strong):
            message = "This code is not valid."
            raise SignInRefusedError(message)
        pin.claimed_by = account
        pin.token = self.issue_token(account, pin.client_identifier, pin.product, pin.device_name)
        self.watch.check_waiters()
        return pin

    @property
    def last_pin(self) -> Pin:
        """The PIN that was made last."""
        return self.pins[max(self.pins)]

    async def wait_for_request(self, path: str, count: int = 1, method: str | None = None) -> None:
        """Wait until so many requests for a path pattern came in, counted since the last reset."""
        await self.watch.until(lambda: self.stats.count(path, method) >= count)
