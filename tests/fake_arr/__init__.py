"""Simulated Sonarr, Radarr, Lidarr and Readarr: their API, notifications and errors."""

from tests.fake_arr.delivery import Network, Posted
from tests.fake_arr.programs import LIDARR, PROGRAMS, RADARR, READARR, RELEASES, SONARR, Kind, Program, Release
from tests.fake_arr.server import API_KEY, FakeArr

__all__ = [
    "API_KEY",
    "LIDARR",
    "PROGRAMS",
    "RADARR",
    "READARR",
    "RELEASES",
    "SONARR",
    "FakeArr",
    "Kind",
    "Network",
    "Posted",
    "Program",
    "Release",
]
