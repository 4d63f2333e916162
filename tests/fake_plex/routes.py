"""Which handler responds to which path. A wrong method is a 404, as on a real server."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
import re

from tests.fake_plex import browse_api, item_api, section_api, server_api
from tests.fake_plex.http import Answer, Call

type Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(slots=True, frozen=True)
class Route:
    """Methods, path, handler."""

    methods: frozenset[str]
    pattern: re.Pattern[str]
    handler: Handler


def _route(methods: str, pattern: str, handler: Handler) -> Route:
    return Route(frozenset(methods.split()), re.compile(pattern), handler)


_SECTION = r"/library/sections/(?P<section>[^/]+)"
_ITEMS = r"/library/metadata/(?P<keys>[\d,]+)"

ROUTES = (
    _route("GET HEAD", r"/", server_api.root),
    _route("GET HEAD", r"/identity", server_api.identity),
    _route("GET HEAD", r"/library/?", server_api.library),
    _route("GET HEAD", r"/library/sections/?", section_api.sections),
    _route("GET HEAD", _SECTION + r"/all", section_api.content),
    _route("GET POST DELETE", _SECTION + r"/refresh", section_api.refresh),
    _route("GET HEAD", _SECTION + r"/?", section_api.section),
    _route("GET HEAD", _SECTION + r"/collections", section_api.collections),
    _route("GET HEAD", _SECTION + r"/folder", section_api.folder),
    _route("GET HEAD", _SECTION + r"/recentlyAdded", section_api.recently_added),
    _route("GET HEAD", _SECTION + r"/(onDeck|unwatched|newest|prefs|firstCharacter)", section_api.empty_listing),
    _route("PUT", _SECTION + r"/emptyTrash", section_api.empty_trash),
    _route("PUT", _SECTION + r"/analyze", section_api.analyze),
    _route("GET HEAD", _ITEMS, item_api.metadata),
    _route("GET HEAD", _ITEMS + r"/tree", item_api.tree),
    _route("GET HEAD", _ITEMS + r"/children", item_api.children),
    _route("GET HEAD", _ITEMS + r"/(allLeaves|grandchildren)", item_api.all_leaves),
    _route("GET HEAD", _ITEMS + r"/extras", item_api.extras),
    _route("PUT", _ITEMS + r"/analyze", item_api.analyze),
    _route("PUT", _ITEMS + r"/refresh", item_api.refresh),
    _route("GET HEAD", r"/library/all", item_api.library_all),
    _route("GET HEAD", r"/library/recentlyAdded", item_api.recently_added),
    _route("GET", r"/hubs/search", item_api.hub_search),
    _route("GET HEAD", r"/library/onDeck|/playlists|/hubs(/.*)?", section_api.empty_listing),
    _route("GET HEAD", r"/clients|/status/sessions(/.*)?", section_api.empty_listing),
    _route("GET HEAD", r"/activities", server_api.activities),
    _route("DELETE", r"/activities/(?P<uuid>[^/]+)", server_api.cancel_activity),
    _route("GET HEAD", r"/media/providers", server_api.providers),
    _route("GET HEAD PUT", r"/:/prefs", server_api.preferences),
    _route("GET HEAD", r"/accounts", server_api.accounts),
    _route("GET POST DELETE", r"/butler(/(?P<task>[^/]+))?", server_api.butler),
    _route("GET HEAD", r"/services/browse(/(?P<path>.*))?", browse_api.browse),
    _route("GET HEAD PUT", r"/updater/(check|status|apply)", server_api.updater),
    _route("GET", r"/security/token", server_api.security_token),
)


def find_handler(method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
    """Return the handler and the parameters from the path."""
    found = _find_route(method, path)
    return None if found is None else (found[0], dict(found[1]))


@lru_cache(10_000)
def _find_route(method: str, path: str) -> tuple[Handler, dict[str, str]] | None:
    for route in ROUTES:
        if method in route.methods and (match := route.pattern.fullmatch(path)):
            groups = {name: value for name, value in match.groupdict().items() if value is not None}
            return route.handler, groups
    return None
