"""Requests for folders, single items and pages."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.plex.client import PlexClient
from custom_components.plex_smart_scan.scanner.plex.errors import PlexError
from tests.fake_plex import FakePlex, Fault, samples


class TestBrowse:
    """Whether the server answers questions about its disk."""

    @pytest.mark.parametrize("status", [0, 400, 403, 404])
    async def test_refused_browsing_means_that_browsing_is_unavailable(
        self, fake_plex: FakePlex, client: PlexClient, status: int
    ) -> None:
        """A refusal is a response."""
        fake_plex.quirks.browse_refused = status

        assert await client.can_browse() is not bool(status)

    async def test_browsing_an_unavailable_server_raises_an_error(
        self, fake_plex: FakePlex, client: PlexClient
    ) -> None:
        """No response is an error."""
        fake_plex.faults.add(Fault("status", status=503))

        with pytest.raises(PlexError):
            await client.can_browse()

    async def test_server_checks_files_without_a_refresh(
        self, fake_plex: FakePlex, client: PlexClient, tmp_path: Path
    ) -> None:
        """The server checks the files of an item without refreshing it."""
        path = samples.add_movie(tmp_path, "Tenet (2020)")
        fake_plex.add_library("Movies", "movie", {str(tmp_path): tmp_path})
        fake_plex.seed()
        (library,) = await client.libraries()
        (file,) = (await client.find(library, path.name, 10)).files

        assert await client.files_missing_on_disk(file.rating_key) == frozenset()
        path.unlink()
        assert await client.files_missing_on_disk(file.rating_key) == frozenset({str(path)})
        assert fake_plex.stats.requests[-1].query == {"checkFiles": "1", "skipRefresh": "1"}
        assert await client.files_missing_on_disk(99_999) is None


async def test_page_can_start_anywhere(fake_plex: FakePlex, client: PlexClient, tmp_path: Path) -> None:
    """A page can begin anywhere; the total counts all matches."""
    samples.build_movie_tree(tmp_path, movies=10)
    fake_plex.add_library("Movies", "movie", {str(tmp_path): tmp_path})
    fake_plex.seed()
    (library,) = await client.libraries()

    pages = [await client.find(library, "/", limit, start=start) for start, limit in ((0, 2), (5, 1), (9, 1), (10, 1))]

    assert [(len(page.files), page.total) for page in pages] == [(2, 10), (1, 10), (1, 10), (0, 10)]
    assert len({file.file for page in pages for file in page.files}) == 4
