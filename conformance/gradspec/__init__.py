"""gradspec: does an autograd engine do what its documentation says, and is its derivative right?"""

__version__ = "0.1.0"
