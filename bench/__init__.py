"""Measures Doorstep against the limits of this machine: `make bench`."""
