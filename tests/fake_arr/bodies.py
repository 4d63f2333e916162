"""Bodies of notifications with the fields of the programs' classes."""

from typing import Any

from tests.fake_arr.programs import Kind, Release
from tests.fake_arr.shelf import ArrFile, Title

type Body = dict[str, Any]


class Bodies:
    """Creates the bodies of one program."""

    def __init__(self, release: Release, instance_name: str) -> None:
        """Store the common fields."""
        self._release = release
        self._kind = release.program.kind
        self._instance_name = instance_name

    def test(self) -> Body:
        """Return the test notification: an example title with a Windows path on every platform."""
        title = {"id": 1, "title": "Test Title", "path": "C:\\testpath", "tags": ["test-tag"]}
        body: Body = {self._title_key: title}
        if self._kind is Kind.SONARR:
            title |= {"tvdbId": 1234, "tvMazeId": 0, "tmdbId": 0, "type": "standard", "year": 0}
            body["episodes"] = [{"id": 123, "episodeNumber": 1, "seasonNumber": 1, "title": "Test title"}]
        elif self._kind is Kind.RADARR:
            body = {
                "movie": {"id": 1, "title": "Test Title", "year": 1970, "folderPath": "C:\\testpath", "tags": []},
                "remoteMovie": {"tmdbId": 1234, "imdbId": "5678", "title": "Test title", "year": 1970},
            }
        return self._signed("Test", body)

    def imported(self, title: Title, file: ArrFile, replaced: ArrFile | None = None) -> Body:
        """Return the body of an import."""
        body = self._titled(title)
        if self._kind in {Kind.SONARR, Kind.RADARR}:
            body[f"{self._file_key}"] = self._file(title, file)
        else:
            body[f"{self._file_key}s"] = [self._file(title, file)]
        body |= {"isUpgrade": replaced is not None, "downloadClient": "SABnzbd", "downloadId": "SABnzbd_nzo_1"}
        if replaced:
            body["deletedFiles"] = [self._file(title, replaced)]
        return self._signed("Download", body)

    def import_complete(self, title: Title, files: list[ArrFile]) -> Body:
        """Return Sonarr's notification for a completely imported download: a `Download` event with a list of files."""
        body = self._titled(title)
        body["episodeFiles"] = [self._file(title, file) for file in files]
        body |= {"fileCount": len(files), "sourcePath": "/downloads/x", "destinationPath": title.path}
        return self._signed("Download", body)

    def renamed(self, title: Title, before: ArrFile, after: ArrFile) -> Body:
        """Return the body of a rename."""
        row = {**self._file(title, after), "previousPath": before.path}
        key = f"renamed{self._file_key[0].upper()}{self._file_key[1:]}s"
        return self._signed("Rename", {**self._titled(title), key: [row]})

    def deleted(self, title: Title, file: ArrFile) -> Body:
        """Return the body of a file's deletion; Lidarr has no such event."""
        event = {
            Kind.SONARR: "EpisodeFileDelete",
            Kind.RADARR: "MovieFileDelete",
            Kind.READARR: "BookFileDelete",
            Kind.LIDARR: "",
        }[self._kind]
        body = {**self._titled(title), self._file_key: self._file(title, file), "deleteReason": "manual"}
        return self._signed(event, body)

    def title_deleted(self, title: Title) -> Body:
        """Return the body of the deletion of a whole series, movie, artist or author, with its files."""
        event = {
            Kind.SONARR: "SeriesDelete",
            Kind.RADARR: "MovieDelete",
            Kind.LIDARR: "ArtistDelete",
            Kind.READARR: "AuthorDelete",
        }[self._kind]
        return self._signed(event, {**self._titled(title), "deletedFiles": True})

    @property
    def _title_key(self) -> str:
        return self._release.program.titles

    @property
    def _file_key(self) -> str:
        return self._release.program.files.replace("file", "File")

    def _titled(self, title: Title) -> Body:
        path_key = "folderPath" if self._kind is Kind.RADARR else "path"
        name_key = "name" if self._kind in {Kind.LIDARR, Kind.READARR} else "title"
        return {self._title_key: {"id": title.id, name_key: title.name, path_key: title.path}}

    def _file(self, title: Title, file: ArrFile) -> Body:
        row: Body = {"id": file.id, "path": file.path, "size": file.size, "quality": "WEBDL-1080p", "qualityVersion": 1}
        if self._kind in {Kind.SONARR, Kind.RADARR}:
            row["relativePath"] = file.path.removeprefix(title.path).lstrip("/\\")
        return row

    def _signed(self, event: str, body: Body) -> Body:
        signed = {**body, "eventType": event}
        if self._release.has((3, 1)) or self._release.program.api == "v1":  # Sonarr 3 does not send it
            signed |= {"instanceName": self._instance_name, "applicationUrl": ""}
        return signed
