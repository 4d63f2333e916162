"""The files of the blueprints: they are valid, and each can be imported with a button."""

import re
from urllib.parse import parse_qs, urlparse

from homeassistant.components.blueprint.models import Blueprint
from homeassistant.components.blueprint.schemas import BLUEPRINT_SCHEMA
from homeassistant.util.yaml import load_yaml
import pytest

from custom_components.plex_smart_scan.const import DOMAIN

from .conftest import CHECKOUT, FOLDER

NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_blueprint_is_valid(name: str) -> None:
    """It matches the schema of Home Assistant, needs no newer release than the integration and links to itself."""
    data = load_yaml(str(FOLDER / f"{name}.yaml"))
    assert isinstance(data, dict)

    blueprint = Blueprint(data, expected_domain="automation", schema=BLUEPRINT_SCHEMA)

    assert blueprint.validate() is None
    assert blueprint.metadata["source_url"].endswith(f"/blueprints/automation/{DOMAIN}/{name}.yaml")
    texts = [blueprint.metadata["description"], *(each["description"] for each in blueprint.inputs.values())]
    assert all(texts)


def test_every_blueprint_has_an_import_button() -> None:
    """The buttons on the page lead to the blueprints' sources, each below the blueprint's name."""
    page = (CHECKOUT / "docs" / "blueprints.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((https://my\.home-assistant\.io/redirect/blueprint_import/[^)]*)\)", page)
    imported = [parse_qs(urlparse(link).query)["blueprint_url"][0] for link in links]
    blueprints = [load_yaml(str(FOLDER / f"{name}.yaml")) for name in NAMES]
    metadata = [each["blueprint"] for each in blueprints if isinstance(each, dict)]

    assert sorted(imported) == sorted(each["source_url"] for each in metadata)
    assert all(f"## {each['name']}\n" in page for each in metadata)
