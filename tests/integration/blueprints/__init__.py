"""The blueprints, imported and run as automations in Home Assistant."""
