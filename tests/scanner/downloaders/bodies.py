"""Bodies of Sonarr, Radarr, Lidarr, Readarr, Sportarr and scripts, and the expected paths.

Bodies and names are those of the programs' own sources, of the test data of autoscan and autopulse, and of users'
reports.
"""

from dataclasses import dataclass
from typing import Any

WESTWORLD = "/TV/Westworld"
S01E01 = f"{WESTWORLD}/Season 1/Westworld.S01E01.mkv"
S01E02 = f"{WESTWORLD}/Season 1/Westworld.S01E02.mkv"
SEASON_1 = f"{WESTWORLD}/Season 1"
SEASON_2 = f"{WESTWORLD}/Season 2"
INTERSTELLAR = "/Movies/Interstellar (2014)"
INTERSTELLAR_FILE = f"{INTERSTELLAR}/Interstellar.2014.UHD.BluRay.2160p.REMUX.mkv"
# U+2010 in the files' folders, an ASCII hyphen in the artist's: they are not one folder.
BLINK = "/Music/blink\u2010182/California (2016)"
CYNICAL = f"{BLINK}/CD 01/01 - Cynical.mp3"
ARTIST = {"name": "blink-182", "path": "/Music/blink-182"}
LETS_GET_DOWN = "/Music/Marshmello/Joytime III (2019)/02 - Let\u2019s Get Down.mp3"
SANDERSON = "/Books/Brandon Sanderson"
KINGS = f"{SANDERSON}/The Way of Kings (2010)/The Way of Kings - Brandon Sanderson.epub"
WINDOWS_MOVIE = r"C:\Movies\Some Movie Title (2020)"


@dataclass(frozen=True)
class Case:
    """One body with its paths: there, gone, refused (with the problem), or the reason why there are none."""

    name: str
    body: dict[str, Any]
    there: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    ignored: str | None = None


def _download(**fields: Any) -> dict[str, Any]:
    return {"eventType": "Download", "isUpgrade": False, "instanceName": "Sonarr", "applicationUrl": ""} | fields


def _series(path: str = WESTWORLD) -> dict[str, Any]:
    return {"id": 1, "title": "Westworld", "path": path, "tvdbId": 296762, "type": "standard"}


SAMPLES = (
    Case(
        "sonarr import",
        {
            "eventType": "Download",
            "episodeFile": {"relativePath": "Season 1/Westworld.S01E01.mkv"},
            "series": {"path": WESTWORLD},
        },
        there=(S01E01,),
    ),
    Case(
        "sonarr import complete",
        {
            "eventType": "Download",
            "episodeFiles": [
                {"relativePath": "Season 1/Westworld.S01E01.mkv"},
                {"relativePath": "Season 1/Westworld.S01E02.mkv"},
            ],
            "series": {"path": WESTWORLD},
        },
        there=(S01E01, S01E02),
    ),
    Case(
        "sonarr episode file delete",
        {
            "eventType": "EpisodeFileDelete",
            "episodeFile": {"relativePath": "Season 2/Westworld.S02E01.mkv"},
            "series": {"path": WESTWORLD},
        },
        gone=(f"{SEASON_2}/Westworld.S02E01.mkv",),
    ),
    Case(
        "sonarr series delete, as autoscan knows it",
        {"eventType": "SeriesDelete", "series": {"path": WESTWORLD}},
        gone=(WESTWORLD,),
    ),
    Case(
        "sonarr rename",
        {
            "eventType": "Rename",
            "series": {"path": "/TV/Westworld [imdb:tt0475784]"},
            "renamedEpisodeFiles": [
                {"previousPath": S01E01, "relativePath": "Season 1/Westworld.S01E01.mkv"},
                {"previousPath": S01E02, "relativePath": "Season 1/Westworld.S01E02.mkv"},
                {
                    "previousPath": f"{SEASON_2}/Westworld.S01E02.mkv",
                    "relativePath": "Season 2/Westworld.S02E01.mkv",
                },
            ],
        },
        there=(
            "/TV/Westworld [imdb:tt0475784]/Season 1/Westworld.S01E01.mkv",
            "/TV/Westworld [imdb:tt0475784]/Season 1/Westworld.S01E02.mkv",
            "/TV/Westworld [imdb:tt0475784]/Season 2/Westworld.S02E01.mkv",
        ),
        gone=(S01E01, S01E02, f"{SEASON_2}/Westworld.S01E02.mkv"),
    ),
    Case(
        "sonarr test",
        {
            "series": {
                "id": 1,
                "title": "Test Title",
                "path": "C:\\testpath",
                "tvdbId": 1234,
                "tvMazeId": 0,
                "tmdbId": 0,
                "type": "standard",
                "year": 0,
                "tags": ["test-tag"],
            },
            "episodes": [
                {"id": 123, "episodeNumber": 1, "seasonNumber": 1, "title": "Test title", "seriesId": 0, "tvdbId": 0}
            ],
            "eventType": "Test",
            "instanceName": "Sonarr",
            "applicationUrl": "",
        },
        ignored="test",
    ),
    Case(
        "radarr import",
        {
            "eventType": "Download",
            "movieFile": {"relativePath": "Interstellar.2014.UHD.BluRay.2160p.REMUX.mkv"},
            "movie": {"folderPath": INTERSTELLAR},
        },
        there=(INTERSTELLAR_FILE,),
    ),
    Case(
        "radarr movie file delete",
        {
            "eventType": "MovieFileDelete",
            "movieFile": {"relativePath": "Tenet.2020.mkv"},
            "movie": {"folderPath": "/Movies/Tenet (2020)"},
        },
        gone=("/Movies/Tenet (2020)/Tenet.2020.mkv",),
    ),
    Case(
        "radarr movie delete, as autoscan knows it",
        {"eventType": "MovieDelete", "movie": {"folderPath": "/Movies/Wonder Woman 1984 (2020)"}},
        gone=("/Movies/Wonder Woman 1984 (2020)",),
    ),
    Case(
        "radarr rename of an old version",
        {"eventType": "Rename", "movie": {"folderPath": "/Movies/Deadpool (2016)"}},
        there=("/Movies/Deadpool (2016)",),
    ),
    Case(
        "radarr rename on Windows",
        {
            "movie": {
                "id": 1,
                "title": "Some Movie Title",
                "year": 2020,
                "releaseDate": "2020-01-01",
                "folderPath": WINDOWS_MOVIE,
                "tmdbId": 1,
                "imdbId": "tt0000001",
            },
            "renamedMovieFiles": [
                {
                    "previousRelativePath": "Some.Movie.Title.2020.mkv",
                    "previousPath": WINDOWS_MOVIE + r"\Some.Movie.Title.2020.mkv",
                    "id": 1,
                    "relativePath": "Some Movie Title (2020).mkv",
                    "quality": "Bluray-1080p",
                    "qualityVersion": 1,
                    "releaseGroup": "Release Group",
                    "indexerFlags": "0",
                    "size": 1,
                }
            ],
            "eventType": "Rename",
        },
        there=(WINDOWS_MOVIE + r"\Some Movie Title (2020).mkv",),
        gone=(WINDOWS_MOVIE + r"\Some.Movie.Title.2020.mkv",),
    ),
    Case(
        "lidarr import",
        {
            "eventType": "Download",
            "isUpgrade": False,
            "trackFiles": [
                {"path": CYNICAL},
                {"path": f"{BLINK}/CD 01/02 - Bored to Death.mp3"},
                {"path": f"{BLINK}/CD 02/01 - Parking Lot.mp3"},
                {"path": f"{BLINK}/CD 02/02 - Misery.mp3"},
            ],
            "artist": ARTIST,
        },
        there=(
            CYNICAL,
            f"{BLINK}/CD 01/02 - Bored to Death.mp3",
            f"{BLINK}/CD 02/01 - Parking Lot.mp3",
            f"{BLINK}/CD 02/02 - Misery.mp3",
        ),
    ),
    Case(
        "lidarr rename",
        {
            "eventType": "Rename",
            "renamedTrackFiles": [
                {"path": CYNICAL, "previousPath": f"{BLINK}/CD 01/01 - Cynical (Demo).mp3"},
            ],
        },
        there=(CYNICAL,),
        gone=(f"{BLINK}/CD 01/01 - Cynical (Demo).mp3",),
    ),
    Case(
        "lidarr artist delete, as autopulse knows it",
        {"eventType": "ArtistDelete", "artist": {"path": "/Music/blink-182"}},
        gone=("/Music/blink-182",),
    ),
    Case(
        "lidarr album delete without an artist, as a user logged it",
        {
            "album": {
                "id": 340,
                "mbId": "bffec3ac-567e-4224-9411-865cc8d29902",
                "title": "Sonatas for Cello and Continuo, Vol. II",
                "disambiguation": "",
                "overview": "",
                "albumType": "Album",
                "secondaryAlbumTypes": [],
                "genres": ["Baroque", "Classical"],
                "releaseDate": "2023-02-10T00:00:00Z",
            },
            "deletedFiles": True,
            "eventType": "AlbumDelete",
            "instanceName": "Lidarr",
            "applicationUrl": "http://192.168.1.1:8686",
        },
        ignored="AlbumDelete: it contains no path",
    ),
    Case(
        "readarr import",
        {
            "eventType": "Download",
            "isUpgrade": False,
            "bookFiles": [{"path": KINGS}],
            "author": {"name": "Brandon Sanderson", "path": SANDERSON},
        },
        there=(KINGS,),
    ),
)

SONARR = (
    Case(
        "the whole path counts before the relative one",
        _download(
            series=_series(),
            episodeFile={
                "relativePath": "Season 9/other.mkv",
                "path": S01E01,
                "size": 734003200,
                "quality": "HDTV-720p",
            },
        ),
        there=(S01E01,),
    ),
    Case(
        "an empty whole path does not",
        _download(series=_series(), episodeFile={"relativePath": "Season 1/Westworld.S01E01.mkv", "path": ""}),
        there=(S01E01,),
    ),
    Case(
        "an upgrade",
        _download(
            series=_series(),
            isUpgrade=True,
            episodeFile={"path": S01E01},
            deletedFiles=[{"path": f"{SEASON_1}/Westworld.S01E01.720p.mkv", "size": 5}],
        ),
        there=(S01E01,),
        gone=(f"{SEASON_1}/Westworld.S01E01.720p.mkv",),
    ),
    Case(
        "an upgrade under the same name is no removal",
        _download(series=_series(), isUpgrade=True, episodeFile={"path": S01E01}, deletedFiles=[{"path": S01E01}]),
        there=(S01E01,),
    ),
    Case(
        "import complete, in full",
        _download(
            series=_series(),
            episodes=[{"id": 1, "episodeNumber": 1, "seasonNumber": 1, "title": "The Original"}],
            episodeFiles=[
                {"id": 1, "relativePath": "Season 1/Westworld.S01E01.mkv", "path": S01E01, "size": 10},
                {"id": 2, "relativePath": "Season 1/Westworld.S01E02.mkv", "path": S01E02, "size": 20},
            ],
            fileCount=2,
            sourcePath="/downloads/complete/Westworld.S01",
            destinationPath=SEASON_1,
        ),
        there=(S01E01, S01E02),
    ),
    Case(
        "import complete without files",
        _download(series=_series(), episodeFiles=[], fileCount=0, sourcePath="/downloads", destinationPath=SEASON_1),
        there=(SEASON_1,),
    ),
    Case("an import that names only the series", _download(series=_series()), there=(WESTWORLD,)),
    Case(
        "doubled slashes",
        _download(series=_series(), episodeFile={"path": "/TV//Westworld//Season 1/Westworld.S01E01.mkv"}),
        there=("/TV//Westworld//Season 1/Westworld.S01E01.mkv",),
    ),
    Case(
        "one path, twice, in two spellings",
        _download(
            series=_series(),
            episodeFiles=[{"path": S01E01}, {"path": "/TV/./Westworld/Season 1//Westworld.S01E01.mkv"}],
        ),
        there=(S01E01,),
    ),
    Case(
        "a series folder with a slash at its end",
        _download(series=_series(f"{WESTWORLD}/"), episodeFile={"relativePath": "Season 1/Westworld.S01E01.mkv"}),
        there=(S01E01,),
    ),
    Case(
        "a blank path beside a relative one",
        _download(series=_series(), episodeFile={"path": " ", "relativePath": "Season 1/Westworld.S01E01.mkv"}),
        there=(S01E01,),
    ),
    Case("a blank path alone", _download(series=_series(), episodeFile={"path": "\t "}), there=(WESTWORLD,)),
    Case(
        "a Windows series folder",
        _download(
            series=_series("D:\\TV\\Westworld\\"), episodeFile={"relativePath": r"Season 1\Westworld.S01E01.mkv"}
        ),
        there=(r"D:\TV\Westworld\Season 1\Westworld.S01E01.mkv",),
    ),
    Case(
        "a share, and a relative path with slashes",
        _download(series=_series(r"\\nas\tv\Westworld"), episodeFile={"relativePath": "Season 1/Westworld.S01E01.mkv"}),
        there=(r"\\nas\tv\Westworld\Season 1\Westworld.S01E01.mkv",),
    ),
    Case(
        "a relative path that climbs out",
        _download(series=_series(), episodeFile={"relativePath": "../episode.mkv"}),
        refused=(("../episode.mkv", "escapes"),),
    ),
    Case(
        "a relative path that climbs out and back in",
        _download(series=_series(), episodeFile={"relativePath": "../Westworld/Season 1/Westworld.S01E01.mkv"}),
        there=(S01E01,),
    ),
    Case(
        "a relative path that is absolute elsewhere",
        _download(series=_series(), episodeFile={"relativePath": "/elsewhere/x.mkv"}),
        refused=(("/elsewhere/x.mkv", "escapes"),),
    ),
    Case(
        "a relative path that is absolute, in the folder",
        _download(series=_series(), episodeFile={"relativePath": S01E01}),
        there=(S01E01,),
    ),
    Case(
        "a relative path on another drive",
        _download(series=_series(r"D:\TV\Westworld"), episodeFile={"relativePath": r"E:\x.mkv"}),
        refused=((r"E:\x.mkv", "escapes"),),
    ),
    Case(
        "a relative path from the drive's root",
        _download(series=_series(r"D:\TV\Westworld"), episodeFile={"relativePath": r"\x.mkv"}),
        refused=((r"\x.mkv", "escapes"),),
    ),
    Case(
        "a relative path that is the folder itself",
        _download(series=_series(), episodeFile={"relativePath": "."}),
        refused=((".", "escapes"),),
    ),
    Case(
        "a relative path to a folder, with a slash at its end",
        _download(series=_series(), episodeFile={"relativePath": "Season 1/"}),
        there=(SEASON_1,),
    ),
    Case(
        "one bad file among good ones",
        _download(
            series=_series(),
            episodeFiles=[
                {"path": S01E01},
                {"path": "Season 1/relative.mkv"},
                {"path": "/TV/a\0b.mkv"},
                {"path": S01E02},
            ],
        ),
        there=(S01E01, S01E02),
        refused=(("Season 1/relative.mkv", "relative"), ("/TV/a\0b.mkv", "nul")),
    ),
    Case(
        "a relative path below a relative folder",
        _download(series=_series("Westworld"), episodeFile={"relativePath": "Season 1/x.mkv"}),
        refused=(("Season 1/x.mkv", "relative"),),
    ),
    Case("event in small letters", _download(eventType="download", episodeFile={"path": S01E01}), there=(S01E01,)),
    Case("event in capitals", _download(eventType="DOWNLOAD", episodeFile={"path": S01E01}), there=(S01E01,)),
    Case("test in small letters", {"eventType": "test", "series": _series("C:\\testpath")}, ignored="test"),
    Case("grab", {"eventType": "Grab", "series": _series(), "episodes": [], "release": {}}, ignored="Grab"),
    Case("series add", {"eventType": "SeriesAdd", "series": _series()}, ignored="SeriesAdd"),
    Case("health", {"eventType": "Health", "level": "warning", "message": "x", "type": "y"}, ignored="Health"),
    Case("health restored", {"eventType": "HealthRestored", "level": "warning"}, ignored="HealthRestored"),
    Case(
        "update",
        {"eventType": "ApplicationUpdate", "message": "", "previousVersion": "4.0.10", "newVersion": "4.0.11"},
        ignored="ApplicationUpdate",
    ),
    Case(
        "manual interaction",
        {"eventType": "ManualInteractionRequired", "series": _series(), "downloadInfo": {}},
        ignored="ManualInteractionRequired",
    ),
    Case("an unknown event", {"eventType": "Confetti", "series": _series()}, ignored="Confetti"),
    Case(
        "series deleted with its files",
        {"eventType": "SeriesDelete", "series": _series(), "deletedFiles": True},
        gone=(WESTWORLD,),
    ),
    Case(
        "series deleted, files kept",
        {"eventType": "SeriesDelete", "series": _series(), "deletedFiles": False},
        ignored="SeriesDelete: the files were kept",
    ),
    Case(
        "episode deleted for an upgrade",
        {
            "eventType": "EpisodeFileDelete",
            "series": _series(),
            "episodeFile": {"path": S01E01, "size": 7},
            "deleteReason": "upgrade",
        },
        gone=(S01E01,),
    ),
    Case(
        "rename in full",
        {
            "eventType": "Rename",
            "series": _series(),
            "renamedEpisodeFiles": [{"path": S01E02, "relativePath": "x", "previousPath": S01E01, "size": 30}],
        },
        there=(S01E02,),
        gone=(S01E01,),
    ),
    Case(
        "two episodes that swap their names",
        {
            "eventType": "Rename",
            "series": _series(),
            "renamedEpisodeFiles": [
                {"path": S01E02, "previousPath": S01E01},
                {"path": S01E01, "previousPath": S01E02},
            ],
        },
        there=(S01E01, S01E02),
    ),
    Case(
        "rename of old versions, without the old names",
        {
            "eventType": "Rename",
            "series": _series(),
            "renamedEpisodeFiles": [{"relativePath": "Season 1/Westworld.S01E01.mkv"}],
        },
        there=(S01E01,),
    ),
    Case(
        "rename with relative old names only",
        {
            "eventType": "Rename",
            "series": _series(),
            "renamedEpisodeFiles": [
                {
                    "relativePath": "Season 1/Westworld.S01E01.mkv",
                    "previousRelativePath": "Season 2/Westworld.S02E01.mkv",
                }
            ],
        },
        there=(S01E01,),
        gone=(f"{SEASON_2}/Westworld.S02E01.mkv",),
    ),
    Case(
        "rename without the new names: they are somewhere in the series' folder",
        {
            "eventType": "Rename",
            "series": _series(),
            "renamedEpisodeFiles": [{"previousRelativePath": "Season 1/Westworld.S01E01.mkv"}],
        },
        there=(WESTWORLD,),
        gone=(S01E01,),
    ),
    Case(
        "rename of files that have no names",
        {"eventType": "Rename", "series": _series(), "renamedEpisodeFiles": [{}, {"id": 2}]},
        there=(WESTWORLD,),
    ),
    Case("rename without a list", {"eventType": "Rename", "series": _series()}, there=(WESTWORLD,)),
    Case(
        "sportarr rename",
        {"eventType": "Rename", "series": {"title": "Westworld", "path": WESTWORLD}, "renamedCount": 3},
        there=(WESTWORLD,),
    ),
    Case(
        "sportarr series delete",
        {"eventType": "SeriesDelete", "series": {"title": "Westworld"}, "deletedFiles": True},
        ignored="SeriesDelete: it contains no path",
    ),
    Case(
        "sportarr file delete",
        {
            "eventType": "EpisodeFileDelete",
            "series": {"path": WESTWORLD},
            "deletedFiles": [{"relativePath": "Season 1/Westworld.S01E01.mkv", "path": S01E01, "size": 3}],
        },
        gone=(S01E01,),
    ),
    Case(
        "an import without any path", _download(series={"title": "Westworld"}), ignored="Download: it contains no path"
    ),
    Case(
        "wrong types everywhere",
        _download(series=[1], episodeFile="x", episodeFiles={"path": 5}, deletedFiles="y", destinationPath=None),
        ignored="Download: it contains no path",
    ),
)

RADARR = (
    Case(
        "import in full",
        {
            "eventType": "Download",
            "movie": {"id": 1, "title": "Interstellar", "year": 2014, "folderPath": INTERSTELLAR, "tmdbId": 157336},
            "remoteMovie": {"tmdbId": 157336, "imdbId": "tt0816692", "title": "Interstellar", "year": 2014},
            "movieFile": {"id": 2, "relativePath": "x.mkv", "path": INTERSTELLAR_FILE, "size": 71937712128},
            "isUpgrade": True,
            "deletedFiles": [{"path": f"{INTERSTELLAR}/Interstellar.2014.1080p.mkv"}],
        },
        there=(INTERSTELLAR_FILE,),
        gone=(f"{INTERSTELLAR}/Interstellar.2014.1080p.mkv",),
    ),
    Case(
        "a doubled slash in a real path",
        {
            "eventType": "Download",
            "movie": {"folderPath": "/movies//The Man Who Shot Liberty Valance (1962)"},
            "movieFile": {"relativePath": "The Man Who Shot Liberty Valance.mkv"},
        },
        there=("/movies/The Man Who Shot Liberty Valance (1962)/The Man Who Shot Liberty Valance.mkv",),
    ),
    Case(
        "movie deleted with its files",
        {"eventType": "MovieDelete", "movie": {"folderPath": INTERSTELLAR}, "deletedFiles": True, "movieFolderSize": 0},
        gone=(INTERSTELLAR,),
    ),
    Case(
        "movie deleted, files kept",
        {"eventType": "MovieDelete", "movie": {"folderPath": INTERSTELLAR}, "deletedFiles": False},
        ignored="MovieDelete: the files were kept",
    ),
    Case(
        "a rename that changes only the case, on Windows, is no removal",
        {
            "eventType": "Rename",
            "movie": {"folderPath": WINDOWS_MOVIE},
            "renamedMovieFiles": [
                {"path": WINDOWS_MOVIE + r"\Title.mkv", "previousPath": WINDOWS_MOVIE + r"\title.MKV"},
            ],
        },
        there=(WINDOWS_MOVIE + r"\Title.mkv",),
    ),
    Case(
        "a rename that changes only the case, elsewhere, is one",
        {
            "eventType": "Rename",
            "movie": {"folderPath": INTERSTELLAR},
            "renamedMovieFiles": [{"path": f"{INTERSTELLAR}/Title.mkv", "previousPath": f"{INTERSTELLAR}/title.mkv"}],
        },
        there=(f"{INTERSTELLAR}/Title.mkv",),
        gone=(f"{INTERSTELLAR}/title.mkv",),
    ),
    Case(
        "test",
        {
            "eventType": "Test",
            "movie": {"id": 1, "title": "Test Title", "year": 1970, "folderPath": "C:\\testpath", "tags": ["test-tag"]},
            "remoteMovie": {"tmdbId": 1234, "imdbId": "5678", "title": "Test title", "year": 1970},
        },
        ignored="test",
    ),
    Case(
        "a key without a name is neither a folder nor another program's",
        {"eventType": "Download", "movie": {"folderPath": INTERSTELLAR}, "": "/elsewhere"},
        there=(INTERSTELLAR,),
    ),
    Case("movie added", {"eventType": "MovieAdded", "movie": {"folderPath": INTERSTELLAR}}, ignored="MovieAdded"),
    Case("grab", {"eventType": "Grab", "movie": {"folderPath": INTERSTELLAR}}, ignored="Grab"),
)

LIDARR = (
    Case(
        "an upgrade",
        {
            "eventType": "Download",
            "isUpgrade": True,
            "artist": ARTIST,
            "trackFiles": [{"path": CYNICAL, "size": 8858}],
            "deletedFiles": [{"path": f"{BLINK}/CD 01/01 - Cynical (old).mp3"}],
        },
        there=(CYNICAL,),
        gone=(f"{BLINK}/CD 01/01 - Cynical (old).mp3",),
    ),
    Case(
        "an apostrophe of its own",
        {"eventType": "Download", "trackFiles": [{"path": LETS_GET_DOWN}], "artist": {"path": "/Music/Marshmello"}},
        there=(LETS_GET_DOWN,),
    ),
    Case("retag", {"eventType": "Retag", "artist": ARTIST, "trackFile": {"path": CYNICAL}}, there=(CYNICAL,)),
    Case(
        "a file is never put together from the artist's folder",
        {"eventType": "Download", "artist": ARTIST, "trackFiles": [{"relativePath": "California (2016)/01.mp3"}]},
        there=("/Music/blink-182",),
    ),
    Case(
        "an old name is never put together from the artist's folder either",
        {
            "eventType": "Rename",
            "artist": ARTIST,
            "renamedTrackFiles": [{"path": CYNICAL, "previousRelativePath": "California (2016)/01.mp3"}],
        },
        there=(CYNICAL,),
    ),
    Case(
        "artist deleted, files kept",
        {"eventType": "ArtistDelete", "artist": ARTIST, "deletedFiles": False},
        ignored="ArtistDelete: the files were kept",
    ),
    Case(
        "album deleted: the artist's folder is still there",
        {"eventType": "AlbumDelete", "artist": ARTIST, "album": {"title": "California"}, "deletedFiles": True},
        there=("/Music/blink-182",),
    ),
    Case(
        "album deleted, files kept",
        {"eventType": "AlbumDelete", "artist": ARTIST, "album": {"title": "California"}, "deletedFiles": False},
        ignored="AlbumDelete: the files were kept",
    ),
    Case("download failure", {"eventType": "DownloadFailure", "artist": ARTIST}, ignored="DownloadFailure"),
    Case("import failure", {"eventType": "ImportFailure", "artist": ARTIST}, ignored="ImportFailure"),
    Case("artist add", {"eventType": "ArtistAdd", "artist": ARTIST}, ignored="ArtistAdd"),
)

READARR = (
    Case(
        "rename",
        {
            "eventType": "Rename",
            "author": {"path": SANDERSON},
            "renamedBookFiles": [{"path": KINGS, "previousPath": f"{SANDERSON}/Kings.epub"}],
        },
        there=(KINGS,),
        gone=(f"{SANDERSON}/Kings.epub",),
    ),
    Case(
        "author deleted",
        {"eventType": "AuthorDelete", "author": {"path": SANDERSON}, "deletedFiles": True},
        gone=(SANDERSON,),
    ),
    Case(
        "book deleted: the author's folder is still there",
        {"eventType": "BookDelete", "author": {"path": SANDERSON}, "book": {}, "deletedFiles": True},
        there=(SANDERSON,),
    ),
    Case(
        "book file deleted",
        {"eventType": "BookFileDelete", "author": {"path": SANDERSON}, "bookFile": {"path": KINGS}},
        gone=(KINGS,),
    ),
)

GENERIC = (
    Case("path", {"path": S01E01}, there=(S01E01,)),
    Case("paths", {"paths": [S01E01, S01E02]}, there=(S01E01, S01E02)),
    Case("path with a list", {"path": [S01E01, S01E02]}, there=(S01E01, S01E02)),
    Case("paths with one", {"paths": S01E01}, there=(S01E01,)),
    Case("path and paths", {"path": S01E01, "paths": [S01E02]}, there=(S01E01, S01E02)),
    Case("autoscan's dir", {"dir": [SEASON_1, SEASON_2]}, there=(SEASON_1, SEASON_2)),
    Case("other keys are left alone", {"path": S01E01, "library": "TV", "title": "x"}, there=(S01E01,)),
    Case("an event of its own beside a path", {"eventType": "Manual", "path": S01E01}, there=(S01E01,)),
    Case("a test beside a path", {"eventType": "Test", "path": S01E01}, ignored="test"),
    Case("a blank path", {"path": " "}, refused=((" ", "empty"),)),
    Case("an empty path", {"path": ""}, refused=(("", "empty"),)),
    Case("a relative path", {"path": "Westworld/x.mkv"}, refused=(("Westworld/x.mkv", "relative"),)),
    Case("a dot", {"path": "."}, refused=((".", "relative"),)),
    Case("a path that climbs above the root", {"path": "/../etc"}, refused=(("/../etc", "escapes"),)),
    Case(
        "no text",
        {"paths": [S01E01, 5, None]},
        there=(S01E01,),
        refused=(("(int)", "wrong_type"), ("(NoneType)", "wrong_type")),
    ),
    Case("an object", {"paths": [{"path": S01E01}]}, refused=(("(dict)", "wrong_type"),)),
    Case("a key without a name is ignored", {"eventType": "Download", "": 1, "path": S01E01}, there=(S01E01,)),
    Case("half a surrogate pair", {"paths": [S01E01, "/TV/\ud800"]}, there=(S01E01,), refused=(("/TV/?", "not_text"),)),
    Case(
        "an overlong path among others",
        {"paths": [S01E01, "/" + "x" * 5000]},
        there=(S01E01,),
        refused=(("/" + "x" * 199, "too_long"),),
    ),
)

ALL = {
    "sample": SAMPLES,
    "sonarr": SONARR,
    "radarr": RADARR,
    "lidarr": LIDARR,
    "readarr": READARR,
    "generic": GENERIC,
}
