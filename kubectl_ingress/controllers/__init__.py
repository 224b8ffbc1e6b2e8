"""One file a controller: ``PROFILE``, ``settings_of(workload)``, ``compile(snapshot, settings)``.

``PROFILE`` (see `_profile`) says how it is recognised. `compile` is pure: what it
cannot know it says with a KI401, and never guesses.
"""
