"""The stages of a request: how a request gets there, and which request to Plex it sends."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fake_plex import samples

from .scene import Scene, Stage

LOOKUP = "/library/sections/*/all"
SCAN = "/library/sections/*/refresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSetup:
    """How a request gets to a stage.

    `prepare` returns the path to report, `pattern` matches the requests to Plex. The fault begins before the request,
    or `during` the scan.
    """

    prepare: Callable[[Scene], Path]
    pattern: Callable[[Scene], str]
    description: str
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


def _after_a_disconnection(scene: Scene) -> Path:
    scene.plex.cut_connections()
    return _new_episode(scene)


def _browse(folder: str) -> Callable[[Scene], str]:
    return lambda scene: f"/services/browse/{b64encode(str(scene.root / folder).encode()).decode()}"


def _fixed(pattern: str) -> Callable[[Scene], str]:
    return lambda _scene: pattern


STAGE_SETUPS: dict[Stage, StageSetup] = {
    Stage.CONNECTING: StageSetup(
        prepare=_after_a_disconnection,
        pattern=_fixed("/identity"),
        description="reads the identifier of the server, on each new connection",
    ),
    Stage.LIBRARIES: StageSetup(
        prepare=_in_a_new_location,
        pattern=_fixed("/library/sections"),
        description="reads the libraries, because the path is not in any known library",
    ),
    Stage.LOOKUP_BEFORE: StageSetup(
        prepare=_new_episode,
        pattern=_fixed(LOOKUP),
        description="checks what Plex lists for the path; the fault begins before the scan",
    ),
    Stage.VISIBILITY: StageSetup(
        prepare=_new_episode, pattern=_browse("Westworld/Season 01"), description="checks whether Plex sees the file"
    ),
    Stage.MOUNT: StageSetup(
        prepare=_new_episode, pattern=_browse("Dark"), description="checks whether the drive is mounted"
    ),
    Stage.SCAN: StageSetup(prepare=_new_episode, pattern=_fixed(SCAN), description="requests the scan of the folder"),
    Stage.RUNNING: StageSetup(
        prepare=_new_episode,
        pattern=_fixed("/activities"),
        description="checks whether the scan is running, because there is no websocket connection",
        during=True,
        websocket=False,
    ),
    Stage.LOOKUP_AFTER: StageSetup(
        prepare=_new_episode,
        pattern=_fixed(LOOKUP),
        description="checks what Plex lists for the path, during and after the scan",
        during=True,
    ),
    Stage.ANALYSIS: StageSetup(
        prepare=_replaced_episode,
        pattern=_fixed("/library/metadata/*/analyze"),
        description="requests the analysis of a replaced file",
    ),
    Stage.REFRESH: StageSetup(
        prepare=_subtitle,
        pattern=_fixed("/library/metadata/*/refresh"),
        description="requests a refresh of the item that a subtitle belongs to",
    ),
    Stage.WEBSOCKET: StageSetup(
        prepare=_after_a_disconnection,
        pattern=_fixed("/:/websockets/notifications"),
        description="opens the websocket connection",
    ),
    Stage.JOURNAL: StageSetup(prepare=_new_episode, pattern=_fixed(""), description="saves the request to disk"),
    Stage.EVERYTHING: StageSetup(
        prepare=_new_episode,
        pattern=_fixed("*"),
        description="any of the above; the fault affects every request to Plex",
    ),
}


async def begin_during_the_scan(scene: Scene, begin: Callable[[Scene, str], Awaitable[None]], pattern: str) -> None:
    """Begin a fault while the scan is running, and let the scan continue when the fault has affected a request."""
    await scene.plex.wait_scan_started()
    await begin(scene, pattern)
    await scene.wait_for_hit()
    scene.plex.release_walking()
