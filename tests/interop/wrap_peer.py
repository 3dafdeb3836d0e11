#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""wrap_peer.py seal FAMILY AEAD RECIPIENT.pub [SENDER.key] <text >records
wrap_peer.py open RECIPIENT.key [SENDER.pub] <records >text

Wrapped messages once more, from docs/protocol.md (4, 6.2 to 6.4, 7, 8) and with
the primitives of python3-cryptography.  FAMILY is hpke or rsa, AEAD chachapoly
or aesgcm.  Whatever does not hold ends with an exception.
"""
import base64
import hashlib
import hmac
import os
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey, Ed25519PublicKey)
from cryptography.hazmat.primitives.ciphers.aead import (
    AESGCM, ChaCha20Poly1305)

import hpke_model as hpke

LABEL = b"SecretSocket-v1 "
AEADS = {"chachapoly": (1, ChaCha20Poly1305, 3), "aesgcm": (2, AESGCM, 2)}
BY_CODE = {code: (cipher, hpke_id) for code, cipher, hpke_id in AEADS.values()}
RSA, HPKE, BASE, AUTH = 2, 3, 0, 2
CHUNK = 65408


def u(value, size):
    return value.to_bytes(size, "big")


def expand(prk, label, size):
    return hpke.expand(prk, LABEL + label, size)


class Public:
    def __init__(self, line):
        kind, self.name, data = line.strip().split(":")
        assert kind == "ss-pub-v1"
        data = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
        self.ed, self.x = data[:32], data[32:64]
        self.n, check = data[64:-4], data[-4:]
        assert check == hashlib.sha256(
            LABEL + b"public key checksum" + self.name.encode() +
            data[:-4]).digest()[:4]
        self.fingerprint = hashlib.sha256(
            LABEL + b"fingerprint" + data[:-4]).digest()
        if self.n:
            self.rsa = rsa.RSAPublicNumbers(
                65537, int.from_bytes(self.n, "big")).public_key()


class Secret:
    def __init__(self, path):
        with open(path) as f:
            lines = dict(line.rstrip("\n").split(": ", 1) for line in f)
        self.public = Public(lines["public"])
        self.ed = Ed25519PrivateKey.from_private_bytes(
            bytes.fromhex(lines["ed25519"]))
        self.x = bytes.fromhex(lines["x25519"])
        if "rsa" in lines:
            self.rsa = self.read_rsa(bytes.fromhex(lines["rsa"]))

    def read_rsa(self, row):
        assert row[-4:] == hashlib.sha256(
            LABEL + b"rsa secret checksum" + row[:-4]).digest()[:4]
        size, numbers, at = len(self.public.n), [], 0
        for length in [size] + 5 * [size // 2]:
            numbers.append(int.from_bytes(row[at:at + length], "big"))
            at += length
        d, p, q, dp, dq, qinv = numbers
        # the library checks that all of them belong together
        return rsa.RSAPrivateNumbers(
            p, q, d, dp, dq, qinv,
            self.public.rsa.public_numbers()).private_key()


def bound(label, aead, mode, sender, audience):
    return LABEL + label + bytes([1, aead, mode, 0]) + sender + audience


def oaep(label):
    return padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label)


def hpke_secret(shared, aead, mode, sender, audience):
    info = bound(b"hpke info", aead, mode, sender, audience)
    context = hpke.Context(mode, BY_CODE[aead][1], shared, info, b"", b"")
    return context.export(LABEL + b"hpke secret", 32)


class Epoch:
    def __init__(self, secret, salt, family, mode, aead, sender, audience):
        info = LABEL + b"epoch" + bytes([1, family, mode, aead, 0]) + \
            sender + audience
        key = hpke.expand(hpke.extract(salt, secret), info, 32)
        self.id = expand(key, b"epoch id", 16)
        self.mac = expand(key, b"epoch mac", 32)
        self.aead = BY_CODE[aead][0](expand(key, b"epoch aead", 32))


def record(kind, body):
    return b"SS\1" + bytes([kind]) + u(len(body), 4) + body


def seal(family, aead, to, sender, text):
    code = AEADS[aead][0]
    mode, who = (AUTH, sender.public.fingerprint) if sender else \
        (BASE, bytes(32))
    salt, people = os.urandom(32), (who, to.fingerprint)
    head = bytes([family, code, mode, 0]) + who[:8] + to.fingerprint[:8] + \
        bytes(16 + 8) + salt
    if family == HPKE:
        shared, enc = hpke.encap(
            os.urandom(32), to.x, sender.x if sender else b"")
        secret = hpke_secret(shared, code, mode, *people)
        own = enc
    else:
        secret = os.urandom(32)
        wrapped = to.rsa.encrypt(
            secret, oaep(bound(b"rsa label", code, mode, *people)))
        own = u(len(wrapped), 2) + wrapped
        # the header counts the signature, which is to come
        length = len(head + own) + 2 + (64 if sender else 0) + 16 + 32
        before = b"SS\1\2" + u(length, 4) + head + own
        signature = sender.ed.sign(
            bound(b"rsa signature", code, mode, *people) + before) \
            if sender else b""
        own += u(len(signature), 2) + signature
    epoch = Epoch(secret, salt, family, mode, code, *people)
    out = record(2, head + own + epoch.id + bytes(32))[:-32]
    out += hmac.digest(epoch.mac, out, "sha256")
    for seq in range(len(text) // CHUNK + 1):
        chunk = text[seq * CHUNK:(seq + 1) * CHUNK]
        ad = b"SS\1\3" + u(16 + 8 + 1 + len(chunk) + 16, 4) + epoch.id + \
            u(seq, 8) + bytes([len(chunk) < CHUNK])
        out += ad + epoch.aead.encrypt(bytes(4) + u(seq, 8), chunk, ad)
    return out


def unwrap(key, sender, rec):
    """The secret of an introducer, and its people."""
    family, aead, mode = rec[8:11]
    who = sender.fingerprint if sender else bytes(32)
    people = (who, key.public.fingerprint)
    assert mode == (AUTH if sender else BASE)
    assert rec[12:20] == who[:8] and rec[20:28] == people[1][:8]
    assert rec[28:52] == bytes(24)
    if family == HPKE:
        shared = hpke.decap(rec[84:116], key.x, sender.x if sender else b"")
        return hpke_secret(shared, aead, mode, *people), people
    size = int.from_bytes(rec[84:86], "big")
    wrapped, rest = rec[86:86 + size], rec[86 + size:-48]
    if sender:
        Ed25519PublicKey.from_public_bytes(sender.ed).verify(
            rest[2:], bound(b"rsa signature", aead, mode, *people) +
            rec[:86 + size])
    else:
        assert rest == bytes(2)
    return key.rsa.decrypt(
        wrapped, oaep(bound(b"rsa label", aead, mode, *people))), people


def unseal(key, sender, data):
    text, epoch, seq = b"", None, 0
    while data:
        size = 8 + int.from_bytes(data[4:8], "big")
        rec, data = data[:size], data[size:]
        if rec[3] == 2:
            secret, people = unwrap(key, sender, rec)
            epoch, seq = Epoch(secret, rec[52:84], rec[8], rec[10], rec[9],
                               *people), 0
            assert rec[-48:-32] == epoch.id
            assert rec[-32:] == hmac.digest(epoch.mac, rec[:-32], "sha256")
        else:
            assert rec[8:24] == epoch.id and rec[24:32] == u(seq, 8)
            text += epoch.aead.decrypt(
                bytes(4) + rec[24:32], rec[33:], rec[:33])
            seq, last = seq + 1, rec[32] & 1
    assert last
    return text


def public(path):
    with open(path) as f:
        return Public(f.read())


def main():
    what, *args = sys.argv[1:]
    if what == "seal":
        family, aead, to, *sender = args
        out = seal({"rsa": RSA, "hpke": HPKE}[family], aead, public(to),
                   Secret(sender[0]) if sender else None,
                   sys.stdin.buffer.read())
    else:
        key, *sender = args
        out = unseal(Secret(key), public(sender[0]) if sender else None,
                     sys.stdin.buffer.read())
    sys.stdout.buffer.write(out)


if __name__ == "__main__":
    main()
