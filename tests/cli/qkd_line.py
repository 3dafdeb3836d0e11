#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""qkd_line.py FAULT NUMBER [BIT] - a line that damages one record.

Records from stdin to stdout, as they come.  FAULT is none, flip, drop, repeat
or cut; NUMBER counts records from 0.

qkd_line.py search SECRET PUBLIC... - is any 64 bits of SECRET, from any of its
words on, in one of the others, at any bit?  Prints how many, of how many.
"""
import os
import sys


def read(n):
    data = b""
    while len(data) < n:
        more = os.read(0, n - len(data))
        if not more:
            break
        data += more
    return data


def line(fault, number, bit):
    seen = 0
    while head := read(8):
        rec = bytearray(head + read(int.from_bytes(head[4:8], "big")))
        if seen == number and fault == "flip":
            rec[bit // 8] ^= 1 << bit % 8
        copies = 1
        if seen == number:
            copies = {"drop": 0, "repeat": 2}.get(fault, 1)
            if fault == "cut":
                del rec[-1]
        seen += 1
        try:
            os.write(1, bytes(rec) * copies)
        except BrokenPipeError:
            return


def search(secret, *paths):
    data = open(secret, "rb").read()
    needles = {data[i:i + 8] for i in range(0, len(data) - 7, 8)}
    needles = {n for n in needles if len(set(n)) > 4}
    found = set()
    for path in paths:
        hay = int.from_bytes(open(path, "rb").read(), "little")
        size = os.path.getsize(path)
        for shift in range(8):
            text = (hay >> shift).to_bytes(size + 1, "little")
            windows = {text[i:i + 8] for i in range(size - 7)}
            found |= needles & windows
    print(len(found), "of", len(needles))
    return len(found) > 0


if sys.argv[1] == "search":
    sys.exit(search(*sys.argv[2:]))
line(sys.argv[1], int(sys.argv[2]), int((sys.argv[3:] or ["0"])[0]))
