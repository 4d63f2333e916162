"""Starts Home Assistant, lean and on this machine alone: `python launcher.py --config FOLDER --skip-pip …`.

Home Assistant sets up a number of integrations whatever its configuration says; voice, cameras and infrared, which
would want packages and programs that are not here, are left out. Three of their packages need a compiler or a system
library, and are imported all the same when the web page asks for all actions: an empty module stands in for each.
Multicast DNS keeps to the loopback interface. With `--plex-tv URL`, Plex Smart Scan asks the stand-in at that address
in place of plex.tv: its addresses are replaced in this process, and nothing in the integration itself allows it.
All else is `hass` itself.
"""

from importlib import import_module
from importlib.util import find_spec
import sys
from types import ModuleType

from homeassistant import bootstrap
from homeassistant.__main__ import main
from homeassistant.components import zeroconf
from homeassistant.components.zeroconf.models import HaZeroconf

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


def replace_plex_tv(folder: str, url: str) -> None:
    """Have the integration in a configuration folder ask a stand-in for plex.tv."""
    sys.path.insert(0, folder)
    plex_tv = import_module("custom_components.plex_smart_scan.plex_tv")
    addresses = {"PLEX_TV_URL": url, "AUTH_PAGE_URL": f"{url}/auth", "LINK_PAGE_URL": f"{url}/link"}
    for name, address in addresses.items():
        getattr(plex_tv, name)  # fails where the integration has no such address any more
        setattr(plex_tv, name, address)


class LoopbackZeroconf(HaZeroconf):
    """Multicast DNS that neither listens nor speaks on the network."""

    def __init__(self, **_: object) -> None:
        """Keep to the loopback interface, whatever Home Assistant asks for."""
        super().__init__(interfaces=["127.0.0.1"], unicast=True)


if __name__ == "__main__":
    bootstrap.DEFAULT_INTEGRATIONS -= LEFT_OUT
    zeroconf.HaZeroconf = LoopbackZeroconf  # type: ignore[attr-defined, assignment]
    for wanted, found in STAND_INS.items():
        stand_in(wanted, found)
    if plex_tv_url := take_option("--plex-tv"):
        replace_plex_tv(sys.argv[sys.argv.index("--config") + 1], plex_tv_url)
    sys.exit(main())
