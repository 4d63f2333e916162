"""Processing of one request, from acceptance to result."""
