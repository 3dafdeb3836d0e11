#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""qkd_reader.py WHAT QUBITS ALICE BOB - somebody who only listens.

QUBITS is a copy of the quantum channel's records, of which nothing is used
but what a sender wrote beside the light; ALICE and BOB are what they said in
public.  WHAT is

  label   the sender's notes are in the clear (profile bases-in-clear): prints
          the key in hex
  sample  the bits that were compared are in the key (profile keep-sample):
          FILE.qkd is read as well, to count how many of the predictions about
          the key are right

Exit status 1: there is nothing to be had.
"""
import struct
import sys

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

PADS = 160
SIFT, SAMPLE, REVEAL, AMPLIFY = 2, 3, 4, 11


def records(path):
    data = open(path, "rb").read()
    while data:
        size = 8 + struct.unpack(">I", data[4:8])[0]
        yield data[3] & 0x7f, data[8:size]
        data = data[size:]


def bits(data, count):
    n = int.from_bytes(data, "little")
    return [n >> i & 1 for i in range(count)]


def label(path):
    """The sender's bases and values."""
    values = []
    for kind, body in records(path):
        flags, _, _, count = struct.unpack(">B8sII", body[:17])
        if kind != 4 or not flags & 2:
            return None
        n = (count + 7) // 8
        values += bits(body[17 + 5 * n:17 + 6 * n], count)
    return values


def discussion(*paths):
    """Everything that was said, by kind: (fields, body) in pieces."""
    said = {}
    for path in paths:
        for kind, body in records(path):
            tag = struct.unpack(">H", body[15:17])[0]
            said.setdefault(body[0], []).append(body[17 + tag:])
            said["pads"] = said.get("pads") or tag == 24
    return said


def pieces(said, kind, skip=0):
    out = []
    for p in said[kind]:
        count = struct.unpack(">QI", p[skip:skip + 12])[1]
        out += bits(p[skip + 12:], count)
    return out


def sample(said, n):
    """Which sifted bits were compared."""
    size = struct.unpack(">Q", said[SAMPLE][0][:8])[0]
    seed, words, batch, chosen = said[SAMPLE][0][8:40], [], 0, []
    for i in range(n):
        if not words and size:
            nonce = bytes(8) + struct.pack("<Q", batch)
            stream = Cipher(ChaCha20(seed, nonce), None).encryptor()
            words = list(struct.unpack("<512Q", stream.update(bytes(4096))))
            batch += 1
        take = size and words.pop(0) * (n - i) >> 64 < size
        size -= bool(take)
        chosen.append(bool(take))
    return chosen


def number(values):
    return int("".join(map(str, reversed(values))) or "0", 2)


def product(a, b):
    """Of two polynomials over GF(2)."""
    out = 0
    while b:
        low = b & -b
        out ^= a * low
        b ^= low
    return out


def usable(said, key, length):
    """The key's bytes, without those that went back to the pads."""
    data = (key & (1 << length) - 1).to_bytes(length // 8 + 1, "little")
    data = data[:length // 8]
    return data[PADS:] if said["pads"] and len(data) >= PADS + 32 else data


def with_label(qubits, alice, bob):
    values = label(qubits)
    if values is None:
        return None
    said = discussion(alice, bob)
    key = [v for v, s in zip(values, pieces(said, SIFT)) if s]
    key = [v for v, s in zip(key, sample(said, len(key))) if not s]
    length = struct.unpack(">Q", said[AMPLIFY][0][:8])[0]
    out = product(number(pieces(said, AMPLIFY, 8)), number(key))
    return usable(said, out >> len(key) - 1, length).hex()


def with_sample(path, alice, bob):
    """(right, all) of the sums of key bits that follow from the sample."""
    said = discussion(alice, bob)
    chosen = sample(said, sum(pieces(said, SIFT)))
    shown = iter(pieces(said, REVEAL))
    length = struct.unpack(">Q", said[AMPLIFY][0][:8])[0]
    matrix = pieces(said, AMPLIFY, 8)
    n = len(matrix) + 1 - length
    if n == len(chosen):
        known = [next(shown) if c else None for c in chosen]
    else:
        known = [None] * n  # the sample is not among them
    secret = number([int(v is None) for v in known])
    values = number([v or 0 for v in known])
    text = open(path).read()
    key = int.from_bytes(bytes.fromhex(
        text.split("\nkey: ")[1].split("\n")[0]), "little")
    first = 8 * PADS if said["pads"] and length // 8 >= PADS + 32 else 0
    # row i of the matrix as a number: bit j is matrix[i + n - 1 - j]
    backwards = number(matrix[::-1])
    total, pivots, right, found = len(matrix), {}, 0, 0
    for i in range(first, length // 8 * 8):
        row = backwards >> total - n - i & (1 << n) - 1
        told = bin(row & values).count("1") & 1
        rest, sums = row & secret, 1 << i - first
        while rest:
            top = rest.bit_length()
            if top not in pivots:
                pivots[top] = rest, sums, told
                break
            rest ^= pivots[top][0]
            sums ^= pivots[top][1]
            told ^= pivots[top][2]
        else:
            found += 1
            right += bin(sums & key).count("1") & 1 == told
    return right, found


def main():
    what, first, alice, bob = sys.argv[1:]
    if what == "label":
        key = with_label(first, alice, bob)
        print(key or "nothing is written beside the light")
        return key is None
    right, found = with_sample(first, alice, bob)
    print(f"{right} of {found} predictions are right")
    return found == 0


sys.exit(main())
