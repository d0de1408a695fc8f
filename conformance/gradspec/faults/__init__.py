"""Faults that are planted in engines, to measure how many of them the suite finds: `gradspec faults`.

One family of slips a module; a fault is one function with a sentence, and its name is the function's.
"""
