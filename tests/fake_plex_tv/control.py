"""The pages for users and the requests of these pages."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from tests.fake_plex_tv import pages
from tests.fake_plex_tv.models import Pin, SignInRefusedError

if TYPE_CHECKING:
    from tests.fake_plex_tv.server import FakePlexTv

FORWARD_REFUSED = "We were unable to complete this request. You will be redirected automatically."


async def auth_page(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """Show app.plex.tv/auth."""
    return _html(pages.auth_page())


async def home_page(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """Show plex.tv."""
    return _html(pages.home_page())


async def link_page(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """Show plex.tv/link."""
    return _html(pages.link_page(_names(plex_tv)))


async def link_device(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """Accept a short code; long codes are not valid here."""
    form = await request.post()
    try:
        plex_tv.claim(str(form.get("code", "")), plex_tv.account(str(form.get("account", ""))), strong=False)
    except SignInRefusedError as error:
        return _html(pages.link_page(_names(plex_tv), str(error)))
    return _html(pages.link_page(_names(plex_tv), "Your device is linked."))


async def accounts(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """Return the accounts that a user can continue with."""
    return web.json_response(_names(plex_tv))


async def devices(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """List the authorized devices of an account, without their tokens."""
    account = plex_tv.account(request.query["account"])
    rows = [{"product": device.product, "name": device.name} for device in account.devices.values()]
    return web.json_response(rows)


async def claim(plex_tv: FakePlexTv, request: web.Request) -> web.Response:
    """Sign a program in, and say where the page goes next. A `forwardUrl` at another host than the PIN's is refused."""
    body = await request.json()
    forward_url = body.get("forwardUrl")
    pin = plex_tv.valid_pin(body["code"])
    if pin and forward_url and not _may_forward(pin, forward_url):
        return web.json_response({"message": FORWARD_REFUSED}, status=400)
    try:
        plex_tv.claim(body["code"], plex_tv.account(body["account"]), strong=True)
    except SignInRefusedError as error:
        return web.json_response({"message": str(error)}, status=400)
    return web.json_response({"forwardUrl": forward_url})


def _may_forward(pin: Pin, forward_url: str) -> bool:
    """Whether the page goes there: http or https, at the host of the Origin with which the PIN was made."""
    target = urlsplit(forward_url)
    return target.scheme in {"http", "https"} and target.netloc == urlsplit(pin.origin or "").netloc


def _names(plex_tv: FakePlexTv) -> list[str]:
    return [account.username for account in plex_tv.accounts]


def _html(page: str) -> web.Response:
    return web.Response(text=page, content_type="text/html")
