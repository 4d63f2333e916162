"""Scripts for download clients and other programs, each built from parts into one file.

The copies in docs/downloaders/scripts and the scripts that Home Assistant offers with the webhook URL are both built
here. `programs/` contains the part of each program, `parts/` the shared parts.
"""

from pathlib import Path
import shlex
from typing import Final

_FOLDER: Final = Path(__file__).parent
_PARTS: Final = ("settings", "locks", "spool", "requests", "delivery", "check", "main")
_BODY: Final = "#:body\n"  # end of the comments in the part of a program
_NOT_FILLED_IN: Final = "filled_in_webhook=''\n"

# The scripts by program, in the order of the menu.
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
    """Build the script of a program, with the webhook URL filled in if one is given. Reads files.

    Raises KeyError for an unknown program.
    """
    comments, _, body = _read(f"programs/{PROGRAMS[program]}").partition(_BODY)
    common = _read("parts/common.sh").replace(_NOT_FILLED_IN, f"filled_in_webhook={shlex.quote(webhook_url)}\n")
    parts = (_read(f"parts/{part}.sh") for part in _PARTS)
    return "\n".join((f"#!/bin/sh\n{comments}#\n{common}", *parts, f"# --- {PROGRAMS[program]} ---\n", body))


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
