"""A simulated plex.tv: PINs, sign-in pages, accounts and servers."""

from tests.fake_plex_tv.models import Account, Connection, Pin, Resource
from tests.fake_plex_tv.server import FakePlexTv

__all__ = ["Account", "Connection", "FakePlexTv", "Pin", "Resource"]
