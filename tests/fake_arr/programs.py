"""The four programs in their versions: API, event flags, history, names in bodies.

Read in the sources of Sonarr 49df353 and its tags 3.0.10 and 4.0.19, Radarr 1b9662d, Lidarr 0501e61, Readarr 4fb62c0.
"""

from dataclasses import dataclass, field
from enum import StrEnum

type Version = tuple[int, ...]


def parse_version(text: str) -> Version:
    """Read a version such as `4.0.19.2979`."""
    return tuple(int(part) for part in text.split("."))


class Kind(StrEnum):
    """Kind of a program."""

    SONARR = "sonarr"
    RADARR = "radarr"
    LIDARR = "lidarr"
    READARR = "readarr"


@dataclass(frozen=True, kw_only=True)
class Program:
    """Names that one program uses. Versions are the first ones with a feature.

    `events` maps each event flag of a connection to its first version. `numbers` are the history's event types.
    """

    kind: Kind
    app_name: str
    api: str
    port: int
    events: dict[str, Version]
    headers_since: Version | None
    numbers: dict[str, int]
    imported: str
    deleted: str
    renamed: str
    titles: str  # the resource: series, movie …
    files: str  # the resource: episodefile, moviefile …
    title_id: str  # in the files and the history
    unmapped_folders: bool = False
    newest: str = ""
    oldest: str = ""
    unchanged_put_since: Version | None = None  # a PUT without a change is not tested any more
    force_save_on_post_since: Version | None = None
    case_insensitive_names_since: Version | None = None
    read_only: frozenset[str] = field(default=frozenset())


_ALWAYS = (0,)
_NEVER = None

SONARR = Program(
    kind=Kind.SONARR,
    app_name="Sonarr",
    api="v3",
    port=8989,
    events={
        "onGrab": _ALWAYS,
        "onDownload": _ALWAYS,
        "onUpgrade": _ALWAYS,
        "onImportComplete": (4, 0, 6, 1847),
        "onRename": _ALWAYS,
        "onSeriesAdd": (4,),
        "onSeriesDelete": _ALWAYS,
        "onEpisodeFileDelete": _ALWAYS,
        "onEpisodeFileDeleteForUpgrade": _ALWAYS,
        "onHealthIssue": _ALWAYS,
        "onHealthRestored": (4,),
        "onApplicationUpdate": _ALWAYS,
        "onManualInteractionRequired": (4,),
    },
    headers_since=(4, 0, 10, 2656),
    numbers={"grabbed": 1, "downloadFolderImported": 3, "episodeFileDeleted": 5, "episodeFileRenamed": 6},
    imported="downloadFolderImported",
    deleted="episodeFileDeleted",
    renamed="episodeFileRenamed",
    titles="series",
    files="episodefile",
    title_id="seriesId",
    unmapped_folders=True,
    newest="4.0.19.2979",
    oldest="3.0.10.1566",
    unchanged_put_since=(4, 0, 0, 741),
    force_save_on_post_since=(4,),
    case_insensitive_names_since=(4, 0, 5, 1740),
)
RADARR = Program(
    kind=Kind.RADARR,
    app_name="Radarr",
    api="v3",
    port=7878,
    events={
        "onGrab": _ALWAYS,
        "onDownload": _ALWAYS,
        "onUpgrade": _ALWAYS,
        "onRename": _ALWAYS,
        "onMovieAdded": (4, 2),
        "onMovieDelete": _ALWAYS,
        "onMovieFileDelete": (3, 1),
        "onMovieFileDeleteForUpgrade": (3, 1),
        "onHealthIssue": _ALWAYS,
        "onHealthRestored": (4, 2),
        "onApplicationUpdate": _ALWAYS,
        "onManualInteractionRequired": (4, 5, 1),
    },
    headers_since=(5, 16, 0, 9485),
    numbers={"grabbed": 1, "downloadFolderImported": 3, "movieFileDeleted": 6, "movieFileRenamed": 8},
    imported="downloadFolderImported",
    deleted="movieFileDeleted",
    renamed="movieFileRenamed",
    titles="movie",
    files="moviefile",
    title_id="movieId",
    unmapped_folders=True,
    newest="6.0.4.10291",
    oldest="3.0.2.4552",
    unchanged_put_since=(5,),
    force_save_on_post_since=(4, 7),
    case_insensitive_names_since=(5,),
)
LIDARR = Program(
    kind=Kind.LIDARR,
    app_name="Lidarr",
    api="v1",
    port=8686,
    events={
        "onGrab": _ALWAYS,
        "onReleaseImport": _ALWAYS,
        "onUpgrade": _ALWAYS,
        "onRename": _ALWAYS,
        "onArtistAdd": (2, 1, 6),
        "onArtistDelete": (1, 1, 2),
        "onAlbumDelete": (1, 1, 2),
        "onTrackRetag": _ALWAYS,
        "onDownloadFailure": _ALWAYS,
        "onImportFailure": _ALWAYS,
        "onHealthIssue": _ALWAYS,
        "onHealthRestored": (1, 1, 2),
        "onApplicationUpdate": _ALWAYS,
    },
    headers_since=(2, 9, 4, 4539),
    numbers={"grabbed": 1, "trackFileImported": 3, "trackFileDeleted": 5, "trackFileRenamed": 6},
    imported="trackFileImported",
    deleted="trackFileDeleted",
    renamed="trackFileRenamed",
    titles="artist",
    files="trackfile",
    title_id="artistId",
    newest="2.14.5.4836",
    oldest="1.0.2.2592",
    unchanged_put_since=(2,),
    force_save_on_post_since=(1, 4),
    case_insensitive_names_since=(2, 5),
)
READARR = Program(
    kind=Kind.READARR,
    app_name="Readarr",
    api="v1",
    port=8787,
    events={
        "onGrab": _ALWAYS,
        "onReleaseImport": _ALWAYS,
        "onUpgrade": _ALWAYS,
        "onRename": _ALWAYS,
        "onAuthorAdded": (0, 3, 20),
        "onAuthorDelete": _ALWAYS,
        "onBookDelete": _ALWAYS,
        "onBookFileDelete": _ALWAYS,
        "onBookFileDeleteForUpgrade": _ALWAYS,
        "onBookRetag": _ALWAYS,
        "onDownloadFailure": _ALWAYS,
        "onImportFailure": _ALWAYS,
        "onHealthIssue": _ALWAYS,
        "onApplicationUpdate": _ALWAYS,
    },
    headers_since=_NEVER,
    numbers={"grabbed": 1, "bookFileImported": 3, "bookFileDeleted": 5, "bookFileRenamed": 6},
    imported="bookFileImported",
    deleted="bookFileDeleted",
    renamed="bookFileRenamed",
    titles="author",
    files="bookfile",
    title_id="authorId",
    newest="0.3.22.2499",
    oldest="0.1.1.1352",
)
PROGRAMS = {each.kind: each for each in (SONARR, RADARR, LIDARR, READARR)}


@dataclass(frozen=True)
class Release:
    """One program in one version."""

    program: Program
    version: str

    @property
    def events(self) -> tuple[str, ...]:
        """The event flags of this version."""
        return tuple(flag for flag, since in self.program.events.items() if self.number >= since)

    @property
    def number(self) -> Version:
        """The version, to be compared."""
        return parse_version(self.version)

    def has(self, since: Version | None) -> bool:
        """Whether this version has a feature that began with another one."""
        return since is not None and self.number >= since

    @property
    def serves_v5(self) -> bool:
        """Whether the program's current API is v5; v3 is still served then."""
        return self.program.kind is Kind.SONARR and self.number >= (5,)


RELEASES = [
    Release(program, version) for program in PROGRAMS.values() for version in (program.oldest, program.newest)
] + [Release(SONARR, "5.0.0.100")]
