"""One file a controller: ``PROFILE`` and ``compile(snapshot, ...) -> RouteTable``.

``PROFILE`` (see `_profile`) says how it is recognised. `compile` is pure: what it
cannot know it says with a KI401, and never guesses.
"""
