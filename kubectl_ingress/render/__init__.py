"""How results look: no decisions here."""
