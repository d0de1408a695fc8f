"""The ops, a family a module: each op is one block with its NumPy forward and the derivative of each argument."""
