"""Starts Home Assistant, lean and on this machine alone: `python launcher.py --config FOLDER --skip-pip …`.

Home Assistant sets up a number of integrations whatever its configuration says. Those whose packages are not
installed (voice, infrared) are left out here instead of failing. Two of these packages need a compiler, and Home
Assistant imports them all the same once its web page asks for all actions: an empty module stands in for each.
Multicast DNS keeps to the loopback interface. All else is `hass` itself.
"""

from collections.abc import Set as AbstractSet
from functools import cache
from importlib.util import find_spec
import json
from pathlib import Path
import sys
from types import ModuleType

from homeassistant import bootstrap, components
from homeassistant.__main__ import main
from homeassistant.components import zeroconf
from homeassistant.components.zeroconf.models import HaZeroconf
from homeassistant.util.package import is_installed

# What the voice pipeline imports from the packages that need a compiler.
COMPILED = {"pymicro_vad": "MicroVad", "pyspeex_noise": "AudioProcessor"}


@cache
def _is_complete(domain: str) -> bool:
    """Tell whether the packages of an integration and of all it depends on are installed."""
    text = (Path(components.__path__[0]) / domain / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    return all(is_installed(wanted) for wanted in manifest.get("requirements", ())) and all(
        _is_complete(other) for other in manifest.get("dependencies", ())
    )


def complete(domains: AbstractSet[str]) -> set[str]:
    """Leave out the integrations that could not be imported; without a web page there is nothing to start."""
    if not _is_complete("frontend"):
        sys.exit("Home Assistant's web page is not installed (dependency group `demo` in pyproject.toml)")
    return {domain for domain in domains if _is_complete(domain)}


def stand_in(module: str, name: str) -> None:
    """Make a module that is not installed importable; nothing calls into it."""
    if find_spec(module) is None:
        sys.modules[module] = empty = ModuleType(module)
        setattr(empty, name, None)


class LoopbackZeroconf(HaZeroconf):
    """Multicast DNS that neither listens nor speaks on the network."""

    def __init__(self, **_: object) -> None:
        """Keep to the loopback interface, whatever Home Assistant asks for."""
        super().__init__(interfaces=["127.0.0.1"], unicast=True)


if __name__ == "__main__":
    bootstrap.DEFAULT_INTEGRATIONS = complete(bootstrap.DEFAULT_INTEGRATIONS)
    for wanted, found in COMPILED.items():
        stand_in(wanted, found)
    zeroconf.HaZeroconf = LoopbackZeroconf  # type: ignore[attr-defined, assignment]
    sys.exit(main())
