"""The repository meets the published rules of HACS and hassfest, and each rule fails for what it is there for."""

from collections.abc import Callable
import json
from pathlib import Path
import shutil
from typing import Any

from homeassistant.const import __version__ as home_assistant_version
from packaging.version import Version
import pytest

from .hacs import component, manifest_of, problems
from .repository import CHECKOUT, COMPONENT, files


def test_repository_has_no_problems() -> None:
    """No rule finds anything."""
    assert problems(CHECKOUT) == []


def test_versions_agree() -> None:
    """The manifest, pyproject.toml and the newest section of the changelog name one version."""
    version = manifest_of(CHECKOUT)["version"]

    assert f'\nversion = "{version}"\n' in (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    headings = [
        line for line in (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line.startswith("## [")
    ]
    assert headings[0] == "## [Unreleased]"
    assert headings[1].startswith(f"## [{version}] - ")


def test_minimum_version_is_tested() -> None:
    """What hacs.json admits is what the minimum group installs, and is not newer than what the tests run on."""
    minimum = json.loads((CHECKOUT / "hacs.json").read_text(encoding="utf-8"))["homeassistant"]

    pyproject = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'home-assistant-minimum = [\n  "homeassistant=={minimum}",' in pyproject
    assert Version(minimum) <= Version(home_assistant_version)


def in_json(file: str, **values: Any) -> Callable[[Path], None]:
    """Return a change of a JSON file; None removes a key."""

    def change(checkout: Path) -> None:
        path = checkout / file
        data = json.loads(path.read_text(encoding="utf-8")) | values
        path.write_text(json.dumps({key: value for key, value in data.items() if value is not None}), encoding="utf-8")

    return change


MANIFEST = "custom_components/plex_smart_scan/manifest.json"


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda checkout: (checkout / "custom_components" / "other").mkdir(), "more than the integration"),
        (lambda checkout: (component(checkout) / "__init__.py").unlink(), "no __init__.py"),
        (lambda checkout: (checkout / "hacs.json").unlink(), "hacs.json: missing"),
        (in_json("hacs.json", name=None), "hacs.json: no name"),
        (in_json("hacs.json", domains=["plex_smart_scan"]), "unknown key domains"),
        (in_json("hacs.json", zip_release="yes"), "zip_release has the wrong type"),
        (in_json("hacs.json", filename=None), "zip_release needs a filename"),
        (in_json("hacs.json", homeassistant="newest"), "no minimum version"),
        (in_json(MANIFEST, issue_tracker=None), "issue_tracker is missing"),
        (in_json(MANIFEST, codeowners=[]), "codeowners is missing"),
        (in_json(MANIFEST, codeowners=["@not a handle"]), "is not a GitHub handle"),
        (in_json(MANIFEST, domain="plex"), "the domain is not the folder's name"),
        (in_json(MANIFEST, integration_type="server"), "unknown integration_type"),
        (in_json(MANIFEST, documentation="http://example.org"), "documentation is not an https address"),
        (
            in_json(MANIFEST, documentation="https://www.home-assistant.io/integrations/plex"),
            "documentation is not an https address",
        ),
        (in_json(MANIFEST, version="newest"), "the version is in no known format"),
        (in_json(MANIFEST, requirements=["plexapi"]), "plexapi has blanks or no range"),
        (in_json(MANIFEST, requirements=["plexapi >= 4"]), "has blanks or no range"),
        (in_json(MANIFEST, requirements=["plexapi==="]), "is not a requirement"),
        (in_json(MANIFEST, after_dependencies=["plex", "webhook"]), "webhook is both in dependencies and"),
        (
            lambda checkout: (component(checkout) / "sensor.py").write_text(
                "from homeassistant.components.recorder import get_instance"
            ),
            "sensor.py imports recorder, which is no dependency",
        ),
        (
            lambda checkout: (component(checkout) / "__init__.py").write_text("async def async_setup(): ..."),
            "there is no CONFIG_SCHEMA",
        ),
        (lambda checkout: (component(checkout) / "brand" / "icon.png").unlink(), "icon.png is missing"),
        (lambda checkout: (component(checkout) / "brand" / "icon.png").write_bytes(b"GIF89a"), "icon.png is not a PNG"),
        (
            lambda checkout: shutil.copy(
                component(checkout) / "brand" / "icon@2x.png", component(checkout) / "brand" / "icon.png"
            ),
            "icon.png is not 256 × 256",
        ),
        (
            lambda checkout: shutil.copy(
                component(checkout) / "brand" / "icon@2x.png", component(checkout) / "brand" / "logo.png"
            ),
            "the shorter side of logo.png",
        ),
        (lambda checkout: (checkout / "README.md").unlink(), "README: missing"),
        (lambda checkout: (checkout / "README.md").write_text("![Picture](docs/none.png)"), "none.png does not exist"),
        (lambda checkout: (checkout / "README.md").write_text("# Title"), "README: no picture"),
        (lambda checkout: (checkout / "README.md").write_text("# Title"), "README: no section Install"),
        (lambda checkout: (checkout / "LICENSE").write_text("All rights reserved."), "LICENSE: not the text"),
    ],
)
def test_mutation_is_detected(tmp_path: Path, spoil: Callable[[Path], Any], problem: str) -> None:
    """Each rule fails for what it is there for."""
    needed = [CHECKOUT / name for name in ("README.md", "LICENSE", "hacs.json")]
    for path in (*needed, *files(COMPONENT), *files(CHECKOUT / "docs" / "images")):
        target = tmp_path / path.relative_to(CHECKOUT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)

    spoil(tmp_path)

    assert any(problem in each for each in problems(tmp_path)), problems(tmp_path)
