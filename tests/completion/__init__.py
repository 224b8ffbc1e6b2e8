"""The completer, the shells' scripts, and how both get to where they are found."""
