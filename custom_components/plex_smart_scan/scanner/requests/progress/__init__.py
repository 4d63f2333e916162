"""What has been found out about one request in one library, and the evidence that this amounts to."""
