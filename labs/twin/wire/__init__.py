"""Packets as octets: what a capture holds, and what malformed packets are told by.

Public: `encode` and `decode` for IPv4 packets, `Encoder` for many of them, `encode_message` and
`decode_message` for NHRP, the errors `MalformedPacket` and `NoWireForm`, and `pcap`. Forwarding
works on values and does not come here.
"""

from labs.twin.wire.ipv4 import decode, decode_message, encode, encode_message
from labs.twin.wire.nhrp import length_of
from labs.twin.wire.octets import MalformedPacket, NoWireForm
from labs.twin.wire.streams import Encoder

__all__ = [
    "Encoder",
    "MalformedPacket",
    "NoWireForm",
    "decode",
    "decode_message",
    "encode",
    "encode_message",
    "length_of",
]
