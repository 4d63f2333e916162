"""Everything that talks to Plex: the client, its transport, XML, websocket, errors and availability."""
