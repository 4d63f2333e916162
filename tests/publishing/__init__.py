"""What makes the repository publishable: workflows, the release's zip, the publisher's details, pages and forms."""
