"""One rule a file; its docstring is its page of the manual.

A module has CODE (core.codes, for good), NAME, LEVEL (the worst that it says),
READS (the kinds that it looks at; ROUTES: what controllers make of all of them)
and ``check(subject)``, which yields Findings of that CODE.
"""
