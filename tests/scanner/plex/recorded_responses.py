"""Plex's XML as recorded from real servers (published recordings of python-plexapi, Home Assistant and others)."""

from xml.etree.ElementTree import Element, fromstring

from custom_components.plex_smart_scan.scanner.models import MediaFile
from custom_components.plex_smart_scan.scanner.plex.xml import page

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
