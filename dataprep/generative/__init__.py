"""Models that make rows: learned from training rows, judged before they are used."""
