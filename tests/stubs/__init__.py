"""Providers' stand-ins on loopback: real servers that check what they get, and fail when they are told to."""
