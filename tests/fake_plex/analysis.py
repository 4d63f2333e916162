"""The analysis of parts, and what only a metadata refresh finds: subtitles and artwork beside the file."""

from pathlib import Path

from tests.fake_plex.attachments import set_extras
from tests.fake_plex.database import Database
from tests.fake_plex.extras import ExtraFile, find_music_videos, find_video_extras, other_media
from tests.fake_plex.media_facts import read_facts
from tests.fake_plex.models import FakeLibrary, Item, MediaFacts, Part, Stream

_SUBTITLES = frozenset({"srt", "ass", "ssa", "smi", "sub", "vtt"})
_ARTWORK = ("poster", "folder", "cover", "default", "movie", "show")
_IMAGES = ("jpg", "jpeg", "png", "webp", "tbn")


def analyse(database: Database, part: Part) -> None:
    """Read the file's facts again and rebuild its own streams."""
    part.facts = read_facts(part.real)
    external = [stream for stream in part.streams if stream.file is not None]
    part.streams = [*_embedded(database, part.facts), *external]
    item = part.item
    if item.type == "track" and item.index is None:  # no number in the file's name: the tags know
        index, title = part.facts.tag("index"), part.facts.tag("title")
        item.index = int(index) if index and index.isdigit() else None
        item.title = title or item.title


def _embedded(database: Database, facts: MediaFacts) -> list[Stream]:
    streams: list[Stream] = []
    if facts.video_codec and facts.width and facts.height:
        details: dict[str, str | int | float] = {"width": facts.width, "height": facts.height}
        if facts.frame_rate:
            details["frameRate"] = facts.frame_rate
        if facts.profile:
            details["profile"] = facts.profile
        streams.append(Stream(next(database.stream_ids), 1, 0, facts.video_codec, details))
    if facts.audio_codec:
        details = {"channels": facts.audio_channels or 2}
        if facts.sampling_rate:
            details["samplingRate"] = facts.sampling_rate
        streams.append(Stream(next(database.stream_ids), 2, len(streams), facts.audio_codec, details))
    return streams


def refresh(database: Database, item: Item) -> None:
    """Look for files beside the item's parts; a scan alone does not add them."""
    for part in item.parts:
        _find_subtitles(database, part)
    _find_extras(database, item)
    item.updated_at = max(database.now(), item.updated_at + 1)
    if item.library.has_agent or _has_artwork(item):
        item.thumb = item.updated_at


def _find_subtitles(database: Database, part: Part) -> None:
    known = {stream.file: stream for stream in part.streams if stream.file is not None}
    part.streams = [stream for stream in part.streams if stream.file is None]
    if not part.real.parent.is_dir():
        return
    stem, folder = part.real.stem, part.file.removesuffix(part.real.name)
    for file in sorted(part.real.parent.iterdir()):
        codec = file.suffix.lstrip(".").lower()
        between = file.stem.removeprefix(stem)
        if codec in _SUBTITLES and file.stem.startswith(stem) and (not between or between.startswith(".")):
            presented = folder + file.name
            stream = known.get(presented) or Stream(next(database.stream_ids), 3, None, codec, file=presented)
            language = between.strip(".").split(".")[0]
            if language:
                stream.details["languageTag"] = language
            part.streams.append(stream)


def _find_extras(database: Database, item: Item) -> None:
    """Attach the videos beside an item; a video directly in a location belongs to no movie or show."""
    found: dict[Path, ExtraFile] = {}
    for location in item.library.locations:
        for part in item.parts or [part for leaf in item.leaves for part in leaf.parts]:
            if not part.real.is_relative_to(location.real):
                continue
            if item.type == "track":
                found |= {extra.real: extra for extra in find_music_videos(part.real)}
                continue
            names = part.real.relative_to(location.real).parts
            if len(names) > 1 and item.type == "show":
                found |= {extra.real: extra for extra in find_video_extras(location.real / names[0], deep=False)}
            elif len(names) > 1 and item.type == "movie":
                folder = part.real.parent
                if not other_media(folder, [known.real for known in item.parts]):
                    found |= {extra.real: extra for extra in find_video_extras(folder, deep=True)}
    with_paths = [(extra, _presented(item.library, extra.real)) for extra in found.values()]
    for part in set_extras(database, item, with_paths):
        analyse(database, part)


def _presented(library: FakeLibrary, real: Path) -> str:
    """Return a real file's path as Plex presents it."""
    location = next(location for location in library.locations if real.is_relative_to(location.real))
    return location.flavour.join(location.path, *real.relative_to(location.real).parts)


def _has_artwork(item: Item) -> bool:
    for part in item.parts or [part for leaf in item.leaves for part in leaf.parts]:
        for folder in {part.real.parent, part.real.parent.parent if item.children else part.real.parent}:
            names = (*_ARTWORK, part.real.stem)
            if any((folder / f"{name}.{image}").is_file() for name in names for image in _IMAGES):
                return True
    return False
