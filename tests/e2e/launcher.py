"""Starts Home Assistant, lean and on this machine alone: `python launcher.py --config FOLDER --skip-pip …`.

Home Assistant sets up a number of integrations whatever its configuration says. Those whose packages are not
installed (voice, cameras, infrared: some of them need a compiler) are left out here instead of failing, and
multicast DNS keeps to the loopback interface. All else is `hass` itself.
"""

from collections.abc import Set as AbstractSet
from functools import cache
import json
from pathlib import Path
import sys

from homeassistant import bootstrap, components
from homeassistant.__main__ import main
from homeassistant.components import zeroconf
from homeassistant.components.zeroconf.models import HaZeroconf
from homeassistant.util.package import is_installed


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


class LoopbackZeroconf(HaZeroconf):
    """Multicast DNS that neither listens nor speaks on the network."""

    def __init__(self, **_: object) -> None:
        """Keep to the loopback interface, whatever Home Assistant asks for."""
        super().__init__(interfaces=["127.0.0.1"], unicast=True)


if __name__ == "__main__":
    bootstrap.DEFAULT_INTEGRATIONS = complete(bootstrap.DEFAULT_INTEGRATIONS)
    zeroconf.HaZeroconf = LoopbackZeroconf  # type: ignore[attr-defined, assignment]
    sys.exit(main())
