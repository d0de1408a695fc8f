"""Faults after bugs that real engines had, as their trackers tell: written before any of them was run.

They keep the score honest: pages and programs grew while the other families' survivors were looked at. Each names
the report that it is drawn from, where there is one; the bug is retold as a slip of one function.
"""
