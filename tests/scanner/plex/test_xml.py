"""Reading XML responses: libraries, activities, folders, totals and numbers."""

from xml.etree.ElementTree import Element

import pytest

from custom_components.plex_smart_scan.scanner.models import Library, LibraryType
from custom_components.plex_smart_scan.scanner.plex.xml import (
    Activity,
    Entry,
    Page,
    activities,
    entries,
    libraries,
    newest,
    number,
    page,
    storage,
    total,
)

from .recorded_responses import MISS, SECTIONS, files, item, xml


def test_libraries_have_their_locations() -> None:
    """Libraries with their locations, without types that have no files."""
    assert libraries(xml(SECTIONS)) == (
        Library(
            id=1,
            title="Movies",
            type=LibraryType.MOVIE,
            locations=("/media/Movies",),
            agent="tv.plex.agents.movie",
        ),
        Library(
            id=2,
            title="TV Shows",
            type=LibraryType.SHOW,
            locations=("/storage/tvshows", "D:\\TV"),
            agent="com.plexapp.agents.thetvdb",
            refreshing=True,
        ),
        Library(id=3, title="Music", type=LibraryType.ARTIST, locations=(), agent="tv.plex.agents.music"),
        Library(id=4, title="Photos", type=LibraryType.PHOTO, locations=(), agent="com.plexapp.agents.none"),
    )


def test_activities_have_their_library() -> None:
    """The server's activities, with their library once it is known, or with the item that is refreshed."""
    text = """<MediaContainer size="4">
    <Activity uuid="d6" cancellable="0" progress="7" subtitle="Downloaded 173 airings" title="Refreshing EPG"
     type="provider.epg.load" userID="1"><Context name="value"/><Response name="value"/></Activity>
    <Activity uuid="a1" type="library.update.section" title="Scanning" progress="-1"/>
    <Activity uuid="b2" type="library.update.section" title="Scanning Movies"><Context librarySectionID="12"/>
    </Activity>
    <Activity uuid="c3" type="library.refresh.items" title="Refreshing">
     <Context key="/library/metadata/8201"/></Activity>
    </MediaContainer>"""

    assert activities(xml(text)) == (
        Activity("d6", "provider.epg.load", None, "Refreshing EPG"),
        Activity("a1", "library.update.section", None, "Scanning"),
        Activity("b2", "library.update.section", 12, "Scanning Movies"),
        Activity("c3", "library.refresh.items", None, "Refreshing", item=8201),
    )


@pytest.mark.parametrize(
    ("child", "entry"),
    [
        ('<Path title="Season 01" path="/tv/Show/Season 01" key="/services/browse/x"/>', Entry("Season 01", True)),
        ('<File title="x.mkv" path="/tv/Show/x.mkv"/>', Entry("x.mkv", False)),
        ('<Path path="D:\\TV\\Show\\"/>', Entry("Show", True)),
        ('<Path title="Home"/>', Entry("Home", True)),
        (r'<File title="x" path="/tv/AC\DC.mkv"/>', Entry("AC\\DC.mkv", False)),
    ],
)
def test_browsed_folder_has_files_and_folders(child: str, entry: Entry) -> None:
    """Names of folders and files; anything else in the response is ignored."""
    assert entries(xml(f"<MediaContainer>{child}<Other/></MediaContainer>")) == (entry,)


def test_newest_item_is_the_first_of_the_page() -> None:
    """The first item of a page sorted by date; an empty library has none."""
    page_of_one = item("", 'ratingKey="7" type="movie" title="Film" addedAt="1631586399"')

    assert newest(xml(page_of_one)) == ("Film", 1631586399)
    assert newest(xml(MISS)) is None


@pytest.mark.parametrize("added", ["-1", str(10**12), str(2**63 - 1), "9" * 400, "soon"])
def test_time_that_cannot_be_shown_is_unknown(added: str) -> None:
    """A time outside the years 1970 to 9999 is unknown; the title is still returned."""
    assert newest(xml(item("", f'ratingKey="7" type="movie" title="Film" addedAt="{added}"'))) == ("Film", None)


@pytest.mark.parametrize("pivots", ["", '<Pivot id="recommended" /><Pivot id="library" />'])
def test_storage_is_read_by_library(pivots: str) -> None:
    """Duration and storage by library, with or without children (plexapi fails without); Home has no id."""
    text = f"""<MediaContainer><MediaProvider identifier="com.plexapp.plugins.library">
    <Feature key="/library/sections" type="content"><Directory hubKey="/hubs" title="Home" />
    <Directory id="1" key="/library/sections/1" durationTotal="3600000" storageTotal="123">{pivots}</Directory>
    <Directory id="2" storageTotal="5">{pivots}</Directory><Directory id="3">{pivots}</Directory>
    </Feature></MediaProvider></MediaContainer>"""

    assert storage(xml(text)) == {1: (3600000, 123), 2: (None, 5)}


@pytest.mark.parametrize(
    "text",
    [
        item('<Media><Part file="/x"/></Media>', 'ratingKey="abc"').replace('totalSize="1"', 'totalSize="many"'),
        "<MediaContainer><Video><Media><Part file='/x'/></Media></Video></MediaContainer>",
        '<MediaContainer><Directory type="movie" key="x" /><Directory type="movie" /></MediaContainer>',
        "<html><head><title>Not Plex</title></head><body/></html>",
        f'<MediaContainer><Video ratingKey="{"9" * 5000}"><Media><Part file="/x"/></Media></Video></MediaContainer>',
    ],
    ids=["keys are no numbers", "no keys", "libraries without keys", "no Plex", "endless number"],
)
def test_elements_without_a_key_are_ignored(text: str) -> None:
    """Elements without a usable key are ignored."""
    root = xml(text)

    assert page(root) == Page((), 0)
    assert libraries(root) == ()


def test_invalid_number_is_unknown() -> None:
    """An invalid number is unknown; the file is still returned."""
    (file,) = files(
        item(
            '<Media duration="?" bitrate=""><Part file="/x" size="big"'
            f' key="/library/parts/1/{"9" * 5000}/file.mkv"/></Media>'
        )
    )

    assert (file.size, file.stamp, file.duration, file.bitrate) == (None, None, None, None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12), ("0", 0), ("-1", -1), ("", None), (None, None), ("1.5", None),
        (str(2**63 - 1), 2**63 - 1), (str(2**63), None), ("9" * 400, None),
    ],
)  # fmt: skip
def test_number_is_a_whole_number_or_none(text: str | None, value: int | None) -> None:
    """A whole number, or nothing."""
    assert number(text) == value


def test_empty_container_is_read_without_an_error() -> None:
    """No function requires an element to exist."""
    empty = Element("MediaContainer")

    assert (libraries(empty), activities(empty), entries(empty), storage(empty), total(empty)) == ((), (), (), {}, None)
