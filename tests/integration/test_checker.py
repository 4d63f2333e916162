"""The files of the integration are complete and consistent, and the checker detects if they are not."""

from collections.abc import Callable
import json
from pathlib import Path
import shutil
from typing import Any

import pytest

import custom_components.plex_smart_scan as integration

from .checker import problems

OURS = Path(integration.__file__).parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy to modify."""
    folder = tmp_path / "plex_smart_scan"
    shutil.copytree(OURS, folder, ignore=shutil.ignore_patterns("scanner", "__pycache__"))
    return folder


def in_json(name: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """Return a function that changes a JSON file."""

    def do(folder: Path) -> None:
        data = json.loads((folder / name).read_text())
        change(data)
        (folder / name).write_text(json.dumps(data))

    return do


def in_text(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Return a function that changes a text file."""

    def do(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return do


EN = "translations/en.json"


def in_all_languages(change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """Return a function that changes the texts of every language."""

    def do(folder: Path) -> None:
        for file in (folder / "translations").iterdir():
            in_json(f"translations/{file.name}", change)(folder)

    return do


def test_files_have_no_problems() -> None:
    """Nothing is missing, unused or misspelt."""
    assert problems(OURS) == []


def test_copy_has_no_problems(copy: Path) -> None:
    """The unmodified copy has no problems."""
    assert problems(copy) == []


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (in_json("manifest.json", lambda m: m.update(domainn="x")), "manifest: unknown key domainn"),
        (in_json("manifest.json", lambda m: m.update(name=m.pop("name"))), "manifest: keys are not in order"),
        (in_json("manifest.json", lambda m: m.update(version="new")), "manifest: no version"),
        (in_json("manifest.json", lambda m: m.pop("categories")), "manifest: no categories"),
        (in_json("manifest.json", lambda m: m.pop("connectivity")), "manifest: no connectivity"),
        (in_json("manifest.json", lambda m: m.update(domain="other")), "manifest: the domain is not"),
        (in_json("manifest.json", lambda m: m.update(iot_class="push")), "manifest: unknown iot_class"),
        (in_json("manifest.json", lambda m: m.update(config_flow=False)), "manifest: config_flow does not"),
        (in_json("manifest.json", lambda m: m.update(codeowners=[])), "manifest: no code owner"),
        (in_json("manifest.json", lambda m: m.update(dependencies=["webhok"])), "manifest: webhok in dependencies"),
        (in_json("manifest.json", lambda m: m.update(documentation="http://x")), "manifest: documentation is no"),
        (in_json("manifest.json", lambda m: m.update(requirements=["plexapi >=4"])), "manifest: requirement 'plexapi"),
        (in_json("manifest.json", lambda m: m.update(quality_scale="platinum")), "platinum is claimed, but async"),
        (in_json("manifest.json", lambda m: m.pop("quality_scale")), "quality scale: the manifest claims no tier"),
        (in_text("quality_scale.yaml", "  brands: done\n", ""), "quality scale: brands is missing"),
        (in_text("quality_scale.yaml", "brands: done", "brands: dun"), "quality scale: brands has an unknown"),
        (in_text("quality_scale.yaml", "brands: done", "brands:\n    status: exempt"), "brands is exempt without"),
        (lambda folder: (folder / "brand" / "icon.png").unlink(), "brand: no icon.png"),
        (lambda folder: shutil.copy(folder / "brand/icon@2x.png", folder / "brand/icon.png"), "not 256"),
        (in_json("translations/de.json", lambda t: t["common"].pop("added")), "de: common.added is missing"),
        (in_json("translations/fr.json", lambda t: t["common"].update(added="{library}")), "fr: the placeholders of"),
        (in_json("translations/nl.json", lambda t: t["common"].update(failed="<b>x</b>")), "nl: common.failed is"),
        (lambda folder: (folder / "translations/es.json").unlink(), "es: common.added is missing"),
        (
            in_all_languages(lambda t: t["config"]["step"]["manual"]["data_description"].pop("url")),
            "manual: url has no name or no description",
        ),
        (
            in_all_languages(
                lambda t: t["options"]["step"]["init"]["sections"]["scanning"]["data"].pop("smart_scanning")
            ),
            "options.init.scanning: smart_scanning has no name",
        ),
        (in_all_languages(lambda t: t["config"]["step"].pop("core")), "flows: the step core has no text"),
        (in_all_languages(lambda t: t["config"]["error"].pop("timeout")), "flows: the error timeout has no text"),
        (in_all_languages(lambda t: t["config"]["error"].update(odd="x")), "flows: the error odd is not used"),
        (in_all_languages(lambda t: t["config"]["abort"].pop("wrong_account")), "flows: the abort wrong_account"),
        (in_all_languages(lambda t: t["config"]["step"]["user"]["menu_options"].pop("core")), "flows: the menu"),
        (in_text("actions/servers.py", '"no_server_loaded"', '"no_server"'), "no_server has no text"),
        (in_text("services.py", '"count": str(len(paths))', '"many": str(len(paths))'), "of scan_failed_several"),
        (
            in_text("services.py", '{"field": log_safe(field)}', '{"field": str(error)}'),
            "a translated text holds another",
        ),
        (
            in_text("actions/servers.py", 'translation_key="no_server_loaded"', 'text="x"'),
            "an error that is not translated",
        ),
        (in_all_languages(lambda t: t["exceptions"].update(odd={"message": "x"})), "exceptions: odd is not used"),
        (in_all_languages(lambda t: t["exceptions"].pop("invalid_path_nul")), "invalid_path_nul has no text"),
        (in_all_languages(lambda t: t["common"].pop("failed_permission")), "results: failed_permission has no"),
        (
            in_all_languages(lambda t: t["entity"]["sensor"]["last_result"]["state"].pop("added")),
            "results: added has no state",
        ),
        (in_all_languages(lambda t: t["issues"].pop("not_visible")), "issues: not_visible has no text"),
        (in_all_languages(lambda t: t["issues"]["not_visible"].pop("description")), "issues: not_visible needs"),
        (
            in_text("translations/fr.json", "`{path}`", "« {path} »"),
            "fr: path is not in backticks in issues.no_library",
        ),
        (
            in_json("translations/de.json", lambda t: t["issues"]["not_visible"].update(title="`{server}`")),
            "de: server is in backticks in issues.not_visible.title",
        ),
        (in_text("services.yaml", "boolean:", "bolean:"), "actions: "),
        (in_text("services.yaml", "multiple: true", "multiple: false"), "scan_path.path is no list of texts"),
        (in_text("services.yaml", "text:\n              multiple: true", "object:"), "scan_path.library is no list"),
        (in_text("services.yaml", "resolve_path:", "resolve_paht:"), "actions: resolve_paht is not described"),
        (in_all_languages(lambda t: t["services"]["scan_path"].pop("name")), "actions: scan_path has no name"),
        (
            in_all_languages(lambda t: t["services"]["scan_path"]["fields"]["size"].pop("description")),
            "actions: scan_path.size has no name",
        ),
        (
            in_all_languages(lambda t: t["services"]["scan_path"]["fields"].update(odd={"name": "x"})),
            "actions: scan_path.odd has a text",
        ),
        (in_json("icons.json", lambda i: i["services"]["scan_path"].pop("sections")), "the section scan_path.advanced"),
        (in_json("icons.json", lambda i: i["services"].pop("scan_path")), "actions: scan_path has no text or icon"),
        (in_json("icons.json", lambda i: i["entity"]["sensor"].pop("shows")), "entities: sensor.shows has no icon"),
        (
            in_json("icons.json", lambda i: i["entity"]["sensor"]["shows"].update(default="mdi:telly")),
            "icons: mdi:telly of entity.sensor.shows.default does not exist",
        ),
        (
            in_json(
                "icons.json",
                lambda i: i["entity"]["sensor"]["last_result"]["state"].update(x="mdi:check-circle-outline"),
            ),
            "icons: a state of sensor.last_result",
        ),
        (in_all_languages(lambda t: t["entity"]["sensor"]["shows"].pop("name")), "entities: sensor.shows has no name"),
        (
            in_all_languages(lambda t: t["entity"]["sensor"]["shows"].update(unit_of_measurement="shows")),
            "entities: sensor.shows has a unit that is a noun",
        ),
        (in_all_languages(lambda t: t["entity"]["button"].update(odd={"name": "x"})), "entities: button.odd is no"),
        (in_text("sensor.py", '"""Sensor platform of the Plex Smart Scan integration."""', ""), "no docstring"),
        (in_text("sensor.py", "PARALLEL_UPDATES = 0", ""), "sensor.py: no PARALLEL_UPDATES"),
        (in_text("flows/check_connection.py", '"Unexpected error', '"unexpected error'), "a log line begins small"),
    ],
)
def test_mutation_is_detected(copy: Path, spoil: Callable[[Path], Any], problem: str) -> None:
    """Each check detects its kind of problem."""
    spoil(copy)

    assert any(problem in each for each in problems(copy)), problems(copy)
