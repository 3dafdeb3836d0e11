#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""gcm_forge.py KNOWN NEW < stream > stream - a record forged under AES-GCM.

The stream's records were sealed with one nonce.  The text of its first record
is KNOWN; its second one becomes NEW, which is not longer, with a tag that
holds.  Exit 1 if no H explains the tags: then the nonces were different.

GCM's tag is E + GHASH(H; associated data, ciphertext), where E depends on the
nonce only and GHASH is a polynomial in H over GF(2^128), whose coefficients
everybody sees.  The sum of two tags with the same E is a polynomial in H
without any secret, so H is one of its roots.  A third record tells which.
NIST SP 800-38D; A. Joux, Authentication failures in NIST version of GCM.
"""
import random
import sys

ONE = 1 << 127  # GCM counts bits from the left: the first one is x^0


def mul(a, b):
    """a times b in GF(2^128), modulo x^128 + x^7 + x^2 + x + 1."""
    product = 0
    for i in range(127, -1, -1):
        if a >> i & 1:
            product ^= b
        b = b >> 1 ^ (0xE1 << 120 if b & 1 else 0)
    return product


def inverse(a):
    """a to the power 2^128 - 2."""
    result = ONE
    for _ in range(127):
        a = mul(a, a)
        result = mul(result, a)
    return result


# Polynomials over that field: lists of coefficients, the constant one first.

def trim(f):
    while f and f[-1] == 0:
        f.pop()
    return f


def add(f, g):
    if len(f) < len(g):
        f, g = g, f
    return trim([a ^ (g[i] if i < len(g) else 0) for i, a in enumerate(f)])


def modulo(f, g):
    """The rest of f divided by g, whose first coefficient is ONE."""
    f = f[:]
    while len(f) >= len(g):
        lead = f.pop()
        if lead:
            for i in range(len(g) - 1):
                f[len(f) - len(g) + 1 + i] ^= mul(lead, g[i])
    return trim(f)


def monic(f):
    scale = inverse(f[-1])
    return [mul(a, scale) for a in f]


def gcd(f, g):
    while g:
        g = monic(g)
        f, g = g, modulo(f, g)
    return monic(f)


def square(f, g):
    """f squared, modulo g: in characteristic 2 there are no cross terms."""
    wide = [0] * (2 * len(f))
    for i, a in enumerate(f):
        wide[2 * i] = mul(a, a)
    return modulo(trim(wide), g)


def roots(f):
    """All roots of f in the field (Berlekamp's trace algorithm)."""
    f = monic(f)
    power = [0, ONE]
    for _ in range(128):
        power = square(modulo(power, f), f)
    # x^(2^128) - x is the product of all (x - a): keep only such factors
    return split(gcd(f, add(power, [0, ONE]))) if len(f) > 1 else []


def split(f):
    if len(f) < 2:
        return []
    if len(f) == 2:
        return [f[0]]
    while True:
        # the trace of (beta x) is 0 for half of all x, and 1 for the others
        power = trace = modulo([0, random.randrange(1, 1 << 128)], f)
        for _ in range(127):
            power = square(power, f)
            trace = add(trace, power)
        g = gcd(f, trace) if trace else f
        if 1 < len(g) < len(f):
            return split(g) + split(quotient(f, g))


def quotient(f, g):
    f, result = f[:], []
    while len(f) >= len(g):
        lead = f.pop()
        result.append(lead)
        for i in range(len(g) - 1):
            f[len(f) - len(g) + 1 + i] ^= mul(lead, g[i])
    return result[::-1]


# Records

def blocks(data):
    data += bytes(-len(data) % 16)
    return [int.from_bytes(data[i:i + 16], "big")
            for i in range(0, len(data), 16)]


def ghash(ad, ciphertext):
    """GHASH as a polynomial in H."""
    lengths = (8 * len(ad)).to_bytes(8, "big") + \
        (8 * len(ciphertext)).to_bytes(8, "big")
    return [0] + (blocks(ad) + blocks(ciphertext) + blocks(lengths))[::-1]


def value(f, x):
    result = 0
    for a in reversed(f):
        result = mul(result, x) ^ a
    return result


def records(stream):
    while stream:
        n = 8 + int.from_bytes(stream[4:8], "big")
        yield stream[:n]
        stream = stream[n:]


def take_apart(record):
    """Associated data, ciphertext, tag: docs/protocol.md, 8."""
    return record[:33], record[33:-16], int.from_bytes(record[-16:], "big")


def find_h(one, two, three):
    """The H for which the tags of all three have the same E."""
    def relation(a, b):
        return add(add(ghash(*a[:2]), ghash(*b[:2])), [a[2] ^ b[2]])
    return [h for h in roots(relation(one, two))
            if value(relation(one, three), h) == 0]


def main():
    known, new = (a.encode() for a in sys.argv[1:])
    stream = list(records(sys.stdin.buffer.read()))
    data = [i for i, r in enumerate(stream) if r[3] & 0x7f == 3]
    one, two, three = (take_apart(stream[i]) for i in data[:3])
    candidates = find_h(one, two, three)
    if not candidates:
        sys.exit("gcm_forge.py: no H fits these tags")
    h = candidates[0]
    print("-- H =", h.to_bytes(16, "big").hex(), file=sys.stderr)
    mask = one[2] ^ value(ghash(*one[:2]), h)
    keystream = bytes(a ^ b for a, b in zip(one[1], known))
    ciphertext = bytes(a ^ b for a, b in zip(keystream, new, strict=False))
    head = two[0][:4] + (25 + len(ciphertext) + 16).to_bytes(4, "big") + \
        two[0][8:]
    tag = mask ^ value(ghash(head, ciphertext), h)
    stream[data[1]] = head + ciphertext + tag.to_bytes(16, "big")
    sys.stdout.buffer.write(b"".join(stream))


if __name__ == "__main__":
    main()
