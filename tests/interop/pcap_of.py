#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""pcap_of.py OUT FILE... - a pcap of connections that carry these files.

Each FILE is the bytes of one TCP connection in one direction, as of
`ss-seal | nc`: so real records get into a capture without a network.  FILEs
follow each other in time, one second each.
"""
import struct
import sys


def packet(number, seq, flags, data, back=False):
    ports = (40000 + number, 7000)
    a, b = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
    if back:
        ports, a, b = ports[::-1], b, a
    tcp = struct.pack(">HHIIBBHHH", *ports, seq, 1, 0x50, flags, 8192, 0, 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(data), 0, 0, 64, 6, 0,
                     a, b)
    return ip + tcp + data


def main():
    out = open(sys.argv[1], "wb")
    out.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
    for number, name in enumerate(sys.argv[2:]):
        data = open(name, "rb").read()
        packets = [packet(number, 0, 2, b""), packet(number, 0, 18, b"", True)]
        for at in range(0, len(data), 1400):
            packets.append(packet(number, 1 + at, 24, data[at:at + 1400]))
        packets.append(packet(number, 1 + len(data), 17, b""))
        for i, p in enumerate(packets):
            out.write(struct.pack("<IIII", 1790000000 + number, i * 1000,
                                  len(p), len(p)) + p)


main()
