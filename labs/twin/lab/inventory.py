"""What a lab writes for the programs that drive it: a Nornir inventory and known_hosts."""

from collections.abc import Mapping

import yaml

from labs.topology import LabSpec
from labs.twin.server import LOOPBACK

LAB_USER = "admin"
LAB_SECRET = "secret:lab"  # noqa: S105  # a reference, resolved from credentials.yaml


def hosts_yaml(spec: LabSpec, ports: Mapping[str, int]) -> str:
    """Give the hosts of Nornir's SimpleInventory; credentials stand by reference."""
    hosts = {
        node.name: {
            "hostname": LOOPBACK,
            "port": ports[node.name],
            "platform": "ios",
            "username": LAB_USER,
            "password": LAB_SECRET,
            "groups": [],
            "data": {"lab": spec.name, **node.data},
        }
        for node in spec.nodes
        if node.managed
    }
    return "---\n" + yaml.safe_dump(hosts, sort_keys=False)


def known_hosts(ports: Mapping[str, int], keys: Mapping[str, str]) -> str:
    """Give the known_hosts file; keys are public keys in OpenSSH form, by router."""
    return "".join(f"[{LOOPBACK}]:{port} {keys[name].strip()}\n" for name, port in ports.items())
