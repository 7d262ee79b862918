"""Capture files: the classic pcap format, raw IP frames, times in microseconds."""

import struct

MAGIC = 0xA1B2C3D4
VERSION = (2, 4)
SNAP_LENGTH = 65535
RAW_IP = 101
"""LINKTYPE_RAW: a frame begins with its IP header."""
FILE_HEADER = struct.Struct("<IHHiIII")
RECORD_HEADER = struct.Struct("<IIII")
MICROSECONDS = 10**6


def file_header() -> bytes:
    """Write the head of a file."""
    return FILE_HEADER.pack(MAGIC, *VERSION, 0, 0, SNAP_LENGTH, RAW_IP)


def record(at: float, octets: bytes) -> bytes:
    """Write one frame; `at` counts seconds since 1970."""
    seconds, fraction = divmod(round(at * MICROSECONDS), MICROSECONDS)
    kept = octets[:SNAP_LENGTH]
    return RECORD_HEADER.pack(seconds, fraction, len(kept), len(octets)) + kept
