"""The listing of a section: the undocumented file filter, operators, sorting, paging, HEAD."""

from pathlib import Path

import pytest

from tests.fake_plex import FakeLibrary, FakePlex, samples
from tests.fake_plex.http import Parameter, parse_parameters
from tests.fidelity.client import Client


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("file=a", ("file", "=", "a")),
        ("file==a", ("file", "==", "a")),
        ("file%3D=a", ("file", "==", "a")),
        ("file=%3Da", ("file", "=", "=a")),
        ("file!=a", ("file", "!=", "a")),
        ("file!==a", ("file", "!==", "a")),
        ("updatedAt>>=5", ("updatedAt", ">>=", "5")),
        ("updatedAt%3E%3E=5", ("updatedAt", ">>=", "5")),
        ("path=%2Fmedia%2FMovies+%26+more", ("path", "=", "/media/Movies & more")),
        ("flag", ("flag", "=", "")),
    ],
)
def test_operators_belong_to_the_parameter_name(query: str, expected: tuple[str, str, str]) -> None:
    """Operators belong to the name, whichever way they are encoded."""
    assert parse_parameters(query) == [Parameter(*expected)]


async def test_file_filter_requires_a_type_for_shows(client: Client, shows: FakeLibrary) -> None:
    """Without `type` the filter breaks a show section."""
    assert (await client.listing(shows, file="S01E01")).status == 500
    assert len((await client.listing(shows, file="S01E01", type=4)).xml) == 1
    assert (await client.listing(shows)).xml[0].tag == "Directory"


async def test_file_filter_matches_any_part_of_the_path(client: Client, shows: FakeLibrary) -> None:
    """`=` means contains, anywhere in the path, whatever the case."""
    for piece, count in (("Gamma - S01E01.mkv", 1), ("Season 01", 3), ("/data/tv/Gamma", 3), ("gAMMA", 3), ("x", 0)):
        assert len((await client.listing(shows, type=4, file=piece)).xml) == count, piece


async def test_plus_sign_is_a_space(client: Client, movies: FakeLibrary) -> None:
    """A plus sign is a blank, as recorded."""
    async with client.session.get(
        f"{client.plex.url}/library/sections/1/all?type=1&file=Alpha+%282001%29.mkv",
        headers={"X-Plex-Token": "server-token"},
    ) as response:
        assert 'size="1"' in await response.text()


async def test_comma_means_or(client: Client, shows: FakeLibrary, tmp_path: Path) -> None:
    """A comma in the value splits it, so a name with one finds far too much."""
    samples.put(tmp_path / "tv" / "Retry, Gamma" / "Season 01" / "Retry, Gamma - S01E06.mkv")
    client.plex.seed()

    reply = await client.listing(shows, type=4, file="Retry, Gamma - S01E06.mkv")
    assert reply.files == ["/data/tv/Retry, Gamma/Season 01/Retry, Gamma - S01E06.mkv"]
    reply = await client.listing(shows, type=4, file="Retry,Gamma")
    assert len(reply.files) == 4
    assert reply.files[0] == "/data/tv/Gamma/Season 01/Gamma - S01E01.mkv"


async def test_unknown_parameters_are_ignored(client: Client, shows: FakeLibrary) -> None:
    """Unknown names filter nothing, and names are case-sensitive."""
    assert len((await client.listing(shows, type=4, filepath="S01E01", File="S01E01")).xml) == 3


async def test_other_operators_work_as_recorded(client: Client, movies: FakeLibrary) -> None:
    """The other string operators, and those for numbers."""

    async def titles(query: str) -> list[str | None]:
        reply = await client.ask(f"/library/sections/1/all?type=1&{query}")
        return [row.get("title") for row in reply.xml]

    root = "/data/movies/Alpha (2001)"
    assert await titles(f"file=={root}/Alpha (2001).mkv") == ["Alpha"]
    assert await titles(f"file<={root}") == ["Alpha"]
    assert await titles("file>=(2002).mkv") == ["Beta"]
    assert await titles("file!=Alpha") == ["Beta"]
    assert await titles("title=alp") == ["Alpha"]
    assert await titles("title==alp") == []
    assert await titles("year=2001,2002") == ["Alpha", "Beta"]
    assert await titles("year>>=2001") == ["Beta"]
    assert await titles("year<<=2002") == ["Alpha"]
    assert await titles("year!=2001") == ["Beta"]


async def test_updated_at_filter_finds_changed_items(client: Client, movies: FakeLibrary) -> None:
    """`updatedAt>>=` finds what changed since."""
    alpha, beta = client.plex.items(movies)
    alpha.updated_at, beta.updated_at = 100, 200

    reply = await client.ask("/library/sections/1/all?type=1&updatedAt>>=150")
    assert [row.get("title") for row in reply.xml] == ["Beta"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("addedAt:desc", ["Beta", "Alpha"]),
        ("addedAt", ["Alpha", "Beta"]),
        ("updatedAt:desc", ["Alpha", "Beta"]),
        ("movie.titleSort:desc", ["Beta", "Alpha"]),
        ("duration:desc,addedAt", ["Beta", "Alpha"]),
        ("nonsense", ["Alpha", "Beta"]),
    ],
)
async def test_items_are_sorted_as_requested(
    client: Client, movies: FakeLibrary, sort: str, expected: list[str]
) -> None:
    """Rows come by title, or as asked for."""
    alpha, beta = client.plex.items(movies)
    alpha.added_at, beta.added_at = 100, 200
    alpha.updated_at, beta.updated_at = 400, 300

    reply = await client.listing(movies, type=1, sort=sort)
    assert [row.get("title") for row in reply.xml] == expected


async def test_paging_works_with_headers_and_parameters(client: Client, shows: FakeLibrary) -> None:
    """Start and size work as headers and as parameters; the total is then always included."""
    by_header = await client.ask(
        "/library/sections/1/all",
        type=4,
        headers={"X-Plex-Container-Start": "1", "X-Plex-Container-Size": "1"},
    )
    by_query = await client.ask(
        "/library/sections/1/all", query={"type": 4, "X-Plex-Container-Start": 1, "X-Plex-Container-Size": 1}
    )

    for reply in (by_header, by_query):
        assert [row.get("index") for row in reply.xml] == ["2"]
        assert (reply.xml.get("size"), reply.xml.get("totalSize"), reply.xml.get("offset")) == ("1", "3", "1")
        assert reply.headers["X-Plex-Container-Total-Size"] == "3"
    beyond = await client.ask("/library/sections/1/all", query={"type": 4, "X-Plex-Container-Start": 9})
    assert (beyond.xml.get("size"), beyond.xml.get("totalSize")) == ("0", "3")


async def test_size_zero_returns_the_total_only(client: Client, shows: FakeLibrary) -> None:
    """Size 0 gives the attributes alone, which makes counting cheap."""
    for number, count in ((2, "1"), (3, "1"), (4, "3")):
        reply = await client.listing(
            shows, **{"type": number, "includeCollections": 0, "X-Plex-Container-Start": 0, "X-Plex-Container-Size": 0}
        )
        assert (reply.xml.get("size"), reply.xml.get("totalSize")) == ("0", count)
        assert len(reply.text) < 600


async def test_unpaged_listing_has_no_total(client: Client, shows: FakeLibrary) -> None:
    """Without paging, `size` is the total, and `totalSize` is not included."""
    reply = await client.listing(shows, type=4)
    assert (reply.xml.get("size"), reply.xml.get("totalSize")) == ("3", None)


async def test_limit_has_no_total(client: Client, shows: FakeLibrary) -> None:
    """`limit` computes no total."""
    reply = await client.listing(shows, type=4, limit=2, sort="index:desc")
    assert [row.get("index") for row in reply.xml] == ["3", "2"]
    assert "totalSize" not in reply.xml.attrib
    assert "X-Plex-Container-Total-Size" not in reply.headers


async def test_head_returns_the_total(client: Client, shows: FakeLibrary) -> None:
    """HEAD returns the total without a body."""
    reply = await client.ask("/library/sections/1/all", "HEAD", type=4)
    assert (reply.status, reply.text) == (200, "")
    assert reply.headers["X-Plex-Container-Total-Size"] == "3"
    assert client.plex.stats.requests[-1].bytes_sent == 0


async def test_unknown_section_is_not_found(client: Client) -> None:
    """An unknown section is a 404."""
    for path in ("all", "refresh", "folder", ""):
        assert (await client.ask(f"/library/sections/7/{path}")).status == 404
    assert (await client.ask("/library/sections/nonsense/all")).status == 404


async def test_trashed_rows_stay_listed(client: Client, movies: FakeLibrary, tmp_path: Path) -> None:
    """Presence proves nothing: what is in the trash is still found, by `trash=1` alone if wanted."""
    client.plex.prefs["autoEmptyTrash"] = False
    (tmp_path / "movies" / "Alpha (2001)" / "Alpha (2001).mkv").unlink()
    await client.scan(movies)

    assert len((await client.listing(movies, type=1)).xml) == 2
    assert [row.get("title") for row in (await client.listing(movies, type=1, trash=1)).xml] == ["Alpha"]


async def test_section_can_be_browsed_by_folder(client: Client, shows: FakeLibrary) -> None:
    """A section can be walked folder by folder."""
    top = (await client.ask("/library/sections/1/folder")).xml
    assert [(row.tag, row.get("title")) for row in top] == [("Directory", "Gamma")]
    season = (await client.ask(top[0].attrib["key"])).xml
    assert [row.get("title") for row in season] == ["Season 01"]
    episodes = await client.ask(season[0].attrib["key"])
    assert len(episodes.files) == 3


async def test_look_up_in_a_large_library_is_small(fake_plex: FakePlex, client: Client, tmp_path: Path) -> None:
    """One new file among 2,000 costs one folder, and a lookup sends a couple of kB."""
    samples.build_tv_tree(tmp_path, shows=20, seasons=5, episodes=20)
    library = fake_plex.add_library("TV", "show", {"/tv": tmp_path})
    fake_plex.seed()
    assert len(fake_plex.items(library)) == 2000
    samples.add_episode(tmp_path, "Show 00007", 3, 21)

    await client.scan(library, "/tv/Show 00007/Season 03")
    reply = await client.listing(library, type=4, file="Show 00007 - S03E21.mkv")

    assert len(reply.files) == 1
    assert fake_plex.stats.folders_listed == 1
    assert fake_plex.stats.files_examined == 21
    assert fake_plex.stats.bytes_sent < 3000
    everything = await client.listing(library, type=4)
    assert len(everything.files) == 2001


async def test_file_filter_follows_changes(fake_plex: FakePlex, client: Client, tmp_path: Path) -> None:
    """The search text is made again after removals and many additions."""
    samples.build_movie_tree(tmp_path, movies=600)
    library = fake_plex.add_library("Movies", "movie", {"/m": tmp_path})
    fake_plex.seed()
    assert len((await client.listing(library, type=1, file="Movie 0060")).xml) == 1
    assert len((await client.listing(library, type=1, file="Movie 00")).xml) == 600
    (path,) = (tmp_path / "Movie 00600 (1990)").iterdir()
    path.unlink()
    samples.add_movie(tmp_path, "Movie 09999 (2020)")

    await client.scan(library)

    assert len((await client.listing(library, type=1, file="Movie 0060")).xml) == 0
    assert len((await client.listing(library, type=1, file="Movie 0")).xml) == 600
