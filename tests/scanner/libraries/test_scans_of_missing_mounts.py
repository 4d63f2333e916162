"""Which scans are requested while a location is missing, or its state is unknown."""

from pathlib import Path

import pytest

from custom_components.plex_smart_scan.scanner.paths.clean_path import CleanPath, clean
from tests.fake_plex import FakePlex, samples
from tests.scanner.libraries.conftest import Queries

from .conftest import LOCATION, missing


@pytest.mark.usefixtures("shows")
class TestScans:
    """Which scans are allowed."""

    @pytest.mark.parametrize("folder", [None, LOCATION, LOCATION.join("Alpha", "Season 01")], ids=str)
    async def test_missing_location_is_not_scanned_with_any_scope(
        self, queries: Queries, folder: CleanPath | None
    ) -> None:
        """No scan of any width reads a missing location."""
        library = await queries.library()
        queries.plex.unmount("/data/tv")

        assert await missing(queries, library, folder) == LOCATION

    async def test_only_narrow_scans_are_allowed_if_the_state_is_unknown(self, queries: Queries) -> None:
        """With an unknown state only narrow scans are allowed."""
        library = await queries.library()
        queries.plex.quirks.browse_refused = 403

        assert await missing(queries, library, LOCATION.join("Alpha")) is None
        assert await missing(queries, library, LOCATION) == LOCATION
        assert await missing(queries, library, None) == LOCATION

    async def test_scan_of_the_library_requires_both_locations(
        self, queries: Queries, fake_plex: FakePlex, tmp_path: Path
    ) -> None:
        """A scan of the whole library reads the other location too; a scan of a folder does not."""
        roots = {"/data/m1": tmp_path / "m1", "/data/m2": tmp_path / "m2"}
        for root in roots.values():
            samples.build_movie_tree(root, movies=3)
        fake_plex.add_library("Movies", "movie", roots)
        fake_plex.seed()
        library = (await queries.client.libraries())[1]
        fake_plex.unmount("/data/m2")
        first, second = clean("/data/m1"), clean("/data/m2")

        assert await missing(queries, library, first, first) is None
        assert await missing(queries, library, second, second) == second
        assert await missing(queries, library, None, first) == second

    async def test_empty_location_that_the_user_confirmed_is_scanned_once(self, queries: Queries) -> None:
        """The confirmation of the user holds for one scan of an empty location; the next one is refused again."""
        library = await queries.library()
        queries.plex.unmount("/data/tv")
        queries.mounts.mark_missing(library, LOCATION)
        queries.mounts.confirm_empty_once(library, LOCATION)

        assert queries.mounts.is_empty_confirmed(library, LOCATION)
        assert await missing(queries, library, LOCATION) is None
        # The scan of a folder for a waiting request may come first: that is not the scan that was confirmed.
        queries.mounts.use_up_confirmations(library, LOCATION.join("Show 1"), LOCATION)
        assert await missing(queries, library, LOCATION) is None
        queries.mounts.use_up_confirmations(library, LOCATION, LOCATION)

        assert queries.mounts.missing == ()
        assert not queries.mounts.is_empty_confirmed(library, LOCATION)
        assert await missing(queries, library, LOCATION) == LOCATION
