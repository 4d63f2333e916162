"""What all tests share."""

# Imported before Home Assistant starts, or the test plugin's own `custom_components` would hide ours.
import custom_components.plex_smart_scan.scanner  # noqa: F401

pytest_plugins = ["tests.fake_plex.fixtures", "tests.fake_plex_tv.fixtures"]
