#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""x3dh_peer.py ROLE AEAD PREKEYS - the commands against python3-x3dh and
python3-doubleratchet.

The packages compute every secret of the key agreement and of the ratchet;
here stand our records around them (docs/protocol.md, 5.8, 6 to 9), from the
second implementation in peer.py.  ROLE is the packages' side, "initiator" or
"responder"; AEAD is chachapoly or aesgcm; PREKEYS "one" or "none".  Streams
reach both sides out of order.
"""
import asyncio
import hmac
import os
import sys
import time

import doubleratchet
import x3dh
import xeddsa
from cryptography.hazmat.primitives.asymmetric import ed25519
from doubleratchet.recommended import (
    HashFunction, diffie_hellman_ratchet_curve25519, kdf_hkdf,
    kdf_separate_hmacs)
from x3dh.identity_key_pair import IdentityKeyPairPriv

import peer
from peer import (EXPAND, EXTRACT, HASH, HKDF, HMAC, LABEL, SIGN, Identity,
                  Public, check, ok, record, run, u)


# The packages, told what our protocol calls its parameters

class State(x3dh.BaseState):
    @staticmethod
    def _encode_public_key(key_format, pub):
        return b"\x05" + pub


class RootKDF(kdf_hkdf.KDF):
    @staticmethod
    def _get_hash_function():
        return HashFunction.SHA_256

    @staticmethod
    def _get_info():
        return LABEL + b"ratchet"


class ChainKDF(kdf_separate_hmacs.KDF):
    @staticmethod
    def _get_hash_function():
        return HashFunction.SHA_256


class Reveal(doubleratchet.AEAD):
    """Not a cipher: what comes out is the message key."""
    @staticmethod
    async def encrypt(plaintext, key, associated_data):
        return key

    @staticmethod
    async def decrypt(ciphertext, key, associated_data):
        return key


class DoubleRatchet(doubleratchet.DoubleRatchet):
    @staticmethod
    def _build_associated_data(associated_data, header):
        return b""


DR = dict(
    diffie_hellman_ratchet_class=(
        diffie_hellman_ratchet_curve25519.DiffieHellmanRatchet),
    root_chain_kdf=RootKDF, message_chain_kdf=ChainKDF,
    message_chain_constant=b"\x02\x01", dos_protection_threshold=1024,
    max_num_skipped_message_keys=1024, aead=Reveal, associated_data=b"")


class Session(peer.Session):
    """Introducers and streams of peer.py, on the package's ratchet."""

    def __init__(self, aead, initiator, me, other, h, secret, r0):
        self.aead, self.mode, self.me, self.peer = aead, 0, me, other
        self.r0, self.ratchet, self.initiator = r0, None, initiator
        i, r = (me, other) if initiator else (other, me)
        self.root = EXPAND(
            EXTRACT(h, secret), LABEL + b"session root" + u(1, 1) + u(3, 1)
            + u(aead, 2) + u(0, 1) + u(aead, 1) + u(0, 1) + i.fingerprint
            + r.fingerprint, 32)

    def introduce(self, salt, lines=0, previous=None):
        if self.ratchet:
            m = asyncio.run(self.ratchet.encrypt_message(b"", b""))
        else:
            assert self.initiator
            self.ratchet, m = asyncio.run(
                DoubleRatchet.encrypt_initial_message(
                    shared_secret=self.root, recipient_ratchet_pub=self.r0,
                    message=b"", **DR))
        epoch = self.epoch(m.ciphertext, salt, self.me, self.peer)
        body = (u(1, 1) + u(self.aead, 1) + u(0, 1) + u(lines, 1)
                + self.me.id + self.peer.id
                + (previous.id + u(previous.next, 8) if previous
                   else bytes(24))
                + salt + m.header.ratchet_pub
                + u(m.header.sending_chain_length, 4)
                + u(m.header.previous_sending_chain_length, 4) + epoch.id)
        rec = record(2, body + bytes(32))[:-32]
        return rec + HMAC(epoch.mac_key, rec), epoch

    def accept(self, rec):
        check(len(rec) == 172, 101)
        check(rec[12:20] == self.peer.id and rec[20:28] == self.me.id, 109)
        m = doubleratchet.EncryptedMessage(doubleratchet.Header(
            rec[84:116], int.from_bytes(rec[120:124], "big"),
            int.from_bytes(rec[116:120], "big")), b"")
        if self.ratchet:
            mk = asyncio.run(self.ratchet.decrypt_message(m, b""))
        else:
            self.ratchet, mk = asyncio.run(
                DoubleRatchet.decrypt_initial_message(
                    shared_secret=self.root, own_ratchet_priv=self.r0,
                    message=m, **DR))
        epoch = self.epoch(mk, rec[52:84], self.peer, self.me)
        check(rec[124:140] == epoch.id and hmac.compare_digest(
            rec[140:], HMAC(epoch.mac_key, rec[:140])), 103)
        return epoch


# 5.8

def state_of(me):
    return State.create(
        x3dh.IdentityKeyFormat.CURVE_25519, x3dh.HashFunction.SHA_256,
        LABEL + b"x3dh secret", IdentityKeyPairPriv(me.x))


def conclude(aead, run_id, responder, spk, opk, message, sk, ad):
    """MAC, hash and secret."""
    h = HASH(LABEL + b"x3dh transcript" + LABEL + b"handshake" + u(1, 1)
             + u(3, 1) + u(aead, 2) + u(0, 1) + run_id + u(0, 1))
    for x in responder.fingerprint, spk, opk or bytes(32), message:
        h = HASH(h + x)
    keys = HKDF(h, sk, LABEL + b"x3dh keys", 64)
    mac = HMAC(keys[:32], ad + h)
    return mac, HASH(h + mac), keys[32:]


def prekey_text(owner, number, spk, end):
    return (LABEL + b"signed prekey" + owner.fingerprint + u(number, 4) + spk
            + u(end, 8) + u(0, 1))


class Bundle:
    def __init__(self, text):
        lines = [line.split(b": ", 1) for line in text.splitlines()]
        check(lines[0] == [b"secretsocket-bundle", b"1"]
              and lines[-1] == [b"end", b"secretsocket-bundle"], 102)
        self.owner = Public.from_line(lines[1][1])
        number, end, spk, sig = lines[2][1].decode().split()
        self.id, self.spk = int(number), bytes.fromhex(spk)
        self.one_time = {}
        for key, value in lines[3:-1]:
            check(key == b"one-time", 102)
            number, pub = value.decode().split()
            self.one_time[bytes.fromhex(pub)] = int(number)
        check(int(end) > time.time(), 125)
        ed25519.Ed25519PublicKey.from_public_bytes(self.owner.ed).verify(
            bytes.fromhex(sig),
            prekey_text(self.owner, self.id, self.spk, int(end)))


def initiate(me, bundle, bob_secret, aead):
    """Our first record for a bundle, and the session.

    In the package's own bundles the identity key itself signs the prekey, by
    XEdDSA; ours has been verified above, and gets such a signature here.
    """
    sign = xeddsa.priv_force_sign(bob_secret, False)
    theirs = x3dh.Bundle(
        bundle.owner.x, bundle.spk, xeddsa.ed25519_priv_sign(
            sign, b"\x05" + bundle.spk), frozenset(bundle.one_time))
    sk, ad, header = asyncio.run(state_of(me).get_shared_secret_active(
        theirs, require_pre_key=False))
    run_id = os.urandom(8)
    message = (me.pub.binary() + header.ephemeral_key + u(bundle.id, 4)
               + u(bundle.one_time.get(header.pre_key, 0), 4))
    mac, h, secret = conclude(aead, run_id, bundle.owner, bundle.spk,
                              header.pre_key, message, sk, ad)
    rec = record(1, u(3, 1) + u(aead, 2) + u(0, 1) + run_id + u(0, 1)
                 + message + mac)
    return rec, Session(aead, True, me.pub, bundle.owner, h, secret,
                        bundle.spk)


class Responder:
    """Prekeys of the package, published in our form."""

    def __init__(self, me, prekeys):
        self.me, self.state = me, state_of(me)
        self.state.generate_pre_keys(prekeys)
        self.one_time = sorted(self.state.bundle.pre_keys)

    def bundle(self):
        spk, end = self.state.bundle.signed_pre_key, int(time.time()) + 3600
        sig = SIGN(self.me.seed, prekey_text(self.me.pub, 7, spk, end))
        lines = ["one-time: %d %s\n" % (i + 1, pub.hex())
                 for i, pub in enumerate(self.one_time)]
        return (b"secretsocket-bundle: 1\npublic: " + self.me.pub.line()
                + ("\nsigned: 7 %d %s %s\n%send: secretsocket-bundle\n" % (
                    end, spk.hex(), sig.hex(), "".join(lines))).encode())

    def respond(self, rec, aead):
        check(rec[8] == 3 and rec[9:11] == u(aead, 2) and rec[11] == 0, 117)
        message, mac = rec[21:-32], rec[-32:]
        other = Public.from_binary(message[:-40])
        ek = message[-40:-8]
        check(message[-8:-4] == u(7, 4), 125)
        number = int.from_bytes(message[-4:], "big")
        opk = self.one_time[number - 1] if number else None
        spk = self.state.bundle.signed_pre_key
        sk, ad, pair = asyncio.run(self.state.get_shared_secret_passive(
            x3dh.Header(other.x, ek, spk, opk), require_pre_key=False))
        want, h, secret = conclude(aead, rec[12:20], self.me.pub, spk, opk,
                                   message, sk, ad)
        check(hmac.compare_digest(mac, want), 103)
        if opk:
            self.state.delete_pre_key(opk)
        return other, number, Session(aead, False, self.me.pub, other, h,
                                      secret, pair.priv)


# The tests

def secret_file(path, text):
    with open(path, "wb", opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write(text)


def converse(s, theirs):
    """Streams both ways, late ones too, and turns of the ratchet."""
    for turn in range(3):
        texts = [b"%d to the commands, %d" % (i, turn) for i in range(3)]
        streams = [s.seal([t]) for t in texts]
        for i in (2, 0, 1):
            got = run("ss-open", "-s", theirs, data=streams[i])
            ok(got == texts[i], "turn %d: the commands read %d" % (turn, i))
        texts = [b"%d from the commands, %d" % (i, turn) for i in range(3)]
        streams = [run("ss-seal", "-s", theirs, data=t) for t in texts]
        for i in (1, 2, 0):
            ok(s.open(streams[i]) == [texts[i]],
               "turn %d: the packages read %d" % (turn, i))
    run("ss-open", "-s", theirs, data=streams[0], status=1)
    ok(True, "and a stream of their own is refused")


def carol():
    run("ss-keygen", "-n", "carol", "-o", "c.key")
    with open("c.key", "rb") as f:
        return Identity.from_text(f.read())


def as_initiator(aead, name, prekeys):
    me, bob = Identity.new(b"package"), carol()
    with open("p.pub", "wb") as f:
        f.write(me.pub.line() + b"\n")
    run("ss-keygen", "--prekeys", "3" if prekeys else "0", "-k", "c.key",
        "-o", "c.prekeys")
    bundle = Bundle(run("ss-keygen", "--bundle", "c.prekeys"))
    ok(len(bundle.one_time) == (3 if prekeys else 0), "the bundle")
    rec, s = initiate(me, bundle, bob.x, aead)
    answer = ["ss-handshake", "x3dh", "-r", "-k", "c.key", "-p", "p.pub",
              "--prekeys", "c.prekeys", "-A", name, "-o"]
    run(*answer, "c.sess", data=rec[:-1] + bytes([rec[-1] ^ 1]), status=1)
    ok(not os.path.exists("c.sess"), "a wrong MAC is refused")
    run(*answer, "c.sess", data=rec)
    ok(True, "the commands agree with the package")
    run(*answer, "c2.sess", data=rec, status=1)
    ok(not os.path.exists("c2.sess"), "but once")
    converse(s, "c.sess")


def as_responder(aead, name, prekeys):
    me, alice = Identity.new(b"package"), carol()
    bob = Responder(me, 3 if prekeys else 0)
    with open("p.pub", "wb") as f:
        f.write(me.pub.line() + b"\n")
    with open("p.bundle", "wb") as f:
        f.write(bob.bundle())
    rec = run("ss-handshake", "x3dh", "-i", "-k", "c.key", "-p", "p.pub",
              "--bundle", "p.bundle", "-A", name, "-o", "c.sess")
    try:
        bob.respond(rec[:-1] + bytes([rec[-1] ^ 1]), aead)
        ok(False, "a wrong MAC")
    except peer.Refused as e:
        ok(e.args[0] == 103, "a wrong MAC is refused")
    other, number, s = bob.respond(rec, aead)
    ok(other.fingerprint == alice.pub.fingerprint, "whom it is from")
    ok((number > 0) == prekeys, "one-time prekey: %d" % number)
    run("ss-seal", "-s", "c.sess", data=b"lost")
    # our first stream gives the package its receiving chain
    first = run("ss-seal", "-s", "c.sess", data=b"hello")
    ok(s.open(first) == [b"hello"], "the package agrees with the commands")
    converse(s, "c.sess")


def main():
    role, name, prekeys = sys.argv[1:]
    aead = {"chachapoly": 1, "aesgcm": 2}[name]
    {"initiator": as_initiator, "responder": as_responder}[role](
        aead, name, prekeys == "one")
    print("1..%d" % peer.count)
    sys.exit(1 if peer.failed else 0)


main()
