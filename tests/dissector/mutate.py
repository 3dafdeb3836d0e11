#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""mutate.py OUT.pcap COUNT SEED FILE... - a capture of damaged messages.

Every FILE holds messages, one behind the other as records, or one message of
another kind (a routing header and records, or JSON).  COUNT of them, most of
them damaged, go straight to the dissector: exported PDUs, which need neither
TCP nor TLS to arrive.  The first PDUs are the undamaged ones, in order, so
that there are epochs, runs and streams to be confused by the rest.
"""
import random
import struct
import sys


def records(data):
    while data[:2] == b"SS" and len(data) >= 8:
        n = 8 + struct.unpack(">I", data[4:8])[0]
        yield data[:n]
        data = data[n:]
    if data:
        yield data


def number(rng, size):
    return rng.choice([0, 1, 2, 7, 8, 255, 256, 65535, 2**31 - 1, 2**31,
                       2**32 - 1, 2**63, 2**64 - 1]) % 2**(8 * size)


def damage(rng, pool, data):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        n = len(data)
        at = rng.randrange(n) if n else 0
        what = rng.randrange(10)
        if what == 0 and n:
            data[at] ^= 1 << rng.randrange(8)
        elif what == 1 and n:
            data[at] = rng.randrange(256)
        elif what == 2 and n > 1:
            del data[at:]
        elif what == 3 and n:
            del data[at:at + rng.randrange(1, 40)]
        elif what == 4:
            data[at:at] = rng.randbytes(rng.randrange(1, 60))
        elif what == 5 and n >= 8:  # the length of the body
            data[4:8] = struct.pack(">I", number(rng, 4))
        elif what == 6 and n >= 8:  # a number anywhere
            size = rng.choice([1, 2, 4, 8])
            data[at:at + size] = number(rng, size).to_bytes(size, "big")
        elif what == 7:
            data += rng.choice(pool)
        elif what == 8 and n > 10:  # type and family, or suite and step
            data[rng.choice([3, 8, 9, 10])] = rng.choice(
                [0, 1, 2, 3, 4, 5, 0x81, 0x82, 0x83, 255])
        elif what == 9:  # a body that fits its header again
            data = data[:rng.randrange(9, max(10, n))]
            if len(data) > 8 and data[:2] == b"SS":
                data[4:8] = struct.pack(">I", len(data) - 8)
    return bytes(data) or b"\0"


def pdu(data):
    name = b"secretsocket"
    head = struct.pack(">HH", 12, len(name)) + name + struct.pack(">HH", 0, 0)
    return head + data


def main():
    out, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)
    pool = []
    for path in sys.argv[4:]:
        with open(path, "rb") as f:
            pool += list(records(f.read()))
    route = b"\x01\x03bob" + bytes(range(16)) + bytes(8)
    pool += [route + p for p in pool if p[:2] == b"SS"]
    with open(out, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 252))
        for i in range(count):
            data = pool[i] if i < len(pool) else damage(
                rng, pool, rng.choice(pool))
            p = pdu(data[:200000])
            f.write(struct.pack("<IIII", 1790000000 + i // 1000,
                                i % 1000 * 1000, len(p), len(p)) + p)


main()
