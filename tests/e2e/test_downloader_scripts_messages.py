"""The messages of the scripts: one line, the reason first, without secrets; and the results of `--test`."""

import os
from pathlib import Path
import shutil
import tempfile

import pytest

from tests.e2e.processes import free_port
from tests.e2e.sender import Ran, Sender, small_system
from tests.e2e.stand_in import WEBHOOK_ID, Behaviour, stand_in
from tests.fake_plex.certificates import self_signed_context

pytestmark = [pytest.mark.timeout(60), pytest.mark.usefixtures("socket_enabled")]

PATH = "/tv/Harbour Lights/Season 01"
KEPT = " The notification is kept and will be sent with the next call.\n"


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (
            Behaviour.STARTING,
            "Home Assistant did not recognize the webhook. Home Assistant may still be starting, ",
        ),
        (Behaviour.PROXY, "Home Assistant could not accept the notification (HTTP 502)."),
        (None, "Home Assistant cannot be reached at http://127.0.0.1:"),
    ],
)
async def test_message_is_one_line_that_starts_with_the_reason(
    tmp_path: Path, behaviour: Behaviour | None, reason: str
) -> None:
    """The line starts with the reason and does not contain the webhook's ID."""
    async with stand_in(behaviour) as home:
        ran = await Sender.copied(tmp_path, PLEX_SMART_SCAN_WEBHOOK=home.webhook).run(PATH)

    assert (len(ran.lines), ran.output.startswith(reason), ran.output.endswith(KEPT)) == (1, True, True), ran.output
    assert WEBHOOK_ID not in ran.output


async def test_reason_of_a_rejection_is_shown_safely(tmp_path: Path) -> None:
    """The integration's own words, decoded, without control characters of the name."""
    async with stand_in(Behaviour.REJECTING) as home:
        sender = Sender.copied(tmp_path, PLEX_SMART_SCAN_WEBHOOK=home.webhook)
        ran = await sender.run('/x/A "B" \\ \u00e9\U0001f600\n[NZB] FINALDIR=/etc')

    assert ran == Ran(1, '“/x/A "B" \\ \u00e9\U0001f600?[NZB] FINALDIR=/etc” is in no library\n')
    assert sender.kept() == []


@pytest.mark.parametrize("raw", [b"caf\xe9", b"\xc0\x80", b"\xe2\x82", b"\xff"])
async def test_name_that_is_not_utf8_is_reported_and_not_sent(tmp_path: Path, raw: bytes) -> None:
    """The path cannot be sent as JSON; it is reported, and the other paths are sent."""
    name = os.fsdecode(raw)
    async with stand_in() as home:
        sender = Sender.copied(tmp_path, PLEX_SMART_SCAN_WEBHOOK=home.webhook)
        for paths in ((f"/tv/{name}.mkv",), (f"/tv/{name}.mkv", "/tv/é—\U0001f600.mkv")):
            ran = await sender.run(*paths)
            assert (ran.code, len(ran.lines)) == (1, 1)
            assert ran.output.startswith("The name /tv/")
            assert "?.mkv is not UTF-8. If the file name is correct, set LC_ALL=C.UTF-8" in ran.output

    assert home.order == ["/tv/é—\U0001f600.mkv"]
    assert sender.kept() == []


async def test_wrong_scheme_is_reported(tmp_path: Path) -> None:
    """The use of http instead of https, or the reverse, is reported; the notification is kept."""
    async with stand_in() as plain, stand_in(ssl=self_signed_context(tmp_path)) as secure:
        sender = Sender.copied(tmp_path / "a")
        ran = await sender.run(PATH, PLEX_SMART_SCAN_WEBHOOK=plain.webhook.replace("http:", "https:"))
        assert ran == Ran(
            1,
            f"The URL begins with https, but 127.0.0.1:{plain.port} uses http. Change the URL to {plain.url}." + KEPT,
        )
        assert (await sender.run(PATH, PLEX_SMART_SCAN_WEBHOOK=plain.webhook)).code == 0
        assert plain.accepted == {PATH: 2}

        sender = Sender.copied(tmp_path / "b")
        ran = await sender.run(PATH, PLEX_SMART_SCAN_WEBHOOK=secure.webhook.replace("https:", "http:"))
        assert ran.output.startswith(f"The URL begins with http, but 127.0.0.1:{secure.port} uses https."), ran.output
        ran = await sender.run(PATH, PLEX_SMART_SCAN_WEBHOOK=secure.webhook)
        assert ran.output.startswith(f"This machine does not trust the certificate of {secure.url}."), ran.output


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, "PLEX_SMART_SCAN_WEBHOOK is missing. Set it in the environment or in "),
        (
            {"PLEX_SMART_SCAN_WEBHOOK": "ha.local/api/webhook/5ec2e7"},
            "PLEX_SMART_SCAN_WEBHOOK does not begin with http",
        ),
        (
            {"PLEX_SMART_SCAN_WEBHOOK": 'http://ha.local/api/webhook/5ec2e7"\noutput = "/etc/passwd'},
            "PLEX_SMART_SCAN_WEBHOOK contains a character that is not allowed in this URL.",
        ),
        (
            {"PLEX_SMART_SCAN_WEBHOOK": "http://ha.local:8123/5ec2e7"},
            "PLEX_SMART_SCAN_WEBHOOK is not a webhook URL",
        ),
        ({"PLEX_SMART_SCAN_URL": "http://ha.local:8123"}, "PLEX_SMART_SCAN_TOKEN is missing. "),
        ({"PLEX_SMART_SCAN_TOKEN": "5ec2e7"}, "PLEX_SMART_SCAN_WEBHOOK is missing. "),
        (
            {"PLEX_SMART_SCAN_URL": "http://ha.local:8123", "PLEX_SMART_SCAN_TOKEN": "5ec2e7 x"},
            "PLEX_SMART_SCAN_TOKEN contains a character that is not allowed in a token.",
        ),
    ],
)
async def test_wrong_setting_is_reported_without_its_value(
    tmp_path: Path, settings: dict[str, str], reason: str
) -> None:
    """The name of the setting is reported in one line."""
    sender = Sender.copied(tmp_path)
    for arguments in ((PATH,), ("--test",)):
        ran = await sender.run(*arguments, **settings)
        assert (ran.code, len(ran.lines), ran.output.startswith(reason)) == (2, 1, True), ran.output
        assert "5ec2e7" not in ran.output


@pytest.mark.parametrize(
    ("encoding", "ending", "named"),
    [
        ("utf-8", "\n", ""),
        ("utf-8-sig", "\n", "byte order mark (BOM)"),
        ("utf-8", "\r\n", "Windows line endings (CRLF)"),
    ],
)
async def test_configuration_file_formats_are_accepted(tmp_path: Path, encoding: str, ending: str, named: str) -> None:
    """Quotes, comments, `export`, a byte order mark and Windows' line endings do no harm; the last two are named."""
    async with stand_in() as home:
        sender = Sender.copied(tmp_path)
        lines = (
            "# Home Assistant",
            f'export PLEX_SMART_SCAN_WEBHOOK="{home.webhook}" ',
            "PLEX_SMART_SCAN_RETRY_FOR=0",
            "",
        )
        conf = tmp_path / "plex-smart-scan.conf"
        conf.write_bytes(ending.join(lines).encode(encoding))

        ran = await sender.run(PATH)
        tested = await sender.run("--test")

    assert (ran.code, ran.lines[-1], tested.code) == (0, f"accepted: {PATH}", 0)
    for said in (ran.lines[:-1], tested.lines[:-1]):
        assert [named in line for line in said] == ([True] if named else [])
    assert WEBHOOK_ID not in ran.output + tested.output


async def test_unreadable_configuration_file_is_reported(tmp_path: Path) -> None:
    """UTF-16 and missing permissions are reported; the content of the file is not printed."""
    sender = Sender.copied(tmp_path)
    conf = tmp_path / "plex-smart-scan.conf"
    conf.write_text(f"PLEX_SMART_SCAN_WEBHOOK=http://ha.local/api/webhook/{WEBHOOK_ID}\n", encoding="utf-16")
    ran = await sender.run(PATH)
    assert ran == Ran(2, f"The configuration file {conf} is saved as UTF-16. Save it as UTF-8.\n")

    with tempfile.TemporaryDirectory() as shared:
        os.chmod(shared, 0o755)  # noqa: PTH101, S103 - for the other user
        folder = Path(shared)
        sender = Sender.copied(folder)
        conf = folder / "plex-smart-scan.conf"
        conf.write_text(f"PLEX_SMART_SCAN_WEBHOOK=http://ha.local/api/webhook/{WEBHOOK_ID}\n", encoding="utf-8")
        conf.chmod(0)
        process = await sender.start(PATH, user=65534 if os.getuid() == 0 else None)
        output, _ = await process.communicate()
    assert f" cannot read the configuration file {conf}." in output.decode()
    assert (process.returncode, WEBHOOK_ID in output.decode()) == (2, False)


async def test_script_works_through_symbolic_links(tmp_path: Path) -> None:
    """A link to the script, or to a link to it, uses the files beside the script; a conf beside the link works too."""
    async with stand_in() as home:
        sender = Sender.copied(tmp_path / "real", "qbittorrent.sh")
        (tmp_path / "real" / "plex-smart-scan.conf").write_text(f"PLEX_SMART_SCAN_WEBHOOK={home.webhook}\n")
        for folder in ("links", "more"):
            (tmp_path / folder).mkdir()
        (tmp_path / "links" / "first").symlink_to("../real/qbittorrent.sh")
        (tmp_path / "more" / "second").symlink_to(tmp_path / "links" / "first")
        linked = Sender(tmp_path / "more" / "second")
        assert await linked.run(PATH) == Ran(0, f"accepted: {PATH}\n")

        shutil.move(tmp_path / "real" / "plex-smart-scan.conf", tmp_path / "more")
        await home.stop()
        assert (await linked.run(PATH)).code == 0

    assert len(sender.kept()) == 1


async def test_self_test_reports_the_state_in_one_sentence(tmp_path: Path) -> None:
    """`--test` reports success or the problem in one sentence, and keeps nothing to send."""
    async with stand_in() as home:
        sender = Sender.copied(tmp_path, "nzbget.sh", PLEX_SMART_SCAN_WEBHOOK=home.webhook)
        good = "OK: Home Assistant accepts notifications from this machine"
        assert await sender.run("--test") == Ran(0, f"{good}.\n")
        assert await sender.run("--test", PATH) == Ran(0, f"{good}, and the path is in a library.\n")
        assert home.order == [PATH]
        home.behaviour = Behaviour.REJECTING
        assert await sender.run("--test", PATH) == Ran(1, f"“{PATH}” is in no library\n")
        home.behaviour = Behaviour.STARTING
        ran = await sender.run("--test")
        assert (ran.code, "the webhook ID may be wrong" in ran.output, len(ran.lines)) == (1, True, 1)
        ran = await sender.run("--test", PLEX_SMART_SCAN_SPOOL="/proc/none/spool")
        assert (ran.code, "paths cannot be kept: the user " in ran.output) == (1, True)
        ran = await sender.run("--test", PLEX_SMART_SCAN_WEBHOOK=f"http://127.0.0.1:{free_port()}/api/webhook/x")
        assert (ran.code, ran.output.startswith("Home Assistant cannot be reached at")) == (1, True)
        ran = await sender.run("--test", PATH=small_system(tmp_path / "bin", without="curl"))
        assert (ran.code, ran.output) == (2, "The program curl is not installed.\n")

    assert sender.kept() == []


@pytest.mark.parametrize(
    ("script", "arguments", "environment"),
    [
        ("transmission.sh", (), {}),
        ("deluge.sh", ("c0ffee", "name"), {}),
        ("qbittorrent.sh", ("",), {}),
        ("zurg.sh", ("movies/Tenet",), {}),
        ("unmanic.sh", ("/no/such/folder",), {}),
        ("plex-smart-scan.sh", (), {}),
    ],
)
async def test_wrong_use_is_reported_and_nothing_is_sent(
    tmp_path: Path, script: str, arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    """A wrong configuration is reported, and nothing is sent."""
    async with stand_in() as home:
        sender = Sender.copied(tmp_path, script, PLEX_SMART_SCAN_WEBHOOK=home.webhook)
        ran = await sender.run(*arguments, **environment)

    assert (ran.code, len(ran.lines), home.requests) == (2, 1, 0), ran.output


async def test_exit_codes_do_not_mark_downloads_as_failed(tmp_path: Path) -> None:
    """NZBGet's 94 and SABnzbd's exit code mark a download as failed: neither is used for what is not its fault."""
    async with stand_in(Behaviour.REJECTING) as home:
        settings = {"PLEX_SMART_SCAN_WEBHOOK": home.webhook}
        nzbget = Sender.copied(tmp_path / "a", "nzbget/main.sh", **settings)
        good = {"NZBPP_DIRECTORY": PATH, "NZBPP_TOTALSTATUS": "SUCCESS"}
        ran = await nzbget.run(**good)
        assert ran == Ran(95, f"[ERROR] “{PATH}” is in no library\n")
        home.behaviour = Behaviour.WORKING
        assert await nzbget.run(**good) == Ran(93, f"[INFO] accepted: {PATH}\n")
        ran = await nzbget.run(**good | {"NZBPP_TOTALSTATUS": "FAILURE"})
        assert (ran.code, ran.output.startswith("[INFO] The download failed")) == (95, True)
        assert (await nzbget.run()).code == 95
        settings_page = {"NZBPO_WEBHOOK": home.webhook, "PLEX_SMART_SCAN_WEBHOOK": "http://127.0.0.1:9/api/webhook/x"}
        assert (await nzbget.run(**good | settings_page)).code == 93
        assert (await nzbget.run(**good, PLEX_SMART_SCAN_WEBHOOK="nonsense")).code == 95

        await home.stop()
        ran = await nzbget.run(**good)
        assert (ran.code, ran.output.startswith("[ERROR] Home Assistant cannot be reached")) == (95, True)
        sabnzbd = Sender.copied(tmp_path / "b", "sabnzbd.sh", **settings)
        finished = (PATH, "x.nzb", "x", "", "tv", "")
        assert (await sabnzbd.run(*finished, "2", "")).output == "The download failed, so there is nothing to report.\n"
        assert (await sabnzbd.run(*finished, "0", "")).code == 0
    assert len(sabnzbd.kept()) == 1
