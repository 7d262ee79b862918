"""Routers of the twin behind SSH: the clock driver, the listeners, and paths in the network."""

LOOPBACK = "127.0.0.1"
"""Where all listeners of the twin are."""
