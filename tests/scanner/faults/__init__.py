"""The fault matrix: every kind of fault at every stage of a request, with the results during the fault and after it."""
