#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""attacks.py SCENARIO OUT [FILE...] - a capture in which one thing is not as
it should be: alice sends bob six lines through a relay, and on one of the two
ways something happens to them; or ("records") she sends the records of FILEs,
each in a message of its own.  Writes OUT (pcap) and OUT.keys.
"""
import argparse
import hmac
import os
import random
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../interop"))
import capture_gen as gen  # noqa: E402

LAB = 0x80


class Capture:
    """Two connections to a relay; packets in the order in which they come."""

    def __init__(self):
        self.o = argparse.Namespace(
            tls="none", middle=False, wrap=False, ip=4, link="ethernet",
            mss=1448, ragged=False, overlap=False, contradict=False,
            duplicate=False, reset=False, big_endian=False, format="pcap")
        self.rng = random.Random(1)
        self.packets, self.mid = [], 0
        self.alice = self.connect(50001, "alice")
        self.bob = self.connect(50002, "bob")

    def connect(self, port, name):
        c = gen.Conn(self.o, self.rng, port)
        c.packets = self.packets
        c.open()
        c.data(0, gen.REQUEST)
        c.data(1, gen.RESPONSE)
        c.data(1, gen.frame(1, b'{"type":"hello","relay":"r",'
                               b'"challenge":"00"}'))
        c.data(0, gen.frame(1, b'{"type":"hello","name":"%s"}'
                            % name.encode(), self.rng))
        return c

    def id(self):
        self.mid += 1
        return struct.pack(">QQ", 7, self.mid)

    def up(self, records, mid):
        self.alice.data(0, gen.frame(2, gen.route("bob", mid, records),
                                     self.rng))

    def down(self, records, mid, to=None):
        (to or self.bob).data(1, gen.frame(2, gen.route(
            "alice", mid, records)))

    def relay(self, records, changed=None, twice=False):
        """Up as it is, down perhaps changed (b"": not at all)."""
        mid = self.id()
        self.up(records, mid)
        down = records if changed is None else changed
        if down:
            self.down(down, mid)
        if twice:
            self.down(down, self.id())

    def write(self, path, keys):
        for c in (self.alice, self.bob):
            c.close()
        with open(path, "wb") as f:
            gen.write_pcap(self.o, [p[2] for p in self.packets], f)
        with open(path + ".keys", "w") as f:
            f.write(keys)


def lines(epoch, n=6):
    return [epoch.seal(b"line %d\n" % i, i == n - 1) for i in range(n)]


def introducer(epoch, lab=0, salt=None):
    """Made again: with the LAB bit, or with another salt."""
    rec = bytearray(epoch.intro[:-32])
    rec[3] |= lab
    if salt:
        rec[52:84] = salt
    return bytes(rec) + hmac.new(epoch.mac, rec, "sha256").digest()


def split(data):
    while data:
        n = 8 + struct.unpack(">I", data[4:8])[0]
        yield data[:n]
        data = data[n:]


def lab(epoch, i):
    text = b"line %d\n" % i
    ad = b"SS\x01" + struct.pack(">BI", 3 | LAB, 25 + len(text) + 16) \
        + epoch.id + struct.pack(">QB", i, i == 5)
    return ad + epoch.cipher.encrypt(struct.pack(">IQ", 0, i), text, ad)


def scenario(name, c, epoch, files):
    records = lines(epoch)
    if name == "honest":
        c.relay(epoch.intro)
        for r in records:
            c.relay(r)
    elif name == "redelivered":  # nobody acknowledged the first half
        ids = [c.id() for _ in range(7)]
        for mid, r in zip(ids, [epoch.intro] + records):
            c.up(r, mid)
        for mid, r in list(zip(ids, [epoch.intro] + records))[:4]:
            c.down(r, mid)
        again = c.connect(50003, "bob")
        for mid, r in zip(ids, [epoch.intro] + records):
            c.down(r, mid, again)
    elif name == "replayed":
        c.relay(epoch.intro)
        for i, r in enumerate(records):
            c.relay(r, twice=i == 2)
    elif name == "resent":  # on one connection, whatever its id says
        c.relay(epoch.intro)
        for i, r in enumerate(records):
            c.relay(r)
            if i == 2:
                c.mid -= 1
                c.down(r, c.id())
    elif name == "swapped":
        c.relay(epoch.intro)
        for i in (0, 1, 3, 2, 4, 5):
            c.relay(records[i])
    elif name == "dropped":
        c.relay(epoch.intro)
        for i, r in enumerate(records):
            c.relay(r, b"" if i in (2, 3) else None)
    elif name == "nonce":
        c.relay(epoch.intro)
        for i, r in enumerate(records):
            c.relay(r)
            if i == 3:
                epoch.seq = 3
                c.relay(epoch.seal(b"another text\n"))
    elif name == "unknown":
        for r in records:
            c.relay(r)
    elif name == "flipped":
        c.relay(epoch.intro)
        for i, r in enumerate(records):
            bad = bytearray(r)
            bad[40] ^= 1
            c.relay(r, bytes(bad) if i == 2 else None)
    elif name == "lab":
        c.relay(introducer(epoch, LAB))
        for i in range(6):
            c.relay(lab(epoch, i))
    elif name == "padding":  # by somebody who has the key
        c.relay(epoch.intro)
        ad = b"SS\x01\x03" + struct.pack(">I", 25 + 5 + 16) \
            + epoch.id + struct.pack(">QB", 0, 3)
        c.relay(ad + epoch.cipher.encrypt(bytes(12), b"text\n", ad))
    elif name == "changes":
        c.relay(epoch.intro)
        c.relay(records[0])
        c.relay(introducer(epoch, 0, bytes(32)))
        for r in records[1:]:
            c.relay(r)
    elif name == "unfinished":
        c.relay(epoch.intro)
        for r in records[:3]:
            c.relay(r)
        other = gen.Epoch(c.rng)
        c.relay(other.intro)
        for r in lines(other):
            c.relay(r)
        return epoch.log() + other.log()
    elif name == "cut":
        c.relay(epoch.intro)
        for i, r in enumerate(records):
            c.relay(r, r[:-5] if i == 5 else None)
    elif name == "gap":  # what an introducer says that is not there
        c.relay(epoch.intro)
        for r in records[:3]:
            c.relay(r)
        other = gen.Epoch(c.rng, prev=epoch.id, prev_n=5)
        c.relay(other.intro)
        for r in lines(other):
            c.relay(r)
        return epoch.log() + other.log()
    elif name == "half":  # the relay keeps the first epoch for later
        for r in [epoch.intro] + records[:3]:
            c.up(r, c.id())
        other = gen.Epoch(c.rng, prev=epoch.id, prev_n=3)
        c.relay(other.intro)
        for r in lines(other):
            c.relay(r)
        return epoch.log() + other.log()
    elif name == "records":
        for r in [r for f in files for r in split(f)]:
            c.relay(r)
    else:
        sys.exit("no such scenario: " + name)
    return epoch.log()


def main():
    c = Capture()
    files = [open(p, "rb").read() for p in sys.argv[3:]]
    keys = scenario(sys.argv[1], c, gen.Epoch(c.rng), files)
    c.write(sys.argv[2], keys)


main()
