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
        prepare=_after_connections_were_cut,
        pattern=_fixed("/identity"),
        asks="reads the identifier of the server, on each new connection",
    ),
    Stage.LIBRARIES: Approach(
        prepare=_in_a_new_location,
        pattern=_fixed("/library/sections"),
        asks="reads the libraries, because the path is not in any known library",
    ),
    Stage.LOOKUP_BEFORE: Approach(
        prepare=_new_episode,
        pattern=_fixed(LOOKUP),
        asks="checks what Plex lists for the path; the fault begins before the scan",
    ),
    Stage.SIGHT: Approach(
        prepare=_new_episode, pattern=_browse("Westworld/Season 01"), asks="checks whether Plex sees the file"
    ),
    Stage.MOUNT: Approach(prepare=_new_episode, pattern=_browse("Dark"), asks="checks whether the drive is mounted"),
    Stage.SCAN: Approach(prepare=_new_episode, pattern=_fixed(SCAN), asks="requests the scan of the folder"),
    Stage.RUNNING: Approach(
        prepare=_new_episode,
        pattern=_fixed("/activities"),
        asks="checks whether the scan is running, because there is no websocket connection",
        during=True,
        websocket=False,
    ),
    Stage.LOOKUP_AFTER: Approach(
        prepare=_new_episode,
        pattern=_fixed(LOOKUP),
        asks="checks what Plex lists for the path, during and after the scan",
        during=True,
    ),
    Stage.ANALYSIS: Approach(
        prepare=_replaced_episode,
        pattern=_fixed("/library/metadata/*/analyze"),
        asks="requests the analysis of a replaced file",
    ),
    Stage.REFRESH: Approach(
        prepare=_subtitle,
        pattern=_fixed("/library/metadata/*/refresh"),
        asks="requests a refresh of the item that a subtitle belongs to",
    ),
    Stage.WEBSOCKET: Approach(
        prepare=_after_connections_were_cut,
        pattern=_fixed("/:/websockets/notifications"),
        asks="opens the websocket connection",
    ),
    Stage.JOURNAL: Approach(prepare=_new_episode, pattern=_fixed(""), asks="saves the request to disk"),
    Stage.EVERYTHING: Approach(
        prepare=_new_episode, pattern=_fixed("*"), asks="any of the above; the fault affects every request to Plex"
    ),
}


async def during_the_scan(scene: Scene, begin: Callable[[Scene, str], Awaitable[None]], pattern: str) -> None:
    """Let a fault begin while the scan runs, and the scan go on once something has met the fault."""
    await scene.plex.wait_scan_started()
    await begin(scene, pattern)
    await scene.met()
    scene.plex.release_walking()
