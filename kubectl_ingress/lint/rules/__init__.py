"""One rule a file; its docstring is its page of the manual.

A module has CODE (core.codes, for good), NAME, LEVEL (the worst that it says),
READS (the kinds that it looks at; ROUTES: what controllers make of all of them)
and ``check(subject)``, which yields Findings of that CODE.

A Finding has a `mend` only where there is one right edit, whoever asks; then the page has the
section "What --fix does", which says what is mended and what is left to a person.
"""
