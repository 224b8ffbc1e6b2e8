"""One file a verb: parse, ask ports, call core, render."""
