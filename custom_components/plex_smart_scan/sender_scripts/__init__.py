"""The scripts that download clients and other programs run: each is put together from parts into one file.

The repository's copies in docs/downloaders/scripts come from here, and so do those that Home Assistant hands out with
the webhook filled in. A program's own part lies in `programs/`; what all scripts share lies in `parts/`.
"""

from pathlib import Path
import shlex
from typing import Final

_FOLDER: Final = Path(__file__).parent
_PARTS: Final = ("settings", "locks", "spool", "requests", "delivery", "check", "main")
_BODY: Final = "#:body\n"  # ends the comments of a program's part
_NOT_FILLED_IN: Final = "filled_in_webhook=''\n"

# The scripts' names by the program's, in the order in which they are offered.
PROGRAMS: Final = {
    "qbittorrent": "qbittorrent.sh",
    "transmission": "transmission.sh",
    "deluge": "deluge.sh",
    "aria2": "aria2.sh",
    "sabnzbd": "sabnzbd.sh",
    "nzbget": "nzbget.sh",
    "bazarr": "bazarr.sh",
    "unmanic": "unmanic.sh",
    "pinchflat": "pinchflat.sh",
    "zurg": "zurg.sh",
    "other": "plex-smart-scan.sh",
}


def build(program: str, webhook_url: str = "") -> str:
    """Return the script of a program, with the webhook's URL filled in if one is given. Reads files.

    Raises KeyError for a program that has no script.
    """
    comments, _, body = _read(f"programs/{PROGRAMS[program]}").partition(_BODY)
    common = _read("parts/common.sh").replace(_NOT_FILLED_IN, f"filled_in_webhook={shlex.quote(webhook_url)}\n")
    parts = (_read(f"parts/{part}.sh") for part in _PARTS)
    return "\n".join((f"#!/bin/sh\n{comments}#\n{common}", *parts, f"# --- {PROGRAMS[program]} ---\n", body))


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
