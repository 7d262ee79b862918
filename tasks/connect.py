"""The Nornir connection plugin `dmvpn`: one SSH session a device, kept across tasks."""

CONNECTION = "dmvpn"
"""Name of the plugin: `task.host.get_connection(CONNECTION, task.nornir.config)`."""
