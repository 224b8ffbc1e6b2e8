"""One check a file; its docstring says what it looks at.

A module has AREA (one of doctor.engine.AREAS), NAME, CODES (those that it may
find) and ``check(case)``, which yields a line for each thing it looked at.
"""
