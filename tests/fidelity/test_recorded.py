"""Headers and attributes as recorded on PMS 1.43.1.10611 (and 1.20 where said)."""

from multidict import CIMultiDictProxy
import pytest

from tests.fake_plex import FakeLibrary, FakePlex
from tests.fidelity.client import Client

NOT_FOUND = "<html><head><title>Not Found</title></head><body><h1>404 Not Found</h1></body></html>"
UNAUTHORIZED = "<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>"
# The recorder took addedAt and updatedAt out of the listing; slug, art and tags are not ours to invent.
RECORDED_CONTAINER = (
    "size totalSize offset allowSync art identifier librarySectionID librarySectionTitle librarySectionUUID "
    "mediaTagPrefix mediaTagVersion thumb title1 title2 viewGroup viewMode"
)
RECORDED_VIDEO = "ratingKey key guid type title summary year thumb duration originallyAvailableAt"
RECORDED_MEDIA = (
    "id duration bitrate width height aspectRatio audioChannels audioCodec videoCodec videoResolution container "
    "videoProfile"
)
RECORDED_PART = "id key duration file size container videoProfile"
RECORDED_SECTION = (
    "allowSync art composite filters refreshing thumb key type title agent scanner language uuid updatedAt createdAt "
    "scannedAt content directory contentChangedAt hidden"
)
RECORDED_ROOT = (
    "size allowCameraUpload allowChannelAccess allowMediaDeletion allowSharing allowSync allowTuners apiVersion "
    "backgroundProcessing certificate companionProxy countryCode diagnostics eventStream friendlyName hubSearch "
    "itemClusters livetv machineIdentifier mediaProviders multiuser musicAnalysis myPlex myPlexMappingState "
    "myPlexSigninState myPlexSubscription myPlexUsername offlineTranscode ownerFeatures platform platformVersion "
    "pluginHost pushNotifications readOnlyLibraries streamingBrainABRVersion streamingBrainVersion sync "
    "transcoderActiveVideoSessions transcoderAudio transcoderLyrics transcoderPhoto transcoderSubtitles "
    "transcoderVideo transcoderVideoBitrates transcoderVideoQualities transcoderVideoResolutions updatedAt updater "
    "version voiceSearch"
)


def common(headers: CIMultiDictProxy[str]) -> dict[str, str | None]:
    """Return the headers every recorded answer has."""
    return {name: headers.get(name) for name in ("Cache-Control", "Connection", "Keep-Alive", "X-Plex-Protocol")}


COMMON = {
    "Cache-Control": "no-cache",
    "Connection": "Keep-Alive",
    "Keep-Alive": "timeout=20",
    "X-Plex-Protocol": "1.0",
}


async def test_look_up_with_a_result_matches_the_recording(client: Client, movies: FakeLibrary) -> None:
    """The lookup's answer has the recorded headers, attributes and order."""
    reply = await client.ask(
        "/library/sections/1/all",
        file="Alpha (2001).mkv",
        type=1,
        headers={"X-Plex-Container-Start": "0", "X-Plex-Container-Size": "100"},
    )

    assert reply.status == 200
    assert common(reply.headers) == COMMON
    assert reply.headers["Content-Type"] == "text/xml;charset=utf-8"
    assert reply.headers["X-Plex-Container-Start"] == "0"
    assert reply.headers["X-Plex-Container-Total-Size"] == "1"
    assert int(reply.headers["X-Plex-Content-Original-Length"]) == len(reply.text.encode())
    assert int(reply.headers["X-Plex-Content-Compressed-Length"]) < len(reply.text.encode())
    assert reply.text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<MediaContainer size="1" totalSize="1" ')
    container = reply.xml
    (video,) = container
    media, part = video[0], video[0][0]
    assert list(container.attrib) == RECORDED_CONTAINER.split()
    assert [name for name in video.attrib if name not in {"addedAt", "updatedAt"}] == RECORDED_VIDEO.split()
    assert list(media.attrib) == RECORDED_MEDIA.split()
    assert list(part.attrib) == RECORDED_PART.split()
    assert (container.get("title1"), container.get("title2"), container.get("viewGroup")) == (
        "Movies",
        "All Movies",
        "movie",
    )
    assert part.get("file") == "/data/movies/Alpha (2001)/Alpha (2001).mkv"
    assert "\n<Media " in reply.text
    assert reply.text.endswith("</Video>\n</MediaContainer>\n")


async def test_look_up_without_a_result_matches_the_recording(client: Client, movies: FakeLibrary) -> None:
    """A miss is an empty container, not an error and not a shortened tag."""
    reply = await client.ask(
        "/library/sections/1/all",
        file="DoesNotExist_99999.mkv",
        type=1,
        headers={"X-Plex-Container-Start": "0", "X-Plex-Container-Size": "100"},
    )

    assert reply.status == 200
    assert reply.headers["X-Plex-Container-Total-Size"] == "0"
    assert '<MediaContainer size="0" totalSize="0" offset="0" allowSync="1" ' in reply.text
    assert reply.text.endswith('viewGroup="movie" viewMode="65592">\n</MediaContainer>\n')


async def test_sections_match_the_recording(client: Client, movies: FakeLibrary, shows: FakeLibrary) -> None:
    """A section has all the attributes seen on 1.43 and 1.20, and its locations inside."""
    for path in ("/library/sections", "/library/sections/"):
        reply = await client.ask(path)
        assert '<MediaContainer size="2" allowSync="0" title1="Plex Library">' in reply.text
        assert [list(row.attrib) for row in reply.xml] == [RECORDED_SECTION.split()] * 2
        assert '<Location id="1" path="/data/movies" />\n</Directory>' in reply.text
    row = reply.xml[0].attrib
    assert (row["agent"], row["scanner"], row["language"]) == ("tv.plex.agents.movie", "Plex Movie", "en-US")
    assert (row["refreshing"], row["content"], row["directory"], row["hidden"]) == ("0", "1", "1", "0")


async def test_sections_as_json_match_the_recording(client: Client, movies: FakeLibrary) -> None:
    """In JSON booleans are booleans, numbers numbers, keys strings, locations a list."""
    reply = await client.ask("/library/sections", headers={"Accept": "application/json"})

    assert reply.headers["Content-Type"] == "application/json"
    (row,) = reply.json["Directory"]
    assert row["key"] == "1"
    assert row["Location"] == [{"id": 1, "path": "/data/movies"}]
    assert (row["allowSync"], row["content"], row["refreshing"], row["hidden"]) == (True, True, False, 0)
    assert isinstance(row["scannedAt"], int)


async def test_episode_as_json_matches_the_recording(client: Client, shows: FakeLibrary) -> None:
    """Episodes are Metadata, with lists of Media and Part; rating keys are strings."""
    reply = await client.ask("/library/sections/1/all", type=4, headers={"Accept": "application/json"})

    episode = reply.json["Metadata"][0]
    assert isinstance(episode["ratingKey"], str)
    assert (episode["type"], episode["grandparentTitle"], episode["parentTitle"]) == ("episode", "Gamma", "Season 1")
    assert (episode["index"], episode["parentIndex"]) == (1, 1)
    part = episode["Media"][0]["Part"][0]
    assert part["key"] == f"/library/parts/{part['id']}/{client.plex.parts(part['file'])[0].stamp}/file.mkv"
    assert isinstance(part["size"], int)


async def test_empty_list_has_no_json_key(client: Client) -> None:
    """An empty list has no key in JSON."""
    reply = await client.ask("/library/sections", headers={"Accept": "application/json"})

    assert reply.json == {"size": 0, "allowSync": False, "title1": "Plex Library"}


async def test_root_matches_the_recording(client: Client, fake_plex: FakePlex) -> None:
    """The server introduces itself with every recorded attribute and its 25 directories."""
    root = (await client.ask("/")).xml

    assert [name for name in root.attrib if name != "size"] == RECORDED_ROOT.split()[1:]
    assert root.get("size") == "25"
    assert len(root) == 25
    assert root[0].attrib == {"count": "1", "key": "activities", "title": "activities"}
    assert root.get("machineIdentifier") == fake_plex.machine_identifier
    assert root.get("version") == "1.43.1.10611-1e34174b1"


async def test_identity_requires_no_token(client: Client) -> None:
    """The identity is returned to every caller, even with a wrong token."""
    for token in (None, "wrong"):
        reply = await client.ask("/identity", token=token)
        assert reply.status == 200
        assert list(reply.xml.attrib) == ["size", "apiVersion", "claimed", "machineIdentifier", "version"]


async def test_library_has_three_directories(client: Client) -> None:
    """/library has three ways in."""
    root = (await client.ask("/library")).xml

    assert list(root.attrib) == (
        "size allowSync art content identifier mediaTagPrefix mediaTagVersion title1 title2".split()
    )
    assert len(root) == 3


@pytest.mark.parametrize("path", ["/data/movies", "/data/movies/Alpha (2001)", "/nowhere", None])
async def test_refresh_response_is_always_empty(client: Client, movies: FakeLibrary, path: str | None) -> None:
    """Every refresh has the same response: 200, empty, html, without an activity."""
    reply = await client.scan(movies, path)

    assert reply.status == 200
    assert reply.text == ""
    assert common(reply.headers) == COMMON
    assert reply.headers["Content-Type"] == "text/html"
    assert reply.headers["Content-Length"] == "0"
    assert not [name for name in reply.headers if name.lower() == "x-plex-activity"]


async def test_errors_are_html(client: Client) -> None:
    """Errors are html, even when JSON was asked for."""
    for accept in ("*/*", "application/json"):
        reply = await client.ask("/library/sections/99/refresh", headers={"Accept": accept})
        assert (reply.status, reply.text, reply.headers["Content-Type"]) == (404, NOT_FOUND, "text/html")
        reply = await client.ask("/library/sections", token=None, headers={"Accept": accept})
        assert (reply.status, reply.text, reply.headers["Content-Type"]) == (401, UNAUTHORIZED, "text/html")
        assert reply.headers["X-Plex-Protocol"] == "1.0"


async def test_tree_has_the_names_of_the_database(client: Client, movies: FakeLibrary) -> None:
    """The tree shows the database's own names: MetadataItem, MediaItem, MediaPart, MediaStream."""
    reply = await client.ask("/library/metadata/1/tree")

    item = reply.xml[0]
    assert [element.tag for element in item.iter()] == [
        "MetadataItem",
        "MediaItem",
        "MediaPart",
        "MediaStream",
        "MediaStream",
    ]
    assert list(item.attrib)[:6] == ["id", "title", "guid", "parentTitle", "instanceRatingKey", "index"]
    assert item[0][0].get("file") == "/data/movies/Alpha (2001)/Alpha (2001).mkv"
