"""The command line of a router: sessions, modes, exec commands."""
