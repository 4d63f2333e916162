"""Starts Home Assistant, lean and on this machine alone: `python launcher.py --config FOLDER --skip-pip …`.

Home Assistant sets up a number of integrations whatever its configuration says; voice, cameras and infrared, which
would want packages and programs that are not here, are left out. Three of their packages need a compiler or a system
library, and are imported all the same when the web page asks for all actions: an empty module stands in for each.
Multicast DNS keeps to the loopback interface. All else is `hass` itself, apart from what these options replace in this
process (nothing in the integration itself allows it):

--plex-tv URL             Plex Smart Scan, and Home Assistant's own Plex integration, ask the stand-in at that address
                          in place of plex.tv
--announce NAME=PORT      multicast DNS knows a Plex server of that name, at that port of this machine
--missing-after SECONDS   the repair issue about a missing disk is raised that early
"""

from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
import sys
from types import ModuleType

from homeassistant import bootstrap
from homeassistant.__main__ import main
from homeassistant.components import zeroconf
from homeassistant.components.zeroconf.models import HaZeroconf
from plexapi.myplex import MyPlexAccount
from zeroconf import ServiceInfo

PLEX_SERVICE = "_plexmediasvr._tcp.local."
LEFT_OUT = {
    "ai_task",
    "assist_satellite",
    "camera",
    "conversation",
    "image_processing",
    "infrared",
    "radio_frequency",
    "tts",
}
# What Home Assistant imports from the packages that need more than Python.
STAND_INS = {"pymicro_vad": "MicroVad", "pyspeex_noise": "AudioProcessor", "turbojpeg": "TurboJPEG"}


def stand_in(module: str, name: str) -> None:
    """Make a module that is not installed importable; nothing calls into it."""
    if find_spec(module) is None:
        sys.modules[module] = empty = ModuleType(module)
        setattr(empty, name, object)


def take_option(name: str) -> str:
    """Take an option and its value from the command line, before Home Assistant reads it; empty without it."""
    if name not in sys.argv:
        return ""
    position = sys.argv.index(name)
    value = sys.argv[position + 1]
    del sys.argv[position : position + 2]
    return value


def replace(module: str, **constants: object) -> None:
    """Replace constants of the integration."""
    found = import_module(f"custom_components.plex_smart_scan.{module}")
    for constant, value in constants.items():
        getattr(found, constant)  # fails where the integration has no such constant any more
        setattr(found, constant, value)


def replace_plex_tv(url: str) -> None:
    """Have the integration ask a stand-in for plex.tv."""
    replace("plex_tv", PLEX_TV_URL=url, AUTH_PAGE_URL=f"{url}/auth", LINK_PAGE_URL=f"{url}/link")
    MyPlexAccount.key = f"{url}/api/v2/user"  # what it asks first


class LoopbackZeroconf(HaZeroconf):
    """Multicast DNS that neither listens nor speaks on the network."""

    announced = ""

    def __init__(self, **_ignored: object) -> None:
        """Keep to the loopback interface, whatever Home Assistant asks for, and know what was announced."""
        super().__init__(interfaces=["127.0.0.1"], unicast=True)
        if self.announced:
            name, _, port = self.announced.rpartition("=")
            service = ServiceInfo(
                PLEX_SERVICE,
                f"{name}.{PLEX_SERVICE}",
                port=int(port),
                parsed_addresses=["127.0.0.1"],
                server=f"{name.lower()}.local.",
            )
            records = [service.dns_pointer(), service.dns_service(), service.dns_text(), *service.dns_addresses()]
            self.cache.async_add_records(records)


if __name__ == "__main__":
    bootstrap.DEFAULT_INTEGRATIONS -= LEFT_OUT
    zeroconf.HaZeroconf = LoopbackZeroconf  # type: ignore[attr-defined, assignment]
    for wanted, found in STAND_INS.items():
        stand_in(wanted, found)
    sys.path.insert(0, sys.argv[sys.argv.index("--config") + 1])
    if plex_tv_url := take_option("--plex-tv"):
        replace_plex_tv(plex_tv_url)
    if seconds := take_option("--missing-after"):
        replace("repair_issues.missing_mounts", MISSING_TOO_LONG=timedelta(seconds=float(seconds)))
    LoopbackZeroconf.announced = take_option("--announce")
    sys.exit(main())
