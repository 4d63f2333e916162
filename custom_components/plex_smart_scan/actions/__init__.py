"""The actions: routing paths to servers, submitting requests, and responses."""
