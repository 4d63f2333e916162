"""The scripts for download clients, offered with an entry's webhook URL filled in.

The webhook ID is a secret, so it appears only in the file. The link contains the entry ID and is signed for the user.
"""

from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Final

from aiohttp.hdrs import CACHE_CONTROL, CONTENT_DISPOSITION
from aiohttp.web import Request, Response
from homeassistant.components import webhook
from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.http.decorators import require_admin
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.helpers.network import NoURLAvailableError

from ..const import DOMAIN
from ..sender_scripts import PROGRAMS, build

LINK_LIFETIME: Final = timedelta(hours=1)
_URL: Final = f"/api/{DOMAIN}/script/{{entry_id}}/{{program}}"


class SenderScriptView(HomeAssistantView):
    """View that returns the script of a program for an entry."""

    url = _URL
    name = f"api:{DOMAIN}:script"

    @require_admin
    async def get(self, request: Request, entry_id: str, program: str) -> Response:
        """Return the script as a file to download."""
        hass = request.app[KEY_HASS]
        entry = hass.config_entries.async_get_entry(entry_id)
        if entry is None or entry.domain != DOMAIN or program not in PROGRAMS:
            return self.json_message("There is no such script.", HTTPStatus.NOT_FOUND)
        url = webhook_url(hass, entry.data[CONF_WEBHOOK_ID])
        if url.startswith("/"):
            # Home Assistant does not know its own URL, so use the URL of this request.
            url = f"{request.url.origin()}{url}"
        script = await hass.async_add_executor_job(partial(build, program, url))
        headers = {CONTENT_DISPOSITION: f'attachment; filename="{PROGRAMS[program]}"', CACHE_CONTROL: "no-store"}
        return Response(text=script, content_type="text/x-shellscript", headers=headers)


@callback
def async_setup_sender_scripts(hass: HomeAssistant) -> None:
    """Register the view."""
    hass.http.register_view(SenderScriptView)


@callback
def async_script_link(hass: HomeAssistant, entry_id: str, program: str) -> str:
    """Return an HTML link to the script of a program. A Markdown link would open in the frontend."""
    path = async_sign_path(hass, _URL.format(entry_id=entry_id, program=program), LINK_LIFETIME)
    return f'<a href="{path}" target="_blank">{PROGRAMS[program]}</a>'


def webhook_url(hass: HomeAssistant, webhook_id: str) -> str:
    """Return the webhook URL on the local network, without a host if Home Assistant does not know its URL."""
    try:
        return webhook.async_generate_url(hass, webhook_id, prefer_external=False)
    except NoURLAvailableError:
        return webhook.async_generate_path(webhook_id)
