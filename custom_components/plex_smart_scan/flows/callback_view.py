"""The page to which plex.tv returns the browser after a sign-in. It closes its window.

The token is never passed through the browser; it is read from plex.tv.
"""

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
# Events of the current sign-ins by flow ID, set when the browser returns.
_RETURNS: HassKey[dict[str, asyncio.Event]] = HassKey(f"{DOMAIN}_sign_in_returns")
_PAGE: Final = (
    "<!doctype html><html><head><title>Plex Smart Scan</title></head><body>"
    "<script>window.close()</script><p>This window can be closed.</p></body></html>"
)


@callback
def async_expect_return(hass: HomeAssistant, flow_id: str, returned: asyncio.Event) -> None:
    """Register an event to set when the browser returns from plex.tv for a flow."""
    if _RETURNS not in hass.data:
        # Register the view here, because async_setup does not run before the first entry exists.
        hass.data[_RETURNS] = {}
        hass.http.register_view(SignInCallbackView)
    hass.data[_RETURNS][flow_id] = returned


@callback
def async_expect_no_return(hass: HomeAssistant, flow_id: str) -> None:
    """Unregister a flow."""
    hass.data.get(_RETURNS, {}).pop(flow_id, None)


@callback
def frontend_base() -> str | None:
    """Return the URL at which the browser of the current request reaches Home Assistant, or None if it is unknown.

    Home Assistant's configured URLs cannot be used instead, because this browser may not reach them.
    """
    request = current_request.get()
    base = request.headers.get(_HEADER_FRONTEND_BASE) if request else None
    try:
        url = URL(base or "")
        return str(url.origin()) if url.scheme in {"http", "https"} else None
    except ValueError:
        return None


class SignInCallbackView(HomeAssistantView):
    """View for the returning browser. It needs no authentication, because it neither accepts nor returns data."""

    url = CALLBACK_PATH
    name = f"auth:{DOMAIN}:callback"
    requires_auth = False

    async def get(self, request: web.Request) -> web.Response:
        """Trigger a check of the sign-in and close the window."""
        returns = request.app[KEY_HASS].data.get(_RETURNS, {})
        if returned := returns.get(request.query.get("flow_id", "")):
            returned.set()
        return web.Response(text=_PAGE, content_type="text/html")
