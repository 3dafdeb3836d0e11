#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""noise_dissononce.py PEER CIPHER WHAT - our Noise against dissononce's.

WHAT is "plain" (every pattern dissononce has, both roles, 300 transport
messages each), "psk" (every pattern with each psk modifier, and with the
first and the last) or "other-prologue", which must fail.  One line for each
pattern and role; exit 1 if one differs.
"""
import os
import struct
import subprocess
import sys

from dissononce.cipher.aesgcm import AESGCMCipher
from dissononce.cipher.chachapoly import ChaChaPolyCipher
from dissononce.dh.private import PrivateKey
from dissononce.dh.x25519.x25519 import X25519DH
from dissononce.extras.meta.modifier.factory import ModifierFactory
from dissononce.extras.meta.pattern import MAP_PATTERN
from dissononce.hash.sha256 import SHA256Hash
from dissononce.processing.impl.cipherstate import CipherState
from dissononce.processing.impl.handshakestate import HandshakeState
from dissononce.processing.impl.symmetricstate import SymmetricState

CIPHERS = {"ChaChaPoly": ChaChaPolyCipher, "AESGCM": AESGCMCipher}


class Peer:
    def __init__(self, path):
        self.process = subprocess.Popen(
            [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def put(self, message):
        self.process.stdin.write(struct.pack(">H", len(message)) + message)
        self.process.stdin.flush()

    def get(self):
        head = self.process.stdout.read(2)
        if len(head) != 2:
            raise EOFError("the peer is gone")
        return self.process.stdout.read(struct.unpack(">H", head)[0])

    def end(self):
        self.process.stdin.close()
        return self.process.wait()


def text_of(i):
    return struct.pack(">H", i) + bytes([i & 0xff]) * (i % 97)


def tokens_of(pattern):
    pre = ["s" if side else "-"
           for side in (pattern.initiator_pre_message_pattern,
                        pattern.responder_pre_message_pattern)]
    lists = [" " + " ".join(m) for m in pattern.message_patterns]
    return ";".join(["pre " + " ".join(pre)] + lists)


def modified(name, psks):
    pattern = MAP_PATTERN[name]()
    for number in psks:
        pattern = ModifierFactory().get_modifier(
            "psk%d" % number).modify(pattern)
    return pattern


def uses(pattern, side):
    """What a side's static key is for: known beforehand, sent."""
    pre = (pattern.initiator_pre_message_pattern,
           pattern.responder_pre_message_pattern)[side]
    return bool(pre), any("s" in m for m in pattern.message_patterns[side::2])


def run(peer, cipher, pattern, their_side, count, prologue):
    """One handshake; their_side is 0 if dissononce is the initiator."""
    dh = X25519DH()
    keys = [dh.generate_keypair(), dh.generate_keypair()]
    psks = [os.urandom(32)
            for m in pattern.message_patterns for t in m if t == "psk"]
    ours = 1 - their_side

    def secret(side):
        return keys[side] if any(uses(pattern, side)) else None

    def public(side):
        return keys[side].public if uses(pattern, side)[0] else None

    words = [pattern.name, cipher, ["initiator", "responder"][ours],
             str(count),
             secret(ours).private.data.hex() if secret(ours) else "-",
             public(their_side).data.hex() if public(their_side) else "-"]
    peer.put(" ".join(words + [p.hex() for p in psks]).encode())
    tokens = peer.get().decode()
    if tokens != tokens_of(pattern):
        return "tokens %r, not %r" % (tokens, tokens_of(pattern))

    state = HandshakeState(
        SymmetricState(CipherState(CIPHERS[cipher]()), SHA256Hash()), dh)
    state.initialize(pattern, their_side == 0, prologue,
                     s=secret(their_side), rs=public(ours), psks=psks or None)
    split = None
    for m in range(len(pattern.message_patterns)):
        if m % 2 == their_side:
            message = bytearray()
            split = state.write_message(text_of(m), message)
            peer.put(bytes(message))
        else:
            payload = bytearray()
            split = state.read_message(peer.get(), payload)
            if bytes(payload) != text_of(m):
                return "payload %d" % m
    handshake_hash = state.symmetricstate.get_handshake_hash()

    one_way = len(pattern.message_patterns) == 1
    for i in range(count):
        side = 0 if one_way else i % 2
        if side == their_side:
            peer.put(split[side].encrypt_with_ad(b"", text_of(i)))
        elif split[side].decrypt_with_ad(b"", peer.get()) != text_of(i):
            return "transport message %d" % i
    if peer.get() != handshake_hash:
        return "handshake hash"
    return None


def psk_sets(name, messages):
    sets = [[n] for n in range(min(messages, 3) + 1)]
    if messages > 1:  # dissononce takes one psk in each message
        sets.append([0, min(messages, 3)])
    return sets


def main():
    path, cipher, what = sys.argv[1:]
    prologue = b"other" if what == "other-prologue" else b"interop"
    peer = Peer(path)
    bad = 0
    for name in sorted(MAP_PATTERN):
        messages = len(MAP_PATTERN[name]().message_patterns)
        sets = psk_sets(name, messages) if what == "psk" else [[]]
        for psks in sets:
            pattern = modified(name, psks)
            for side in (0, 1):
                trouble = run(peer, cipher, pattern, side,
                              20 if what == "psk" else 300, prologue)
                role = ["responder", "initiator"][side]
                print("%s %s, we are %s%s" % (
                    pattern.name, cipher, role,
                    ": " + trouble if trouble else ""))
                bad += trouble is not None
    return 1 if peer.end() != 0 or bad else 0


sys.exit(main())
