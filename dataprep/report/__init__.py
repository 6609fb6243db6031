"""The numbers of a run, shown: as text or JSON. Nothing is computed here."""
