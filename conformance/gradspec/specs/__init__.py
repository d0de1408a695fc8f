"""The pages of specs/: find them, read them, lint them, and perform their checks on a backend."""
