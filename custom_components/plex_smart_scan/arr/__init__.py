"""Connected downloaders: API client, Webhook connection, path mappings and catch-up."""
