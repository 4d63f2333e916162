"""Reading XML responses: the media files of a page, with their sizes, durations, streams and titles."""

import dataclasses

import pytest

from custom_components.plex_smart_scan.scanner.models import MediaFile
from custom_components.plex_smart_scan.scanner.plex.xml import Page, page, total

from .recorded_responses import HIT, MISS, files, item, xml


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
