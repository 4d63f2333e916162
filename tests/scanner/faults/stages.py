"""The stages of a request: what is asked there, and how a request comes to it."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fake_plex import samples

from .scene import Scene, Stage

LOOKUP = "/library/sections/*/all"
SCAN = "/library/sections/*/refresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """How a request comes to a stage.

    `prepare` returns the path to report, `pattern` what is asked of Plex there. The fault begins before the request, or
    `during` the scan.
    """

    prepare: Callable[[Scene], Path]
    pattern: Callable[[Scene], str]
    asks: str
    during: bool = False
    websocket: bool = True


def _new_episode(scene: Scene) -> Path:
    return samples.add_episode(scene.root, "Westworld", 1, 2)


def _in_a_new_location(scene: Scene) -> Path:
    """Return a file in a location that the engine does not know yet."""
    other = scene.folder / "more"
    path = samples.add_episode(other, "Severance", 1, 1)
    scene.plex.add_location(scene.plex.libraries[0], str(other), other)
    return path


def _replaced_episode(scene: Scene) -> Path:
    return samples.put(scene.root / "Westworld/Season 01/Westworld - S01E01.mkv", samples.LARGE)


def _subtitle(scene: Scene) -> Path:
    path = scene.root / "Westworld/Season 01/Westworld - S01E01.en.srt"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    return path


def _after_connections_were_cut(scene: Scene) -> Path:
    scene.plex.cut_connections()
    return _new_episode(scene)


def _browse(folder: str) -> Callable[[Scene], str]:
    return lambda scene: f"/services/browse/{b64encode(str(scene.root / folder).encode()).decode()}"


def _fixed(pattern: str) -> Callable[[Scene], str]:
    return lambda _scene: pattern


APPROACHES: dict[Stage, Approach] = {
    Stage.CONNECTING: Approach(
        prepare=_after_connections_were_cut, pattern=_fixed("/identity"), asks="who answers, on each new connection"
    ),
    Stage.LIBRARIES: Approach(
        prepare=_in_a_new_location,
        pattern=_fixed("/library/sections"),
        asks="the libraries, for a path that is in none of the known ones",
    ),
    Stage.LOOKUP_BEFORE: Approach(
        prepare=_new_episode, pattern=_fixed(LOOKUP), asks="what Plex lists, before and after the scan"
    ),
    Stage.SIGHT: Approach(
        prepare=_new_episode, pattern=_browse("Westworld/Season 01"), asks="whether Plex sees the file on its disk"
    ),
    Stage.MOUNT: Approach(
        prepare=_new_episode, pattern=_browse("Dark"), asks="whether Plex sees the disk of the location"
    ),
    Stage.SCAN: Approach(prepare=_new_episode, pattern=_fixed(SCAN), asks="for the scan"),
    Stage.RUNNING: Approach(
        prepare=_new_episode,
        pattern=_fixed("/activities"),
        asks="while the scan runs, whether it does; without a websocket",
        during=True,
        websocket=False,
    ),
    Stage.LOOKUP_AFTER: Approach(
        prepare=_new_episode, pattern=_fixed(LOOKUP), asks="what Plex lists, from the scan on", during=True
    ),
    Stage.ANALYSIS: Approach(
        prepare=_replaced_episode,
        pattern=_fixed("/library/metadata/*/analyze"),
        asks="for the analysis of a replaced file",
    ),
    Stage.REFRESH: Approach(
        prepare=_subtitle,
        pattern=_fixed("/library/metadata/*/refresh"),
        asks="for the refresh of the item beside a subtitle",
    ),
    Stage.WEBSOCKET: Approach(
        prepare=_after_connections_were_cut,
        pattern=_fixed("/:/websockets/notifications"),
        asks="for the websocket",
    ),
    Stage.JOURNAL: Approach(
        prepare=_new_episode, pattern=_fixed(""), asks="nothing of Plex: accepted requests are kept"
    ),
    Stage.EVERYTHING: Approach(prepare=_new_episode, pattern=_fixed("*"), asks="anything"),
}


async def during_the_scan(scene: Scene, begin: Callable[[Scene, str], Awaitable[None]], pattern: str) -> None:
    """Let a fault begin while the scan runs, and the scan go on once something has met the fault."""
    await scene.plex.wait_scan_started()
    await begin(scene, pattern)
    await scene.met()
    scene.plex.release_walking()
