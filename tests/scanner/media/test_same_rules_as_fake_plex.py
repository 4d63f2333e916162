"""The naming rules agree with those of the fake Plex server for random names."""

from hypothesis import given, strategies as st
import pytest

from custom_components.plex_smart_scan.scanner.media.extensions import VIDEO
from custom_components.plex_smart_scan.scanner.media.naming_rules import (
    folders_are_scanned,
    is_media,
    is_system_folder,
    may_be_media,
)
from custom_components.plex_smart_scan.scanner.models import LibraryType
from tests.fake_plex import ignoring, media_types

LARGE, SMALL = 400 * 10**6, 20 * 10**6  # bytes


class TestAgainstPlex:
    """No file that the scanner of the fake Plex indexes counts as ignored."""

    WORDS = (
        *("extras", "Extra", "sample", "samples", "bonus", "Bonus Disc", "bdmv", "VIDEO_TS", "interview", "scene"),
        *("other", "trailer", "deleted", "behind the scenes", "behind.the.scenes", "featurettes", "short"),
        *("movie-trailer", "Film", "@eaDir", "_UNPACK_", "_FAILED_", "lost+found", ".itlp", "@Recycle"),
        *(".photoslibrary", "#recycle", "Temporary Items", "$RECYCLE.BIN", "System Volume Information"),
        *("Plex Versions", "Season 01", " ", "-", ".", "_", "s", "!", "2"),
    )
    NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("".join)
    ENDINGS = st.sampled_from(sorted(VIDEO | media_types.AUDIO_EXTENSIONS | media_types.PHOTO_EXTENSIONS | {"srt"}))

    @given(name=NAMES, library=st.sampled_from(LibraryType))
    def test_skipped_folders_are_those_of_the_fake_plex(self, name: str, library: LibraryType) -> None:
        """The same folders are skipped, at the top and below."""
        for folders in ((name,), ("Thing", name)):
            at_the_top = len(folders) == 1
            assert folders_are_scanned(folders, library) is not ignoring.ignored_folder(
                name, library, at_the_top=at_the_top
            )

    @given(name=NAMES, ending=ENDINGS, library=st.sampled_from(LibraryType), size=st.sampled_from([0, 1, SMALL, LARGE]))
    def test_files_that_the_fake_plex_indexes_are_media(
        self, name: str, ending: str, library: LibraryType, size: int
    ) -> None:
        """A file that the scanner indexes is media."""
        file = f"{name}.{ending}"
        taken = media_types.is_indexed(file, library) and not ignoring.ignored_file(file, size, library)

        assert is_media(file, library, size) or not taken

    @pytest.mark.parametrize("library", LibraryType)
    def test_every_extension_of_plex_is_known(self, library: LibraryType) -> None:
        """Every extension in Plex's lists is known."""
        endings = media_types.AUDIO_EXTENSIONS | media_types.VIDEO_EXTENSIONS | media_types.PHOTO_EXTENSIONS
        taken = {ending for ending in endings if media_types.is_indexed(f"x.{ending}", library)}

        assert {ending for ending in taken if not may_be_media(f"x.{ending}", library)} == set()

    @given(name=NAMES)
    def test_system_folders_are_the_same_in_every_library(self, name: str) -> None:
        """A system folder is one whatever the library holds."""
        assert not is_system_folder(name) or not any(folders_are_scanned((name,), library) for library in LibraryType)
