"""The action `process_notification`, called by downloaders with a token and by users."""
