"""The fault matrix: every kind of fault at every stage of a request, with what is said meanwhile and afterwards."""
