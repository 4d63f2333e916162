"""One request from acceptance to result: evidence, decision, execution, results and the journal."""
