"""Routing protocols as sans-I/O machines."""
