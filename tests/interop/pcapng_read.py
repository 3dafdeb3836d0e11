#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""pcapng_read.py [--comments | --secrets] FILE - an independent reader of
pcap and pcapng, to hold a copy against its original.

For each interface a line, and for each packet: its interface, time as it
stands there, lengths, bytes, and its options but for the comments that
ss-capture-decrypt puts first.  With --comments one line "NUMBER TEXT" for
each comment instead, with --secrets the content of the secrets blocks.
"""
import struct
import sys


def pcap(data, order):
    fraction = struct.unpack(order + "I", data[:4])[0]
    nano = fraction == 0xA1B23C4D
    snaplen, link = struct.unpack(order + "II", data[16:24])
    yield "interface", (link & 0xFFFF, snaplen, 9 if nano else 6)
    at = 24
    while at < len(data):
        s, f, have, full = struct.unpack(order + "IIII", data[at:at + 16])
        ticks = s * (10 ** 9 if nano else 10 ** 6) + f
        yield "packet", (0, ticks, full, data[at + 16:at + 16 + have], [])
        at += 16 + have


def options(data, order):
    out = []
    while len(data) >= 4:
        code, n = struct.unpack(order + "HH", data[:4])
        if code == 0:
            assert n == 0 and len(data) == 4, "something behind the options"
            return out
        out.append((code, data[4:4 + n]))
        assert len(out[-1][1]) == n
        data = data[4 + (n + 3) // 4 * 4:]
    assert not data, "options without an end"
    return out


def pcapng(data):
    at, order = 0, "<"
    while at < len(data):
        if data[at:at + 4] == b"\n\r\r\n":
            order = "<" if data[at + 8:at + 12] == b"M<+\x1a" else ">"
        kind, total = struct.unpack(order + "II", data[at:at + 8])
        body = data[at + 8:at + total - 4]
        assert total % 4 == 0 and total >= 12 and len(body) == total - 12
        assert data[at + total - 4:at + total] == data[at + 4:at + 8]
        at += total
        if kind == 0x0A0D0D0A:
            said = struct.unpack(order + "q", body[8:16])[0]
            assert said == -1 or said <= len(data)
            yield "section", options(body[16:], order)
        elif kind == 1:
            link, _, snaplen = struct.unpack(order + "HHI", body[:8])
            opts = options(body[8:], order)
            yield "interface", (link, snaplen, [o for o in opts if o[0] != 9],
                                dict(opts).get(9, b"\6")[0])
        elif kind in (2, 6):
            number, high, low, have, full = struct.unpack(
                order + ("HxxIIII" if kind == 2 else "IIIII"), body[:20])
            opts = options(body[20 + (have + 3) // 4 * 4:], order)
            yield "packet", (number, high << 32 | low, full,
                             body[20:20 + have], opts)
        elif kind == 3:
            full = struct.unpack(order + "I", body[:4])[0]
            yield "packet", (0, 0, full, body[4:4 + full], [])
        elif kind == 10:
            what, n = struct.unpack(order + "II", body[:8])
            assert what == 0x544C534B and len(body) == 8 + (n + 3) // 4 * 4
            yield "secrets", body[8:8 + n]
        else:
            yield f"block {kind}", body


def main():
    what = sys.argv[1] if sys.argv[1].startswith("--") else ""
    data = open(sys.argv[-1], "rb").read()
    if data[:4] == b"\n\r\r\n":
        found = list(pcapng(data))
    elif data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        found = list(pcap(data, "<"))
    else:
        found = list(pcap(data, ">"))
    number = 0
    for kind, value in found:
        number += kind == "packet"
        if what == "--comments" and kind == "packet":
            for code, text in value[4]:
                if code == 1:
                    assert len(text) < 65536
                    print(number, text.decode("utf-8"))
        elif what == "--secrets" and kind == "secrets":
            sys.stdout.write(value.decode())
        elif what == "" and kind == "packet":
            n, ticks, full, bits, opts = value
            others = [o for o in opts if o[0] != 1]
            print("packet", n, ticks, full, bits.hex(), others)
        elif what == "" and kind == "interface":
            print("interface", value[0], value[1], value[-1])
        elif what == "" and kind not in ("section", "secrets"):
            print(kind, value.hex())


main()
