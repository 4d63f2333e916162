"""Everything that communicates with Plex: the client and its transport, XML, the websocket, errors and availability."""
