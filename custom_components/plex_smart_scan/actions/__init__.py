"""The actions: where a path belongs, submitting requests, and responses."""
