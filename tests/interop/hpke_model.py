#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""hpke_model.py PEER [other-info] - our HPKE against this one.

RFC 9180 written down once more, from the RFC's pseudocode and with the
primitives of python3-cryptography only.  For each mode (base, psk, auth) and
AEAD (AES-256-GCM, ChaCha20-Poly1305), the model seals and PEER opens, and the
other way round.  One line for each case; exit 1 if one differs.  "other-info"
must fail: the two sides then differ in what they put in.
"""
import hmac
import os
import subprocess
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey, X25519PublicKey)
from cryptography.hazmat.primitives.ciphers.aead import (
    AESGCM, ChaCha20Poly1305)

AEADS = {2: AESGCM, 3: ChaCha20Poly1305}
MODES = {0: "base", 1: "psk", 2: "auth"}
KEM = b"KEM" + (0x20).to_bytes(2, "big")


def extract(salt, ikm):
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def expand(prk, info, length):
    okm, t = b"", b""
    while len(okm) < length:
        t = hmac.digest(prk, t + info + bytes([len(okm) // 32 + 1]), "sha256")
        okm += t
    return okm[:length]


def labeled_extract(suite, salt, label, ikm):
    return extract(salt, b"HPKE-v1" + suite + label + ikm)


def labeled_expand(suite, prk, label, info, length):
    return expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite +
                  label + info, length)


def public(sk):
    return X25519PrivateKey.from_private_bytes(sk).public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def dh(sk, pk):
    return X25519PrivateKey.from_private_bytes(sk).exchange(
        X25519PublicKey.from_public_bytes(pk))


def derive_key(ikm):
    prk = labeled_extract(KEM, b"", b"dkp_prk", ikm)
    return labeled_expand(KEM, prk, b"sk", b"", 32)


def shared_secret(secret, context):
    prk = labeled_extract(KEM, b"", b"eae_prk", secret)
    return labeled_expand(KEM, prk, b"shared_secret", context, 32)


def encap(sk_e, pk_r, sk_s):
    enc = public(sk_e)
    secret, context = dh(sk_e, pk_r), enc + pk_r
    if sk_s:
        secret, context = secret + dh(sk_s, pk_r), context + public(sk_s)
    return shared_secret(secret, context), enc


def decap(enc, sk_r, pk_s):
    secret, context = dh(sk_r, enc), enc + public(sk_r)
    if pk_s:
        secret, context = secret + dh(sk_r, pk_s), context + pk_s
    return shared_secret(secret, context)


class Context:
    def __init__(self, mode, aead, shared, info, psk, psk_id):
        self.suite = b"HPKE" + b"".join(
            n.to_bytes(2, "big") for n in (0x20, 1, aead))
        context = bytes([mode]) + \
            labeled_extract(self.suite, b"", b"psk_id_hash", psk_id) + \
            labeled_extract(self.suite, b"", b"info_hash", info)
        secret = labeled_extract(self.suite, shared, b"secret", psk)
        self.aead = AEADS[aead](
            labeled_expand(self.suite, secret, b"key", context, 32))
        self.nonce = labeled_expand(
            self.suite, secret, b"base_nonce", context, 12)
        self.exporter = labeled_expand(
            self.suite, secret, b"exp", context, 32)
        self.seq = 0

    def next(self):
        seq = self.seq.to_bytes(12, "big")
        self.seq += 1
        return bytes(a ^ b for a, b in zip(self.nonce, seq))

    def seal(self, aad, text):
        return self.aead.encrypt(self.next(), text, aad)

    def open(self, aad, sealed):
        return self.aead.decrypt(self.next(), sealed, aad)

    def export(self, context, length):
        return labeled_expand(
            self.suite, self.exporter, b"sec", context, length)


class Peer:
    def __init__(self, path):
        self.process = subprocess.Popen(
            [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *fields):
        words = [f if isinstance(f, str) else str(f) if isinstance(f, int)
                 else f.hex() or "-" for f in fields]
        print(*words, file=self.process.stdin, flush=True)
        *values, error = self.process.stdout.readline().split()
        return [b"" if v == "-" else bytes.fromhex(v) for v in values] + \
            [int(error)]


def compare(peer, mode, aead, case, info_there):
    """One case, in both directions."""
    n = lambda count: os.urandom(count)  # noqa: E731
    sk_r, sk_s = n(32), n(32) if mode == 2 else b""
    pk_r, pk_s = public(sk_r), public(sk_s) if sk_s else b""
    info, aad = n(7 * case % 256), n(11 * case % 64)
    psk, psk_id = (n(32), n(1 + case)) if mode == 1 else (b"", b"")
    texts = [n(case * k % 200) for k in range(5)]

    # ours seals: the same from the model, since only ikmE is random
    ikm = n(32)
    shared, enc = encap(derive_key(ikm), pk_r, sk_s)
    c = Context(mode, aead, shared, info, psk, psk_id)
    want = [enc, shared, c.export(b"context", 48)]
    want += [c.seal(aad, t) for t in texts] + [0]
    got = peer.ask("seal", mode, aead, ikm, pk_r, sk_s, info + info_there,
                   psk, psk_id, aad, *texts)
    good = got == want

    # ours opens what the model seals, and refuses what is changed
    sk_e = n(32)
    shared, enc = encap(sk_e, pk_r, sk_s)
    c = Context(mode, aead, shared, info, psk, psk_id)
    sealed = [c.seal(aad, t) for t in texts]
    fields = ("open", mode, aead, enc, sk_r, pk_s, info + info_there, psk,
              psk_id, aad)
    good &= decap(enc, sk_r, pk_s) == shared
    good &= peer.ask(*fields, *sealed) == \
        [shared, c.export(b"context", 48)] + texts + [0]
    swapped = peer.ask(*fields, sealed[1], sealed[0])
    changed = peer.ask(*fields, bytes([sealed[0][0] ^ 1]) + sealed[0][1:])
    return good and swapped[-1] == 103 and changed[-1] == 103


def main():
    peer = Peer(sys.argv[1])
    info_there = b"x" if "other-info" in sys.argv[2:] else b""
    bad = 0
    for mode in MODES:
        for aead in AEADS:
            for case in range(8):
                good = compare(peer, mode, aead, case, info_there)
                print(f"{MODES[mode]} {AEADS[aead].__name__} {case}: "
                      f"{'agree' if good else 'DIFFER'}")
                bad += not good
    peer.process.stdin.close()
    return bad > 0 or peer.process.wait() != 0


if __name__ == "__main__":
    sys.exit(main())
