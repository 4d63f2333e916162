"""A Home Assistant of its own: a folder with a lean configuration, and the process that runs on it.

home = create(folder, port=free_port())
async with aiohttp.ClientSession() as session, home.running(session) as process:
    api = await onboard(session, home.url, User("demo", "secret"))
    …
    await process.kill()                    # and later, on the same folder:
    process = await home.start(session)
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import sys
from typing import Any, Literal

import aiohttp

from tests.e2e.api import TOKEN_NAME
from tests.e2e.processes import Child, check_port, ending, poll, start

CHECKOUT = Path(__file__).parents[2]
LAUNCHER = Path(__file__).with_name("launcher.py")
# Another environment's interpreter makes everything here run on another release of Home Assistant.
PYTHON = os.environ.get("HOME_ASSISTANT_PYTHON") or sys.executable
# Generous: a small machine that is busy with other things needs several times the usual seconds.
START_SECONDS = 120.0

CONFIGURATION = """\
homeassistant:
  name: Plex Smart Scan
  country: NL
  currency: EUR
  language: en
  time_zone: Etc/UTC
  unit_system: metric
  latitude: 52.37
  longitude: 4.90
recorder:
  commit_interval: 1
frontend:
history:
logbook:
system_health:
webhook:
zeroconf:
"""


@dataclass(frozen=True)
class HomeAssistant:
    """A Home Assistant folder and where its process listens."""

    folder: Path
    port: int
    python: str
    options: tuple[str, ...] = ()  # of the launcher

    @property
    def url(self) -> str:
        """Where its web page and its API are."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, session: aiohttp.ClientSession) -> Child:
        """Start the process and return once it answers; the log grows over restarts."""
        check_port(self.port)
        child = await start(
            "Home Assistant",
            # -P: the launcher's folder is no place to import from.
            *(self.python, "-P", LAUNCHER, "--config", self.folder, "--skip-pip", "--log-no-color"),
            *self.options,
            log=self.folder / "console.log",
            cwd=self.folder,
            HA_DISABLE_LOG_FILE="1",  # what it prints is the log
        )
        try:
            await poll("Home Assistant's start", lambda: self._answers(child, session), seconds=START_SECONDS)
        except BaseException:
            await child.stop()
            raise
        return child

    @asynccontextmanager
    async def running(self, session: aiohttp.ClientSession) -> AsyncIterator[Child]:
        """Start the process, and end it on the way out."""
        async with ending(await self.start(session)) as child:
            yield child

    async def wait_until_stored(self, entry_id: str) -> None:
        """Return once the token and a config entry are on disk: Home Assistant writes both a little later."""
        wanted = (("auth", TOKEN_NAME), ("core.config_entries", entry_id))

        async def stored() -> Literal[True] | None:
            return True if all(self._is_stored(key, text) for key, text in wanted) else None

        await poll("the token and the config entry on disk", stored, seconds=30)

    def webhook_id(self, domain: str) -> str:
        """Read the webhook's id of an integration with one entry where Home Assistant keeps it."""
        stored = json.loads((self.folder / ".storage" / "core.config_entries").read_text(encoding="utf-8"))
        (entry,) = (entry for entry in stored["data"]["entries"] if entry["domain"] == domain)
        found: str = entry["data"]["webhook_id"]
        return found

    def _is_stored(self, key: str, text: str) -> bool:
        file = self.folder / ".storage" / key
        return file.exists() and text in file.read_text(encoding="utf-8")

    async def _answers(self, child: Child, session: aiohttp.ClientSession) -> Literal[True] | None:
        child.check()
        try:
            async with session.get(f"{self.url}/manifest.json") as response:
                return True if response.ok else None
        except aiohttp.ClientConnectionError:
            return None


def create(
    folder: Path,
    *,
    port: int,
    components: Path = CHECKOUT / "custom_components",
    python: str = PYTHON,
    plex_tv: str = "",
    options: tuple[str, ...] = (),
    entries: Sequence[Mapping[str, Any]] = (),
) -> HomeAssistant:
    """Make a folder for Home Assistant that finds the integrations in `components`.

    `plex_tv` is the address of a stand-in for plex.tv, `options` are others of the launcher. `entries` are config
    entries that are there from the beginning, with what matters in them.
    """
    (folder / ".storage").mkdir(parents=True)
    (folder / "configuration.yaml").write_text(CONFIGURATION, encoding="utf-8")
    (folder / "custom_components").symlink_to(components, target_is_directory=True)
    _store(folder, "http", 2, 2, _http(port))
    # Of the first steps only the user is left to make: the others would look for a weather service and the like.
    _store(folder, "onboarding", 4, 1, {"done": ["core_config", "analytics", "integration"]})
    if entries:
        _store(folder, "core.config_entries", 1, 5, {"entries": [_entry(**each) for each in entries]})
    stand_in = ("--plex-tv", plex_tv) if plex_tv else ()
    return HomeAssistant(folder=folder, port=port, python=python, options=(*stand_in, *options))


def _store(folder: Path, key: str, version: int, minor_version: int, data: Mapping[str, Any]) -> None:
    """Write what Home Assistant would have stored itself (later releases bring it up to date)."""
    stored = {"version": version, "minor_version": minor_version, "key": key, "data": data}
    (folder / ".storage" / key).write_text(json.dumps(stored), encoding="utf-8")


def _http(port: int) -> dict[str, Any]:
    """Return the web server's confirmed settings.

    The same settings in configuration.yaml would be on trial: taken back after five minutes, with a restart.
    """
    confirmed = {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    return {"stable": confirmed, "pending": None, "yaml_migration_done": True}


def _entry(domain: str, title: str, unique_id: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config entry as Home Assistant stores it."""
    then = "2026-01-01T00:00:00+00:00"
    return {
        "created_at": then,
        "data": data,
        "discovery_keys": {},
        "disabled_by": None,
        "domain": domain,
        "entry_id": f"stored_{domain}",
        "minor_version": 1,
        "modified_at": then,
        "options": {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "subentries": [],
        "title": title,
        "unique_id": unique_id,
        "version": 1,
    }
