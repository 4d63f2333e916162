"""The scripts of download clients, handed out with an entry's webhook filled in.

The webhook id is a secret, so it appears in the file only: the link names the entry and is signed for the user.
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
    """Serve the script of a program for an entry."""

    url = _URL
    name = f"api:{DOMAIN}:script"

    @require_admin
    async def get(self, request: Request, entry_id: str, program: str) -> Response:
        """Return the script as a file to save."""
        hass = request.app[KEY_HASS]
        entry = hass.config_entries.async_get_entry(entry_id)
        if entry is None or entry.domain != DOMAIN or program not in PROGRAMS:
            return self.json_message("There is no such script.", HTTPStatus.NOT_FOUND)
        url = webhook_url(hass, entry.data[CONF_WEBHOOK_ID])
        if url.startswith("/"):
            # Home Assistant does not know its own URL; the one that serves this request works too.
            url = f"{request.url.origin()}{url}"
        script = await hass.async_add_executor_job(partial(build, program, url))
        headers = {CONTENT_DISPOSITION: f'attachment; filename="{PROGRAMS[program]}"', CACHE_CONTROL: "no-store"}
        return Response(text=script, content_type="text/x-shellscript", headers=headers)


@callback
def async_setup_sender_scripts(hass: HomeAssistant) -> None:
    """Serve the scripts."""
    hass.http.register_view(SenderScriptView)


@callback
def async_script_link(hass: HomeAssistant, entry_id: str, program: str) -> str:
    """Return a link to the script of a program, as HTML: a link of Markdown would stay in Home Assistant's own page."""
    path = async_sign_path(hass, _URL.format(entry_id=entry_id, program=program), LINK_LIFETIME)
    return f'<a href="{path}" target="_blank">{PROGRAMS[program]}</a>'


def webhook_url(hass: HomeAssistant, webhook_id: str) -> str:
    """Return the webhook's URL in the local network; without its host where Home Assistant does not know it."""
    try:
        return webhook.async_generate_url(hass, webhook_id, prefer_external=False)
    except NoURLAvailableError:
        return webhook.async_generate_path(webhook_id)
