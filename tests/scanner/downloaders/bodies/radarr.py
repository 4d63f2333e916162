"""Bodies of Radarr."""

from .case import INTERSTELLAR, INTERSTELLAR_FILE, WINDOWS_MOVIE, Case

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
