"""One file a controller: its PROFILE, ``settings_of(told, snapshot)`` and ``compile``.

``PROFILE`` (see `_profile`) says how it is recognised. `compile` is pure: what it
cannot know it says with a KI401, and never guesses.
"""
