"""Plex's XML as recorded from real servers (published recordings of python-plexapi, Home Assistant and others)."""

import dataclasses
from xml.etree.ElementTree import Element, fromstring

import pytest

from custom_components.plex_smart_scan.scanner.models import Library, LibraryType, MediaFile
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

# Plex 1.43.1: GET /library/sections/1/all?file=Test+Movie+H264+%282024%29.mkv&type=1
HIT = """<?xml version="1.0" encoding="UTF-8"?>
<MediaContainer size="1" totalSize="1" offset="0" allowSync="1" art="/:/resources/movie-fanart.jpg"
 identifier="com.plexapp.plugins.library" librarySectionID="1" librarySectionTitle="Movies" viewGroup="movie">
<Video ratingKey="1" key="/library/metadata/1" guid="plex://movie/68e62cc50d1f89b18a4e533d" slug="test-movie-g-boaf"
 type="movie" title="Test Movie: G-BOAF" summary="" year="2025" thumb="/library/metadata/1/thumb/1777346607"
 duration="30023" originallyAvailableAt="2025-01-01">
<Media id="1" duration="30023" bitrate="3250" width="1280" height="720" aspectRatio="1.78" audioChannels="1"
 audioCodec="aac" videoCodec="h264" videoResolution="720" container="mkv" videoFrameRate="NTSC" videoProfile="high">
<Part id="1" key="/library/parts/1/1777598686/file.mkv" duration="30023"
 file="/media/Movies/Test Movie H264 (2024)/Test Movie H264 (2024).mkv" size="12213299" container="mkv" indexes="sd" />
</Media>
<Image alt="Test Movie: G-BOAF" type="coverPoster" url="/library/metadata/1/thumb/1777346607" />
<UltraBlurColors topLeft="49053c" topRight="0404f7" bottomRight="0404f7" bottomLeft="ae0343" />
<Genre tag="Action" /><Country tag="United Kingdom" /><Role tag="Sushma H" />
</Video>
</MediaContainer>"""
# The same server: file=MPG_Cassette_Sentinel_DoesNotExist_99999.mkv
MISS = """<?xml version="1.0" encoding="UTF-8"?>
<MediaContainer size="0" totalSize="0" offset="0" allowSync="1" librarySectionID="1" librarySectionTitle="Movies">
</MediaContainer>"""
# Home Assistant's fixture of a 1.20 server, with a music and a photo library added in the same shape.
SECTIONS = """<MediaContainer size="4" allowSync="0" title1="Plex Library">
<Directory allowSync="1" filters="1" refreshing="0" key="1" type="movie" title="Movies" agent="tv.plex.agents.movie"
 scanner="Plex Movie" language="en-US" createdAt="1777346604" scannedAt="1777585301" content="1" hidden="0">
<Location id="1" path="/media/Movies" />
</Directory>
<Directory refreshing="1" key="2" type="show" title="TV Shows" agent="com.plexapp.agents.thetvdb" uuid="80208576">
<Location id="2" path="/storage/tvshows" /><Location id="3" path="D:\\TV" />
</Directory>
<Directory key="3" type="artist" title="Music" agent="tv.plex.agents.music" />
<Directory key="4" type="photo" title="Photos" agent="com.plexapp.agents.none" />
<Directory key="5" type="playlist" title="Something new" />
</MediaContainer>"""


def xml(text: str) -> Element:
    """Parse a response."""
    return fromstring(text)  # noqa: S314 - our own text


def files(text: str) -> tuple[MediaFile, ...]:
    """Read the files of a page."""
    return page(xml(text)).files


def item(media: str, attributes: str = 'ratingKey="7" type="episode" title="Pilot"') -> str:
    """Make a page of one item."""
    return f'<MediaContainer totalSize="1"><Video {attributes}>{media}</Video></MediaContainer>'


def test_recorded_item_is_read_completely() -> None:
    """A recorded response, read completely."""
    found = page(xml(HIT))

    assert found == Page(
        files=(
            MediaFile(
                rating_key=1,
                type="movie",
                title="Test Movie: G-BOAF",
                full_title="Test Movie: G-BOAF",
                file="/media/Movies/Test Movie H264 (2024)/Test Movie H264 (2024).mkv",
                size=12213299,
                stamp=1777598686,
                duration=30023,
                bitrate=3250,
                resolution="720",
            ),
        ),
        total=1,
    )


def test_look_up_without_a_result_is_an_empty_page() -> None:
    """A look-up without a result is an empty page."""
    assert page(xml(MISS)) == Page((), 0)


def test_total_is_reported_separately_from_the_page() -> None:
    """The page is limited; the total is reported separately."""
    assert page(xml('<MediaContainer size="0" totalSize="100000" />')).total == 100_000
    assert page(xml('<MediaContainer size="3" />')).total == 3
    assert total(xml('<MediaContainer size="0" totalSize="10" allowSync="1" />')) == 10
    assert total(xml('<MediaContainer size="1" />')) is None


@pytest.mark.parametrize(
    ("key", "stamp"),
    [
        ("/library/parts/598189/1691462607/file.mkv", 1691462607),
        ("/library/parts/827/file.mkv", None),
        ("/library/parts/827/0/file.mkv", 0),
        ("", None),
        ("/library/streams/1", None),
    ],
)
def test_file_time_is_read_from_the_key_of_the_part(key: str, stamp: int | None) -> None:
    """The number in the part's key is the file's time; very old servers have none."""
    (file,) = files(item(f'<Media><Part key="{key}" file="/tv/x.mkv" /></Media>'))

    assert file.stamp == stamp


def test_movie_in_two_files_has_two_sizes_and_durations() -> None:
    """A movie in two files, each with its own size and duration."""
    found = files(
        item(
            '<Media duration="200" bitrate="9"><Part file="/m/cd1.avi" size="1" duration="90" />'
            '<Part file="/m/cd2.avi" size="2" /></Media>'
        )
    )

    assert [(file.file, file.size, file.duration, file.bitrate) for file in found] == [
        ("/m/cd1.avi", 1, 90, 9),
        ("/m/cd2.avi", 2, 200, 9),
    ]


@pytest.mark.parametrize(
    ("media", "parts", "streams"),
    [
        ('videoCodec="h264"', ["duration='90'"], [True]),
        ('audioCodec="mp3"', [""], [True]),
        ('duration="90"', ["duration='90'"], [False]),
        ('videoCodec="h264" duration="90"', ["duration='90'", ""], [True, False]),
    ],
    ids=["video", "sound", "neither", "nothing read of the second part"],
)
def test_missing_streams_are_recognized(media: str, parts: list[str], streams: list[bool]) -> None:
    """Whether Plex found video or audio in a file: a Media with two parts describes them together."""
    text = "".join(f'<Part file="/m/{number}" {part} />' for number, part in enumerate(parts))

    assert [file.streams for file in files(item(f"<Media {media}>{text}</Media>"))] == streams


def test_each_version_has_the_values_of_its_media() -> None:
    """An item with two versions, each with the values of its own Media."""
    found = files(
        item(
            '<Media videoResolution="1080"><Part file="/m/a.mkv" /></Media>'
            '<Media videoResolution="4k"><Part file="/m/b.mkv" /></Media>'
        )
    )

    assert [(file.file, file.resolution) for file in found] == [("/m/a.mkv", "1080"), ("/m/b.mkv", "4k")]


def test_multi_episode_file_is_two_episodes() -> None:
    """S01E01-E02: two episodes with one file."""
    both = "".join(
        f'<Video ratingKey="{key}" type="episode" title="Part {key}"><Media><Part file="/tv/x.mkv" /></Media></Video>'
        for key in (1, 2)
    )

    found = files(f'<MediaContainer totalSize="2">{both}</MediaContainer>')

    assert [(file.rating_key, file.file) for file in found] == [(1, "/tv/x.mkv"), (2, "/tv/x.mkv")]


def test_optimized_version_is_not_a_file() -> None:
    """A version that Plex converted is not a file of the user."""
    found = files(
        item(
            '<Media proxyType="42"><Part file="/m/Plex Versions/x.mp4" /></Media>'
            '<Media><Part file="/m/x.mkv" /></Media>'
        )
    )

    assert [file.file for file in found] == ["/m/x.mkv"]


@pytest.mark.parametrize("where", ["item", "media", "part"])
def test_files_in_the_trash_are_marked(where: str) -> None:
    """Files in the trash stay listed, marked at the item, the version or the file."""
    mark = {"item": "", "media": "", "part": ""} | {where: 'deletedAt="1682628386"'}
    text = item(
        f'<Media {mark["media"]}><Part {mark["part"]} file="/tv/x.mkv" /></Media>',
        f'ratingKey="7" type="episode" title="Pilot" {mark["item"]}',
    )

    assert [file.trashed for file in files(text)] == [True]


def test_other_version_is_not_in_the_trash() -> None:
    """The other version is not in the trash."""
    text = item('<Media deletedAt="1"><Part file="/m/a.mkv" /></Media><Media><Part file="/m/b.mkv" /></Media>')

    assert [file.trashed for file in files(text)] == [True, False]


def test_part_without_a_path_is_ignored() -> None:
    """Users other than the owner see parts without their path."""
    assert files(item('<Media><Part id="1" key="/library/parts/1/2/file.mkv" /></Media>')) == ()


@pytest.mark.parametrize(
    ("attributes", "full_title"),
    [
        ('type="movie" title="Film"', "Film"),
        ('type="episode" title="Pilot" grandparentTitle="Show" parentIndex="1" index="2"', "Show – S01E02 Pilot"),
        ('type="episode" title="Extra" grandparentTitle="Show" parentIndex="0" index="112"', "Show – S00E112 Extra"),
        ('type="episode" title="News" grandparentTitle="Show" originallyAvailableAt="2025-01-01"', "Show – News"),
        ('type="episode" title="Alone"', "Alone"),
        ('type="track" title="Song" grandparentTitle="Artist" parentTitle="Album"', "Artist – Album – Song"),
        ('type="photo" title="IMG_1" parentTitle="2024"', "IMG_1"),
    ],
)
def test_full_title_identifies_the_item(attributes: str, full_title: str) -> None:
    """A title that identifies the item for people."""
    (file,) = files(item('<Media><Part file="/x" /></Media>', f'ratingKey="7" {attributes}'))

    assert file.full_title == full_title


def test_episode_has_the_keys_of_season_and_show() -> None:
    """The keys of season and show, and the time of the last refresh."""
    attributes = 'ratingKey="5" parentRatingKey="4" grandparentRatingKey="3" updatedAt="1691510335" type="episode"'
    (file,) = files(item('<Media><Part file="/x" /></Media>', attributes))

    assert (file.parent_key, file.grandparent_key, file.updated_at) == (4, 3, 1691510335)


@pytest.mark.parametrize(
    ("kind", "duration", "playable"),
    [("movie", None, False), ("movie", 0, False), ("movie", 1, True), ("photo", None, True)],
)
def test_file_without_duration_is_not_playable(kind: str, duration: int | None, playable: bool) -> None:
    """A file without anything to play has no duration; a photo needs none."""
    (file,) = files(HIT)

    assert dataclasses.replace(file, type=kind, duration=duration).playable is playable


def test_file_without_streams_is_not_playable() -> None:
    """A duration alone is not enough; a photo needs no streams."""
    (file,) = files(HIT)
    silent = dataclasses.replace(file, streams=False)

    assert not silent.playable
    assert dataclasses.replace(silent, type="photo").playable


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
    """The server's activities, with their library once it is known; the butler is always there."""
    text = """<MediaContainer size="3">
    <Activity uuid="d6" cancellable="0" progress="7" subtitle="Downloaded 173 airings" title="Refreshing EPG"
     type="provider.epg.load" userID="1"><Context name="value"/><Response name="value"/></Activity>
    <Activity uuid="a1" type="library.update.section" title="Scanning" progress="-1"/>
    <Activity uuid="b2" type="library.update.section" title="Scanning Movies"><Context librarySectionID="12"/>
    </Activity>
    </MediaContainer>"""

    assert activities(xml(text)) == (
        Activity("d6", "provider.epg.load", None, "Refreshing EPG"),
        Activity("a1", "library.update.section", None, "Scanning"),
        Activity("b2", "library.update.section", 12, "Scanning Movies"),
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
