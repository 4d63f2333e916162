"""Bodies of Sonarr and Sportarr."""

from typing import Any

from .case import S01E01, S01E02, SEASON_1, SEASON_2, WESTWORLD, Case


def _download(**fields: Any) -> dict[str, Any]:
    return {"eventType": "Download", "isUpgrade": False, "instanceName": "Sonarr", "applicationUrl": ""} | fields


def _series(path: str = WESTWORLD) -> dict[str, Any]:
    return {"id": 1, "title": "Westworld", "path": path, "tvdbId": 296762, "type": "standard"}


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
