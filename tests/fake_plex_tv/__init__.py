"""A stand-in for plex.tv: sign-in PINs, the pages where a user claims them, accounts and their servers."""

from tests.fake_plex_tv.models import Account, Connection, Pin, Resource
from tests.fake_plex_tv.server import FakePlexTv

__all__ = ["Account", "Connection", "FakePlexTv", "Pin", "Resource"]
