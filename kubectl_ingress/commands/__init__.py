"""One file a verb: parse, ask ports, call core, render.

A module has ``run``, whose docstring with its examples is the help, or ``app`` (a
typer.Typer) where the verb has verbs of its own. Imports that cost something
stand in the functions that need them.
"""
