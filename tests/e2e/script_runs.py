"""Each script of docs/downloaders, called as its program calls it."""

from collections.abc import Callable
from dataclasses import dataclass
import json
import os


@dataclass(frozen=True)
class Run:
    """One script, called as its program calls it for a finished file or folder (as Plex sees it)."""

    name: str
    script: str
    arguments: Callable[[str], list[str]] = lambda _path: []
    environment: Callable[[str], dict[str, str]] = lambda _path: {}
    folder: bool = False
    code: int = 0


RUNS = (
    Run("plain", "plex-smart-scan.sh", lambda path: [path]),
    Run(
        "SABnzbd",
        "sabnzbd.sh",
        lambda path: [path, "Westworld.nzb", "Westworld", "", "tv", "alt.binaries.test", "0", ""],
        lambda path: {"SAB_COMPLETE_DIR": path, "SAB_PP_STATUS": "0", "SAB_CAT": "tv", "SAB_FINAL_NAME": "Westworld"},
        folder=True,
    ),
    Run(
        "NZBGet",
        "nzbget/main.sh",
        environment=lambda path: {
            "NZBPP_DIRECTORY": path,
            "NZBPP_FINALDIR": "",
            "NZBPP_TOTALSTATUS": "SUCCESS",
            "NZBPP_STATUS": "SUCCESS/ALL",
            "NZBPP_CATEGORY": "tv",
        },
        folder=True,
        code=93,
    ),
    Run(
        "NZBGet 21, moved by another script",
        "nzbget.sh",
        environment=lambda path: {
            "NZBPP_DIRECTORY": "/downloads/x",
            "NZBPP_FINALDIR": path,
            "NZBPP_TOTALSTATUS": "SUCCESS",
        },
        folder=True,
        code=93,
    ),
    Run("qBittorrent", "qbittorrent.sh", lambda path: [path]),
    Run(
        "Transmission",
        "transmission.sh",
        environment=lambda path: {
            "TR_TORRENT_DIR": os.path.dirname(path),  # noqa: PTH120 - as Plex writes it
            "TR_TORRENT_NAME": os.path.basename(path),  # noqa: PTH119
            "TR_TORRENT_ID": "1",
            "TR_APP_VERSION": "4.0.6",
        },
    ),
    Run(
        "Deluge",
        "deluge.sh",
        lambda path: ["c0ffee", os.path.basename(path), os.path.dirname(path)],  # noqa: PTH119, PTH120
    ),
    Run("Bazarr", "bazarr.sh", lambda path: [path]),
    Run("aria2", "aria2.sh", lambda path: ["2089b05ecca3d829", "1", path]),
    Run(
        "Pinchflat",
        "pinchflat.sh",
        lambda path: ["media_downloaded", json.dumps({"title": 'A "B"', "media_filepath": path, "source": {"id": 1}})],
    ),
    Run("zurg", "zurg.sh", lambda path: [path], lambda _path: {"PLEX_SMART_SCAN_FOLDER": "/"}),
)
