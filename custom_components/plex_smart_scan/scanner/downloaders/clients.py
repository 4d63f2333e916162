"""Whether a path looks like a download client's: those are in no Plex library, and the mistake deserves its name."""

from typing import Final

from ..paths.clean_path import clean_or_none

_CLIENTS: Final = {
    "sabnzbd": "SABnzbd",
    "nzbget": "NZBGet",
    "qbittorrent": "qBittorrent",
    "transmission": "Transmission",
    "deluge": "Deluge",
    "rtorrent": "rTorrent",
    "jdownloader": "JDownloader",
}
# As the clients' own defaults and the usual container images name them.
_FOLDERS: Final = frozenset(
    "download downloads downloaded torrent torrents usenet nzb incomplete complete completed intermediate".split()
)


def download_client(path: str) -> str | None:
    """Return the name of the client whose folder this looks like; "" for any client's, None for none."""
    cleaned_path = clean_or_none(path)
    if cleaned_path is None:
        return None
    parts = cleaned_path.key.casefold().split("/")
    names = [client for part in parts for word, client in _CLIENTS.items() if word in part]
    if names:
        return names[0]
    return "" if _FOLDERS & set(parts) else None
