"""Where student code runs. This room knows nothing of grades."""
