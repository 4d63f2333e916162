"""The publisher's details: one file contains them, and a script writes them into the others."""

import json
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

from .repository import CHECKOUT, files, text_files

OURS = json.loads((CHECKOUT / "publisher.json").read_text(encoding="utf-8"))
OTHER = {"owner": "another-owner", "repository": "another.name", "code_owner": "jane-doe"}


def set_publisher(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script of a checkout."""
    script = checkout / "scripts" / "set-publisher"
    return subprocess.run([sys.executable, script, *arguments], check=False, capture_output=True, text=True)  # noqa: S603


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the repository whose publisher.json names another publisher."""
    for path in files():
        target = tmp_path / path.relative_to(CHECKOUT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (tmp_path / "publisher.json").write_text(json.dumps(OTHER), encoding="utf-8")
    return tmp_path


def test_all_files_have_the_publisher_details() -> None:
    """Every file has the details of publisher.json."""
    checked = set_publisher(CHECKOUT, "--check")

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_check_detects_other_details(copy: Path) -> None:
    """The check names the files that disagree and changes none."""
    checked = set_publisher(copy, "--check")

    assert checked.returncode == 1
    assert "docs/blueprints.md" in checked.stdout
    assert OURS["owner"] in (copy / "docs" / "blueprints.md").read_text(encoding="utf-8")


def test_script_replaces_the_old_publisher(copy: Path) -> None:
    """After the script has run, no file names the old publisher, and the manifest names the new one."""
    assert set_publisher(copy).returncode == 0

    old = f"{OURS['owner']}/{OURS['repository']}"
    forms = (f"github.com/{OURS['owner']}", f"release/{old}", old.replace("/", "%2F"), f"owner={OURS['owner']}&")
    left = [
        f"{path.relative_to(copy)}: {form}"
        for path, text in text_files(copy)
        for form in (*forms, f'"@{OURS["code_owner"]}"')
        if form in text
    ]
    assert left == []
    manifest = json.loads(
        (copy / "custom_components" / "plex_smart_scan" / "manifest.json").read_text(encoding="utf-8")
    )
    assert manifest["documentation"] == "https://github.com/another-owner/another.name"
    assert manifest["issue_tracker"] == "https://github.com/another-owner/another.name/issues"
    assert manifest["codeowners"] == ["@jane-doe"]
    assert set_publisher(copy, "--check").returncode == 0


def test_publisher_can_be_changed_back(copy: Path) -> None:
    """Setting another publisher and then ours again restores every file."""
    set_publisher(copy)
    shutil.copy(CHECKOUT / "publisher.json", copy)
    set_publisher(copy)

    for path in files():
        assert (copy / path.relative_to(CHECKOUT)).read_bytes() == path.read_bytes(), path
