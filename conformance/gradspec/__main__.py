"""`python -m gradspec` is `gradspec`."""

from .cli import main

if __name__ == "__main__":
    main()
