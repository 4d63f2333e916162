"""One request from acceptance to result: what it is about, how it proceeds, and what became of it."""
