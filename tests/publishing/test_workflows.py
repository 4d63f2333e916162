"""The workflows: pinned, without permissions that they do not need, and calling what exists."""

import json
import os
from pathlib import Path
import re
from typing import Any

import pytest

from .repository import CHECKOUT, COMPONENT, files, workflow

NAMES = sorted(path.stem for path in (CHECKOUT / ".github" / "workflows").glob("*.yml"))


def steps(name: str) -> list[dict[str, Any]]:
    """Return the steps of all jobs of a workflow."""
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


def test_three_workflows_exist() -> None:
    """Validation, tests and the release."""
    assert NAMES == ["release", "test", "validate"]


@pytest.mark.parametrize("name", NAMES)
def test_actions_are_pinned(name: str) -> None:
    """Every action is pinned to a commit, with the tag or branch beside it for readers and Renovate."""
    text = (CHECKOUT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")

    used = re.findall(r"uses: *(.+)", text)
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # [\w.]+", action), action


@pytest.mark.parametrize("name", NAMES)
def test_permissions_are_granted_by_job(name: str) -> None:
    """A workflow grants nothing; only the release writes."""
    parsed = workflow(name)

    assert parsed["permissions"] == {}
    for job in parsed["jobs"].values():
        writes = {scope for scope, access in job["permissions"].items() if access == "write"}
        assert writes == ({"attestations", "contents", "id-token"} if name == "release" else set())
        assert job["timeout-minutes"] <= 45


@pytest.mark.parametrize("name", NAMES)
def test_checkouts_do_not_persist_credentials(name: str) -> None:
    """A later step cannot push with the token of the checkout."""
    for step in steps(name):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", NAMES)
def test_called_scripts_exist(name: str) -> None:
    """Every script of ours that a step runs is there and executable."""
    called = [
        word for step in steps(name) for word in re.findall(r"(?:^|\s)(\.ci/\w+|scripts/[\w-]+)", step.get("run", ""))
    ]

    for script in called:
        assert os.access(CHECKOUT / script, os.X_OK), script


def test_workflow_runs_the_tests_of_scripts_ci() -> None:
    """There is one list of what a change has to pass."""
    assert ".ci/run" in [step.get("run") for step in steps("test")]


def test_validators_run_daily() -> None:
    """The validators' rules change without a commit here."""
    assert workflow("validate")["on"]["schedule"][0]["cron"].split()[2:] == ["*", "*", "*"]


def test_hassfest_validates_the_integration_only() -> None:
    """Hassfest validates every manifest.json of its workspace, and not all of ours are Home Assistant's."""
    manifests = [path for path in files() if path.name == "manifest.json"]
    assert [path for path in manifests if path.is_relative_to(CHECKOUT / "custom_components")] == [
        COMPONENT / "manifest.json"
    ]

    checkout = workflow("validate")["jobs"]["hassfest"]["steps"][0]
    assert checkout["with"]["sparse-checkout"] == "custom_components"


def test_release_attaches_the_file_that_hacs_downloads() -> None:
    """The file's name in the workflow is the one that hacs.json promises."""
    promised = json.loads((CHECKOUT / "hacs.json").read_text(encoding="utf-8"))["filename"]

    assert workflow("release")["on"] == {"release": {"types": ["published"]}}
    commands = " ".join(step.get("run", "") for step in steps("release"))
    assert f"dist/{promised}" in commands
    assert 'scripts/build-release --tag "$TAG"' in commands


def test_pre_commit_runs_the_checks_of_scripts_lint() -> None:
    """pre-commit runs the same tools as scripts/lint."""
    lint = (CHECKOUT / "scripts" / "lint").read_text(encoding="utf-8")
    hooks = (CHECKOUT / ".pre-commit-config.yaml").read_text(encoding="utf-8")

    def checks(text: str) -> set[str]:
        return set(re.findall(r"(?:bin/(?:mypy|actionlint|ruff \w+)|vendor\.[\w-]+|scripts/set-publisher)", text))

    assert checks(hooks) == checks(lint)


def test_renovate_ignores_packages_of_home_assistant() -> None:
    """What a release of Home Assistant decides is updated by hand, all of it together."""
    groups = _dependency_groups()
    decided = {
        name
        for group in ("home-assistant-minimum", "home-assistant-next", "home-assistant", "demo")
        for name in groups[group]
    }

    rules = json.loads((CHECKOUT / ".github" / "renovate.json").read_text(encoding="utf-8"))["packageRules"]
    disabled = {name for rule in rules if rule.get("enabled") is False for name in rule.get("matchPackageNames", ())}
    assert decided <= disabled


def _dependency_groups() -> dict[str, list[str]]:
    text = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    tables = re.findall(r"^([\w-]+) = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    return {group: re.findall(r'^ *"([\w-]+)==', body, re.MULTILINE) for group, body in tables}


def test_devcontainer_starts_the_demo() -> None:
    """It sets up the environment and opens the demo's Home Assistant."""
    settings = json.loads((CHECKOUT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))

    assert settings["postCreateCommand"] == "scripts/setup"
    script, *arguments = settings["postAttachCommand"].split()
    assert os.access(CHECKOUT / script, os.X_OK)
    assert arguments == ["--port", str(settings["forwardPorts"][0])]
    assert Path(settings["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]).parts[0] == ".venv"
