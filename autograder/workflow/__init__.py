"""A class's way from hand-ins to gradebook, feedback and report."""
