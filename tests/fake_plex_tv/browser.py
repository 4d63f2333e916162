"""Simulates the browser of a user on the pages of plex.tv."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import aiohttp

from tests.fake_plex_tv.server import FakePlexTv


@dataclass(frozen=True)
class Visit:
    """The visited pages. `page` is the body of the last page."""

    alert: bool
    product: str
    message: str = ""
    forwarded_to: str = ""
    status: int = 0
    page: str = ""


def fragment_of(url: str) -> dict[str, str]:
    """Return the parameters in the fragment of a sign-in page's address."""
    fragment = urlsplit(url).fragment.lstrip("!/").removeprefix("?")
    return {name: values[0] for name, values in parse_qs(fragment).items()}


async def sign_in(plex_tv: FakePlexTv, url: str, username: str, *, forward: bool = True) -> Visit:
    """Open the sign-in page, continue as an account, and go where the page leads, unless the window is closed."""
    parameters = fragment_of(url)
    page = url.partition("#")[0]
    origin = page.removesuffix("/auth")
    async with aiohttp.ClientSession() as session:
        async with session.get(page, raise_for_status=True):
            pass
        info_url = f"{origin}/api/v2/pins/info"
        accept = {"Accept": "application/json"}
        async with session.get(info_url, params={"code": parameters["code"]}, headers=accept) as answer:
            if not answer.ok:
                return Visit(alert=False, product="", message="This request has expired.")
            info = await answer.json()
        product = parameters.get("context[device][product]") or info["product"]
        alert = not info["trusted"] and not info["ipMatches"]
        body = {"code": parameters["code"], "account": username, "forwardUrl": parameters.get("forwardUrl")}
        async with session.post(f"{origin}/__fake__/claim", json=body) as answer:
            data = await answer.json()
            if not answer.ok:
                return Visit(alert, product, message=data["message"])
        forward_url = data["forwardUrl"] or ""
        if not forward or not forward_url:
            return Visit(alert, product, forwarded_to=forward_url)
        async with session.get(forward_url) as answer:
            return Visit(alert, product, "", forward_url, answer.status, await answer.text())


async def link(plex_tv: FakePlexTv, code: str, username: str) -> str:
    """Enter a short code at the page for it; returns the page."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(plex_tv.link_url, data={"code": code, "account": username}) as answer,
    ):
        return await answer.text()
