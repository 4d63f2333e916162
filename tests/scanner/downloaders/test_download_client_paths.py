"""Paths of download clients are recognized by their names."""

import pytest

from custom_components.plex_smart_scan.scanner.downloaders.download_client_paths import download_client


@pytest.mark.parametrize(
    ("path", "client"),
    [
        ("/downloads/complete/tv/Westworld.S01E01", ""),
        ("/data/usenet/complete/Westworld.S01E01", ""),
        ("/data/torrents/tv/Westworld.S01E01.mkv", ""),
        ("/config/Downloads/complete/Westworld.S01E01", ""),
        (r"C:\Users\me\Downloads\Westworld.S01E01.mkv", ""),
        ("/opt/sabnzbd/Downloads/complete/Westworld", "SABnzbd"),
        ("/volume1/docker/qBittorrent/Westworld", "qBittorrent"),
        ("/var/lib/transmission-daemon/downloads/Westworld", "Transmission"),
        ("/nzbget/completed/Westworld", "NZBGet"),
        (r"\\nas\deluge\Westworld", "Deluge"),
        ("/data/tv/Westworld/Season 1/x.mkv", None),
        ("/data/movies/The Download (2020)/x.mkv", None),
        ("Westworld", None),
    ],
)
def test_path_names_its_download_client(path: str, client: str | None) -> None:
    """The name of the client if it is in the path, else that it is that of an unknown client."""
    assert download_client(path) == client
