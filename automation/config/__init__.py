"""Intended configuration: render, diff and defaults profiles."""
