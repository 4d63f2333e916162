"""Tests of connected downloaders, against fake ones over real sockets."""
