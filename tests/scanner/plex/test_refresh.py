"""The request that starts a scan: with GET or POST, depending on the server."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.errors import ErrorKind, PlexError
from tests.fake_plex import FakePlex, Fault


class TestRefresh:
    """GET works on every recorded version, POST is the documented form."""

    @pytest.mark.parametrize("folder", [None, "/data/m/Tenet (2020) & more"])
    async def test_refresh_uses_post_if_get_is_not_found(
        self, fake_plex: FakePlex, client: PlexClient, tmp_path: Any, folder: str | None
    ) -> None:
        """POST is used if GET is not found while the library still exists."""
        fake_plex.quirks.refresh_methods = "post"
        fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})
        (library,) = await client.libraries()
        fake_plex.stats.reset()

        await client.refresh(library, folder)

        sent = [
            (request.method, request.query, request.status)
            for request in fake_plex.stats.requests
            if request.matches("/library/sections*")
        ]
        query = {} if folder is None else {"path": folder}
        assert sent == [("GET", query, 404), ("GET", {}, 200), ("POST", query, 200)]

    async def test_refresh_sends_no_post_if_get_succeeds(
        self, fake_plex: FakePlex, client: PlexClient, tmp_path: Any
    ) -> None:
        """There is no second request if GET succeeds."""
        fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})
        (library,) = await client.libraries()
        fake_plex.stats.reset()

        await client.refresh(library, "/data/m")

        assert fake_plex.stats.count("/library/sections*") == fake_plex.stats.count("*/refresh", "GET") == 1

    async def test_refresh_of_a_removed_library_is_not_found(
        self, fake_plex: FakePlex, client: PlexClient, tmp_path: Any
    ) -> None:
        """A 404 for a library that is no longer listed is reported."""
        fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})
        (library,) = await client.libraries()

        with pytest.raises(PlexError) as error:
            await client.refresh(replace(library, id=99), None)

        assert error.value.kind is ErrorKind.NOT_FOUND
        assert fake_plex.stats.count("*/refresh", "POST") == 0

    async def test_refresh_fails_if_post_is_not_found_either(
        self, fake_plex: FakePlex, client: PlexClient, tmp_path: Any
    ) -> None:
        """If POST is not found either, that is the error."""
        fake_plex.add_library("Movies", "movie", {"/data/m": tmp_path})
        (library,) = await client.libraries()
        fake_plex.faults.add(Fault("status", status=404, path="*/refresh"))

        with pytest.raises(PlexError) as error:
            await client.refresh(library, None)

        assert error.value.kind is ErrorKind.NOT_FOUND
