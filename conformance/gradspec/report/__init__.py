"""Turn runs into something to read: `build` counts, `write` draws, `compare` and `merge` work on several runs.

A report knows run records and pages; it asks no engine anything.
"""
