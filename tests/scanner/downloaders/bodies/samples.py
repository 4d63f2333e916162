"""Bodies of several programs in the test data of autoscan and autopulse, and in users' reports."""

from .case import (
    ARTIST,
    BLINK,
    CYNICAL,
    INTERSTELLAR,
    INTERSTELLAR_FILE,
    KINGS,
    S01E01,
    S01E02,
    SANDERSON,
    SEASON_2,
    WESTWORLD,
    WINDOWS_MOVIE,
    Case,
)

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
