"""Commands of `doorstep` beside the nightly road, and the words that all commands share; `cli.py` puts them together."""
