"""What a person sees: a headless Chromium drives the Home Assistant of the demo. Run by `scripts/test-browser`."""
