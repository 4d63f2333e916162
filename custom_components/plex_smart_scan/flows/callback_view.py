"""The page that plex.tv leads the browser back to. It closes its window; only plex.tv hands the token out."""

import asyncio
from typing import Final

from aiohttp import web
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView, current_request
from homeassistant.util.hass_dict import HassKey
from yarl import URL

from ..const import DOMAIN

CALLBACK_PATH: Final = f"/auth/{DOMAIN}/callback"
_HEADER_FRONTEND_BASE: Final = "HA-Frontend-Base"
# The sign-ins under way, by flow id; an event is set when the browser comes back.
_RETURNS: HassKey[dict[str, asyncio.Event]] = HassKey(f"{DOMAIN}_sign_in_returns")
_PAGE: Final = (
    "<!doctype html><html><head><title>Plex Smart Scan</title></head><body>"
    "<script>window.close()</script><p>This window can be closed.</p></body></html>"
)


@callback
def async_expect_return(hass: HomeAssistant, flow_id: str, returned: asyncio.Event) -> None:
    """Set an event when the browser comes back from plex.tv for a flow."""
    if _RETURNS not in hass.data:
        # Here and not in async_setup, which does not run before the first entry exists.
        hass.data[_RETURNS] = {}
        hass.http.register_view(SignInCallbackView)
    hass.data[_RETURNS][flow_id] = returned


@callback
def async_expect_no_return(hass: HomeAssistant, flow_id: str) -> None:
    """Forget a flow."""
    hass.data.get(_RETURNS, {}).pop(flow_id, None)


@callback
def frontend_base() -> str | None:
    """Return the address at which the browser of the current request sees Home Assistant; None when it is unknown.

    Home Assistant's own URLs are no substitute: this browser may not reach them.
    """
    request = current_request.get()
    base = request.headers.get(_HEADER_FRONTEND_BASE) if request else None
    try:
        url = URL(base or "")
        return str(url.origin()) if url.scheme in {"http", "https"} else None
    except ValueError:
        return None


class SignInCallbackView(HomeAssistantView):
    """Receives the browser; anyone may ask, since it neither takes nor gives anything."""

    url = CALLBACK_PATH
    name = f"auth:{DOMAIN}:callback"
    requires_auth = False

    async def get(self, request: web.Request) -> web.Response:
        """Have plex.tv asked at once, and close the window."""
        returns = request.app[KEY_HASS].data.get(_RETURNS, {})
        if returned := returns.get(request.query.get("flow_id", "")):
            returned.set()
        return web.Response(text=_PAGE, content_type="text/html")
