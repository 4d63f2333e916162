"""Connected downloaders: the client of their API, the connection to our webhook, path mappings and catch-up."""
