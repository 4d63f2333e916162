"""Whether a path looks like that of a download client: such paths are in no Plex library."""

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
# The defaults of the clients and of common container images.
_FOLDERS: Final = frozenset(
    "download downloads downloaded torrent torrents usenet nzb incomplete complete completed intermediate".split()
)


def download_client(path: str) -> str | None:
    """Return the name of the client whose folder this looks like; "" for an unknown client, None if it does not."""
    cleaned_path = clean_or_none(path)
    if cleaned_path is None:
        return None
    parts = cleaned_path.key.casefold().split("/")
    names = [client for part in parts for word, client in _CLIENTS.items() if word in part]
    if names:
        return names[0]
    return "" if _FOLDERS & set(parts) else None
