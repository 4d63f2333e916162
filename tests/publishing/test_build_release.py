"""The zip of a release: the component's files, nothing else, always the same bytes."""

import json
from pathlib import Path
import shutil
import subprocess
import sys
from zipfile import ZipFile

import pytest

from .repository import CHECKOUT, COMPONENT, files

VERSION = json.loads((COMPONENT / "manifest.json").read_text(encoding="utf-8"))["version"]


def build(*arguments: str | Path, script: Path = CHECKOUT / "scripts" / "build-release") -> str:
    """Run the script and return what it printed."""
    done = subprocess.run([sys.executable, script, *arguments], check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout.strip()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return a zip as a release has it."""
    return Path(build("--tag", f"v{VERSION}", "--output", tmp_path))


def test_zip_has_the_name_that_hacs_downloads(archive: Path) -> None:
    """The file has the name that hacs.json promises."""
    assert archive.name == json.loads((CHECKOUT / "hacs.json").read_text(encoding="utf-8"))["filename"]


def test_zip_contents_match_the_folder(archive: Path) -> None:
    """Every file of the component is at its place below the zip's root, unchanged."""
    expected = {path.relative_to(COMPONENT).as_posix(): path.read_bytes() for path in files(COMPONENT)}

    with ZipFile(archive) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == expected
        assert "manifest.json" in opened.namelist()


def test_bytecode_and_hidden_files_are_excluded(tmp_path: Path) -> None:
    """What Python, editors and file managers leave behind is not released."""
    copy = tmp_path / "checkout"
    component = copy / "custom_components" / "plex_smart_scan"
    shutil.copytree(COMPONENT, component)
    shutil.copytree(CHECKOUT / "scripts", copy / "scripts")
    shutil.copy(CHECKOUT / "hacs.json", copy)
    (component / "scanner" / "__pycache__").mkdir(exist_ok=True)
    (component / "scanner" / "__pycache__" / "models.cpython-314.pyc").touch()
    (component / ".DS_Store").touch()

    with ZipFile(build("--output", tmp_path, script=copy / "scripts" / "build-release")) as opened:
        assert not [name for name in opened.namelist() if "pycache" in name or ".DS_Store" in name]


def test_builds_are_reproducible(archive: Path, tmp_path: Path) -> None:
    """Two builds of the same files are the same bytes."""
    again = Path(build("--output", tmp_path / "again"))

    assert again.read_bytes() == archive.read_bytes()


@pytest.mark.parametrize("tag", ["v9.9.9", "", "v", f"V{VERSION}", f"{VERSION}-1"])
def test_tag_of_another_version_is_rejected(tag: str, tmp_path: Path) -> None:
    """A tag that is not the manifest's version builds nothing, and the error names both."""
    with pytest.raises(subprocess.CalledProcessError) as refused:
        build("--tag", tag, "--output", tmp_path)

    assert f"the tag is {tag}" in refused.value.stderr
    assert VERSION in refused.value.stderr
    assert not list(tmp_path.iterdir())
