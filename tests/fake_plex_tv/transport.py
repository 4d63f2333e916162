"""From aiohttp's request to an answer: recording, faults, and which path is answered by which handler."""

from collections.abc import Awaitable, Callable
import re
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fake_plex.faults import Fault
from tests.fake_plex.stats import RecordedRequest
from tests.fake_plex_tv import api, control

if TYPE_CHECKING:
    from tests.fake_plex_tv.server import FakePlexTv

type Handler = Callable[[FakePlexTv, web.Request], Awaitable[web.StreamResponse]]

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", r"/api/v2/pins(\.json)?", api.create_pin),
    ("GET", r"/api/v2/pins/info", api.pin_info),
    ("GET", r"/api/v2/pins/(?P<id>[^/]+?)(\.json)?", api.poll_pin),
    ("GET", r"/api/v2/user", api.user),
    ("GET", r"/api/v2/resources", api.resources),
    ("GET", r"/api/v2/ping", api.ping),
    ("DELETE", r"/api/v2/users/signout", api.sign_out),
    ("GET", r"/api/users/", api.friends),
    ("GET", r"/auth/?", control.auth_page),
    ("GET", r"/link/?", control.link_page),
    ("POST", r"/link/?", control.link_device),
    ("GET", r"/", control.home_page),
    ("GET", r"/__fake__/accounts", control.accounts),
    ("POST", r"/__fake__/claim", control.claim),
    ("GET", r"/__fake__/devices", control.devices),
)


class Transport:
    """Answers requests for one plex.tv."""

    def __init__(self, plex_tv: FakePlexTv) -> None:
        """Store the plex.tv."""
        self._plex_tv = plex_tv

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Record a request and handle it, or apply a fault."""
        plex_tv = self._plex_tv
        query = dict(request.query.items())
        record = RecordedRequest(request.method, request.path, query, dict(request.headers), request.remote or "")
        plex_tv.stats.requests.append(record)
        plex_tv.watch.check_waiters()
        fault = plex_tv.faults.for_request(request.method, request.path, query)
        response = await (self._spoil(request, fault) if fault else self._answer(request))
        record.status = response.status
        plex_tv.watch.check_waiters()
        return response

    async def _spoil(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        match fault.kind:
            case "slow":
                await fault.held()
                return await self._answer(request)
            case "disconnect":
                if request.transport is not None:
                    request.transport.abort()
                return web.Response(status=500)
            case "html":
                return web.Response(text="<html><body><h1>Be right back</h1></body></html>", content_type="text/html")
            case "redirect":
                return web.Response(status=302, headers={"Location": f"{fault.to}{request.path_qs}"})
            case "status":
                if fault.after:
                    await self._answer(request)
                return web.Response(
                    status=fault.status, text=fault.body, headers=fault.headers, content_type="application/json"
                )
            case _:
                message = f"plex.tv has no fault of the kind {fault.kind}"
                raise ValueError(message)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        for method, pattern, handler in ROUTES:
            if request.method == method and (match := re.fullmatch(pattern, request.path)):
                request["id"] = match.groupdict().get("id", "")
                return await handler(self._plex_tv, request)
        return web.Response(status=404, text="Not Found")
