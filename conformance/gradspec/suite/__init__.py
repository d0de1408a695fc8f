"""The suite as pytest tests, for any engine: `pytest --pyargs gradspec.suite --backend my_pkg.adapter:Engine`."""
