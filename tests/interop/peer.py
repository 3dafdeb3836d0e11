#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A second implementation of SecretSocket, written from docs/protocol.md.

It shares nothing with the C source: where both agree, the document says
enough.  Names are those of the document, numbers in comments its sections.

    peer.py example DOCUMENT      recomputes the worked example (13)
    peer.py talk ROLE SUITE MODE  a handshake and a conversation with the
                                  commands, as initiator or responder;
                                  SUITE is a pattern of Noise, or signed
    peer.py files                 key files, armor, key logs, both ways
"""
import base64
import hashlib
import hmac
import os
import re
import subprocess
import sys

from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from cryptography.hazmat.primitives.ciphers import aead as ciphers
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, PublicFormat)

LABEL = b"SecretSocket-v1 "
AEADS = {1: ciphers.ChaCha20Poly1305, 2: ciphers.AESGCM}
MODES = {"dh": 0, "hash": 1, "static": 2}


# 2. Primitives

def HASH(x):
    return hashlib.sha256(x).digest()


def HMAC(key, x):
    return hmac.new(key, x, "sha256").digest()


def EXTRACT(salt, ikm):
    return HMAC(salt, ikm)


def EXPAND(prk, info, n):
    out, block = b"", b""
    for i in range(1, 256):
        if len(out) >= n:
            break
        block = HMAC(prk, block + info + bytes([i]))
        out += block
    return out[:n]


def HKDF(salt, ikm, info, n):
    return EXPAND(EXTRACT(salt, ikm), info, n)


def DH(sec, pub):
    return x25519.X25519PrivateKey.from_private_bytes(sec).exchange(
        x25519.X25519PublicKey.from_public_bytes(pub))  # raises on zero


def raw(pub):
    return pub.public_bytes(Encoding.Raw, PublicFormat.Raw)


def SIGN(seed, x):
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed).sign(x)


def PUB(sec):
    return raw(x25519.X25519PrivateKey.from_private_bytes(sec).public_key())


def u(n, size):
    return n.to_bytes(size, "big")


class Refused(Exception):
    """args[0] is the number of section 12."""


def check(good, code):
    if not good:
        raise Refused(code)


# 4. Identities

class Public:
    def __init__(self, name, ed, x):
        self.name, self.ed, self.x = name, ed, x
        self.fingerprint = HASH(LABEL + b"fingerprint" + ed + x)
        self.id = self.fingerprint[:8]

    def checksum(self):
        return HASH(LABEL + b"public key checksum" + self.name + self.ed
                    + self.x)[:4]

    def line(self):  # 4.3
        data = self.ed + self.x + self.checksum()
        return (b"ss-pub-v1:" + self.name + b":"
                + base64.urlsafe_b64encode(data).rstrip(b"="))

    @classmethod
    def from_line(cls, line):
        magic, name, data = line.strip().split(b":")
        check(magic == b"ss-pub-v1", 104)
        data = base64.urlsafe_b64decode(data + b"=")
        pub = cls(name, data[:32], data[32:64])
        check(data[64:] == pub.checksum(), 115)
        return pub

    def binary(self):
        return u(len(self.name), 1) + self.name + self.ed + self.x

    @classmethod
    def from_binary(cls, data):
        n = data[0]
        check(len(data) == 1 + n + 64, 102)
        return cls(data[1:1 + n], data[1 + n:33 + n], data[33 + n:])

    def digits(self):  # 4.2
        h = hashlib.sha512(self.fingerprint).digest()
        groups = [int.from_bytes(h[5 * i:5 * i + 5], "big") % 100000
                  for i in range(12)]
        return " ".join("%05d" % g for g in groups)


class Identity:
    def __init__(self, name, seed, x):
        key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        self.seed, self.x = seed, x
        self.pub = Public(name, raw(key.public_key()), PUB(x))

    @classmethod
    def new(cls, name):
        return cls(name, os.urandom(32), os.urandom(32))

    def text(self):  # 4.4
        return (b"secretsocket-key: 1\nname: %s\npublic: %s\ned25519: %s\n"
                b"x25519: %s\nend: secretsocket-key\n" % (
                    self.pub.name, self.pub.line(),
                    self.seed.hex().encode(), self.x.hex().encode()))

    @classmethod
    def from_text(cls, text):
        lines = dict(line.split(b": ", 1) for line in text.splitlines())
        check(list(lines)[0] == b"secretsocket-key"
              and list(lines)[-1] == b"end", 115)
        me = cls(lines[b"name"], bytes.fromhex(lines[b"ed25519"].decode()),
                 bytes.fromhex(lines[b"x25519"].decode()))
        check(me.pub.line() == lines[b"public"], 115)
        return me


class Nobody:
    name, fingerprint, id = b"", bytes(32), bytes(8)


# 5. Records

def record(kind, body):
    return b"SS" + u(1, 1) + u(kind, 1) + u(len(body), 4) + body


def records(data):
    """The records of a stream: (type, whole record)."""
    while data:
        check(len(data) >= 8, 101)
        check(data[:2] == b"SS", 102)
        check(data[2] == 1, 104)
        check(data[3] < 0x80, 112)
        n = int.from_bytes(data[4:8], "big")
        check(1 <= n <= 131064, 105)
        check(len(data) >= 8 + n, 101)
        yield data[3], data[:8 + n]
        data = data[8 + n:]


# 5.5 Noise, revision 34; the patterns that are tried here

PATTERNS = {
    "N": (1, [], ["s"], ["e es"]),
    "X": (3, [], ["s"], ["e es s ss"]),
    "NN": (4, [], [], ["e", "e ee"]),
    "NK": (5, [], ["s"], ["e es", "e ee"]),
    "XX": (9, [], [], ["e", "e ee s es", "s se"]),
    "KK": (11, ["s"], ["s"], ["e es ss", "e ee se"]),
    "IK": (14, [], ["s"], ["e es s ss", "e ee se"]),
    "X1K1": (21, [], ["s"], ["e", "e ee es", "s", "se"]),
}


class Handshake:
    family = 1

    def __init__(self, variant, aead, mode, initiator, run, me, peer, psk,
                 profile=b""):
        base, _, modifier = variant.partition("psk")
        number, pre_i, pre_r, messages = PATTERNS[base]
        self.messages = [m.split() for m in messages]
        bits = 0
        if modifier:
            bits = 1 << int(modifier)
            if modifier == "0":
                self.messages[0].insert(0, "psk")
            else:
                self.messages[int(modifier) - 1].append("psk")
        self.has_psk = bool(modifier)
        self.suite = number << 8 | bits << 4 | aead
        self.aead, self.mode, self.run = aead, mode, run
        self.initiator, self.me, self.peer = initiator, me, peer
        self.psk, self.profile, self.step = psk, profile, 0
        self.pre = pre_i, pre_r
        self.variant, self.one_way = variant, len(messages) == 1
        self.e = self.re = self.rs = self.k = None
        if run:
            self.begin()

    def begin(self):
        self.prologue = (LABEL + b"handshake" + u(1, 1) + u(1, 1)
                         + u(self.suite, 2) + u(self.mode, 1) + self.run
                         + u(len(self.profile), 1) + self.profile)
        name = "Noise_%s_25519_%s_SHA256" % (
            self.variant, "ChaChaPoly" if self.aead == 1 else "AESGCM")
        name = name.encode()
        self.h = name.ljust(32, b"\0") if len(name) <= 32 else HASH(name)
        self.ck = self.h
        self.mix_hash(self.prologue)
        for side, keys in enumerate(self.pre):
            mine = (side == 0) == self.initiator
            if keys and mine:
                self.mix_hash(self.me.pub.x)
            elif keys:
                self.rs = self.peer.x
                self.mix_hash(self.rs)

    def mix_hash(self, x):
        self.h = HASH(self.h + x)

    def mix_key(self, ikm):
        out = HKDF(self.ck, ikm, b"", 64)
        self.ck, self.k, self.n = out[:32], out[32:], 0

    def mix_psk(self):
        out = HKDF(self.ck, self.psk, b"", 96)
        self.ck, self.k, self.n = out[:32], out[64:], 0
        self.mix_hash(out[32:64])

    def nonce(self):
        self.n += 1
        return bytes(4) + (self.n - 1).to_bytes(
            8, "little" if self.aead == 1 else "big")

    def seal(self, text):
        if self.k:
            text = AEADS[self.aead](self.k).encrypt(self.nonce(), text,
                                                    self.h)
        self.mix_hash(text)
        return text

    def open(self, data):
        text = data
        if self.k:
            text = AEADS[self.aead](self.k).decrypt(self.nonce(), data,
                                                    self.h)
        self.mix_hash(data)
        return text

    def dh_token(self, token):
        """es is the DH of the initiator's e and the responder's s."""
        ours, theirs = token if self.initiator else token[::-1]
        secret = {"e": self.e, "s": self.me.x if self.me else None}[ours]
        public = {"e": self.re, "s": self.rs}[theirs]
        self.mix_key(DH(secret, public))

    def token(self, token, got_e):
        if token == "e":
            self.mix_hash(got_e)
            if self.has_psk:
                self.mix_key(got_e)
        elif token == "psk":
            self.mix_psk()
        else:
            self.dh_token(token)

    def write(self, entropy):
        message, payload = b"", b""
        for t in self.messages[self.step]:
            if t == "e":
                self.e = entropy
                message += PUB(entropy)
                self.token(t, PUB(entropy))
            elif t == "s":
                message += self.seal(self.me.pub.x)
                payload = self.me.pub.binary()
            else:
                self.token(t, None)
        message += self.seal(payload)
        body = (u(1, 1) + u(self.suite, 2) + u(self.mode, 1) + self.run
                + u(self.step, 1) + message)
        self.step += 1
        return record(1, body)

    def read(self, rec):
        check(rec[8] == 1 and rec[9:11] == u(self.suite, 2)
              and rec[11] == self.mode, 117)
        if not self.run:
            self.run = rec[12:20]
            self.begin()
        check(rec[12:20] == self.run, 109)
        check(rec[20] == self.step, 106)
        message, identity = rec[21:], False
        for t in self.messages[self.step]:
            if t == "e":
                self.re, message = message[:32], message[32:]
                self.token(t, self.re)
            elif t == "s":
                n = 48 if self.k else 32
                self.rs, message = self.open(message[:n]), message[n:]
                identity = True
            else:
                self.token(t, None)
        payload = self.open(message)
        if identity:
            came = Public.from_binary(payload)
            check(came.x == self.rs, 124)
            if self.peer:
                check(came.fingerprint == self.peer.fingerprint, 124)
            self.peer = came
        else:
            check(not payload, 105)
        self.step += 1

    def split(self):
        return HKDF(self.ck, b"", b"", 64)


# 5.7 The family signed

LOW_ORDER = [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18] + [
    int.from_bytes(bytes.fromhex(x), "little") for x in (
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")]


def refuse_low_order(x):
    check(int.from_bytes(x, "little") % 2**255 not in LOW_ORDER, 118)


class Signed:
    family, one_way = 2, False
    roles = b"signed by the responder", b"signed by the initiator"

    def __init__(self, aead, mode, initiator, run, me, peer):
        self.suite, self.aead, self.mode, self.run = aead, aead, mode, run
        self.initiator, self.me, self.peer, self.step = initiator, me, peer, 0
        if run:
            self.begin()

    def begin(self):
        self.h = HASH(LABEL + b"signed transcript" + LABEL + b"handshake"
                      + u(1, 1) + u(2, 1) + u(self.suite, 2)
                      + u(self.mode, 1) + self.run + u(0, 1))

    def mix(self, x):
        self.h = HASH(self.h + x)

    def commitment(self, blind, binary):
        return HASH(LABEL + b"signed commitment" + blind + binary)

    def keys(self):
        """Lists: of the responder, of the initiator."""
        out = HKDF(self.h, DH(self.e, self.re), LABEL + b"signed keys", 160)
        self.k = out[32:64], out[:32]
        self.m = out[96:128], out[64:96]
        self.secret = out[128:]

    def statement(self, by_initiator, responder, own):
        return (LABEL + self.roles[by_initiator] + self.h
                + (responder if by_initiator else b"") + own)

    def proof(self):
        """Our sealed part."""
        i, own = self.initiator, self.me.pub.binary()
        other = self.peer.binary() if i else b""
        sig = SIGN(self.me.seed, self.statement(i, other, own))
        text = (self.blind if i else b"") + own + sig
        text += HMAC(self.m[i], self.h + own + sig)
        box = AEADS[self.aead](self.k[i]).encrypt(bytes(12), text, self.h)
        self.mix(box)
        return box

    def verify(self, box):
        i = not self.initiator  # is it the initiator's?
        text = AEADS[self.aead](self.k[i]).decrypt(bytes(12), box, self.h)
        if i:
            blind, text = text[:32], text[32:]
        own, sig, mac = text[:-96], text[-96:-32], text[-32:]
        came = Public.from_binary(own)
        check(hmac.compare_digest(mac, HMAC(self.m[i], self.h + own + sig)),
              103)
        check(not i or self.commitment(blind, own) == self.c, 103)
        ed25519.Ed25519PublicKey.from_public_bytes(came.ed).verify(
            sig, self.statement(i, self.me.pub.binary(), own))
        refuse_low_order(came.x)
        if self.peer:
            check(came.fingerprint == self.peer.fingerprint, 124)
        self.peer = came
        self.mix(box)

    def write(self, entropy):
        message = b""
        if self.step < 2:
            self.e = entropy
            message = PUB(self.e)
            self.mix(message)
        if self.step == 0:
            self.blind = os.urandom(32)
            c = self.commitment(self.blind, self.me.pub.binary())
            self.mix(c)
            message += c
        else:
            if self.step == 1:
                self.keys()
            message += self.proof()
        rec = record(1, u(2, 1) + u(self.suite, 2) + u(self.mode, 1)
                     + self.run + u(self.step, 1) + message)
        self.step += 1
        return rec

    def read(self, rec):
        check(rec[8] == 2 and rec[9:11] == u(self.suite, 2)
              and rec[11] == self.mode, 117)
        if not self.run:
            self.run = rec[12:20]
            self.begin()
        check(rec[12:20] == self.run, 109)
        check(rec[20] == self.step, 106)
        message = rec[21:]
        if self.step < 2:
            self.re, message = message[:32], message[32:]
            refuse_low_order(self.re)
            self.mix(self.re)
        if self.step == 0:
            check(len(message) == 32, 105)
            self.c = message
            self.mix(self.c)
        else:
            if self.step == 1:
                self.keys()
            self.verify(message)
        self.step += 1

    def split(self):
        return self.secret


# 9. Sessions

class Session:
    def __init__(self, hs, fresh):
        me = hs.me.pub if hs.me else Nobody
        peer = hs.peer or Nobody
        i, r = (me, peer) if hs.initiator else (peer, me)
        self.me, self.peer, self.mode, self.aead = me, peer, hs.mode, hs.aead
        prk = self.prk = EXTRACT(hs.h, hs.split())
        info = (u(1, 1) + u(hs.family, 1) + u(hs.suite, 2) + u(hs.mode, 1)
                + u(hs.aead, 1) + u(0, 1) + i.fingerprint + r.fingerprint)

        def derive(label):
            return EXPAND(prk, LABEL + label + info, 32)

        self.Ns = self.Nr = self.PN = 0
        self.DHs = self.DHr = None
        self.skipped = {}
        if self.mode == 0:
            self.RK = self.root = derive(b"session root")
            self.C0 = derive(b"session chain")
            if hs.initiator:
                self.DHr, self.CKr = hs.re, self.C0
                self.turn(fresh)
            else:
                self.DHs, self.CKs, self.CKr = hs.e, self.C0, None
        else:
            ci, cr = derive(b"initiator chain"), derive(b"responder chain")
            self.CKs, self.CKr = (ci, cr) if hs.initiator else (cr, ci)

    def kdf_rk(self, x):
        out = HKDF(self.RK, x, LABEL + b"ratchet", 64)
        self.RK = out[:32]
        return out[32:]

    def turn(self, fresh):
        self.DHs = fresh
        self.CKs = self.kdf_rk(DH(self.DHs, self.DHr))

    def chain(self, ck):
        mk = HMAC(ck, b"\x01")
        return mk, ck if self.mode == 2 else HMAC(ck, b"\x02")

    def epoch(self, mk, salt, sender, audience):  # 7
        info = (LABEL + b"epoch" + u(1, 1) + u(1, 1) + u(self.mode, 1)
                + u(self.aead, 1) + u(0, 1)
                + sender.fingerprint + audience.fingerprint)
        return Epoch(HKDF(salt, mk, info, 32), self.aead)

    def introduce(self, salt, lines=0, previous=None):  # 6.1
        mk, self.CKs = self.chain(self.CKs)
        epoch = self.epoch(mk, salt, self.me, self.peer)
        pub = PUB(self.DHs) if self.mode == 0 else bytes(32)
        body = (u(1, 1) + u(self.aead, 1) + u(self.mode, 1) + u(lines, 1)
                + self.me.id + self.peer.id
                + (previous.id + u(previous.next, 8) if previous
                   else bytes(24))
                + salt + pub + u(self.Ns, 4) + u(self.PN, 4) + epoch.id)
        self.Ns += 1
        rec = record(2, body + bytes(32))[:-32]
        return rec + HMAC(epoch.mac_key, rec), epoch

    def skip(self, until):  # 9.3
        while self.CKr and self.Nr < until:
            mk, self.CKr = self.chain(self.CKr)
            self.skipped[self.DHr, self.Nr] = mk
            self.Nr += 1

    def accept(self, rec):
        check(len(rec) == 172, 101)
        check(rec[12:20] == self.peer.id and rec[20:28] == self.me.id, 109)
        check(rec[8] == 1 and rec[9] == self.aead and rec[10] == self.mode,
              117)
        salt, pub = rec[52:84], rec[84:116]
        n, pn = (int.from_bytes(rec[i:i + 4], "big") for i in (116, 120))
        if self.mode:
            check(pub == bytes(32) and pn == 0, 102)
            pub = None
        if (pub, n) in self.skipped:
            mk = self.skipped.pop((pub, n))
        else:
            if self.mode == 0 and pub != self.DHr:
                self.skip(pn)
                self.PN, self.Ns, self.Nr, self.DHr = self.Ns, 0, 0, pub
                self.CKr = self.kdf_rk(DH(self.DHs, self.DHr))
                self.turn(os.urandom(32))
            check(n >= self.Nr, 107)
            self.skip(n)
            mk, self.CKr = self.chain(self.CKr)
            self.Nr += 1
        epoch = self.epoch(mk, salt, self.peer, self.me)
        check(rec[124:140] == epoch.id and hmac.compare_digest(
            rec[140:], HMAC(epoch.mac_key, rec[:140])), 103)
        return epoch

    # 8.3 Streams

    def seal(self, chunks, lines=0, rekey=0):
        out, epoch = b"", None
        for i, text in enumerate(chunks):
            if epoch is None or (rekey and epoch.next == rekey):
                intro, epoch = self.introduce(os.urandom(32), lines, epoch)
                out += intro
            out += epoch.seal(text, i == len(chunks) - 1)
        return out

    def open(self, data):
        """The texts of all records of one or more whole streams."""
        epoch, texts, open_ = None, [], False
        for kind, rec in records(data):
            if kind == 2:
                check(rec[28:44] == (epoch.id if open_ else bytes(16)), 108)
                if open_:
                    check(rec[44:52] == u(epoch.next, 8), 106)
                epoch, open_ = self.accept(rec), True
            else:
                check(kind == 3 and open_, 121)
                text, final = epoch.open(rec)
                texts.append(text)
                open_ = not final
        check(epoch is not None, 113)
        check(not open_, 101)
        return texts


# 7.2, 8

class Epoch:
    def __init__(self, key, aead):
        self.key, self.next = key, 0
        self.id = EXPAND(key, LABEL + b"epoch id", 16)
        self.mac_key = EXPAND(key, LABEL + b"epoch mac", 32)
        self.aead_key = EXPAND(key, LABEL + b"epoch aead", 32)
        self.cipher = AEADS[aead](self.aead_key)

    def seal(self, text, final=False):
        ad = (b"SS" + u(1, 1) + u(3, 1) + u(25 + len(text) + 16, 4) + self.id
              + u(self.next, 8) + u(1 if final else 0, 1))
        nonce = bytes(4) + u(self.next, 8)
        self.next += 1
        return ad + self.cipher.encrypt(nonce, text, ad)

    def open(self, rec):
        check(len(rec) >= 49, 101)
        check(rec[8:24] == self.id, 109)
        check(rec[24:32] == u(self.next, 8), 106)
        flags = rec[32]
        check(flags < 4, 102)
        text = self.cipher.decrypt(bytes(4) + rec[24:32], rec[33:], rec[:33])
        self.next += 1
        if flags & 2:
            text = text.rstrip(b"\0")
            check(text[-1:] == b"\x80", 102)
            text = text[:-1]
        return text, flags & 1


# The tests

count = failed = 0


def ok(good, name):
    global count, failed
    count += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, name), flush=True)


def read_example(path):
    values, name, inside = {}, None, False
    for line in open(path):
        inside = (inside or "<!-- example -->" in line) \
            and "<!-- end -->" not in line
        m = inside and re.match(r"    (\S.*?)?\s\s+(\S.*)$", line)
        if not m:
            continue
        if m[1]:
            name, values[m[1]] = m[1], ""
        values[name] += m[2]
    return {n: v[1:-1].encode() if v[0] == '"' else bytes.fromhex(v)
            for n, v in values.items()}


def example(path):
    want = read_example(path)

    def is_(name, got):
        ok(want.get(name) == got, name)

    def identity(name):
        return Identity(name.encode(), want[name + ".ed25519_seed"],
                        want[name + ".x25519_secret"])

    alice, bob = identity("alice"), identity("bob")
    for who, pub in ("alice", alice.pub), ("bob", bob.pub):
        is_(who + ".ed25519", pub.ed)
        is_(who + ".x25519", pub.x)
        is_(who + ".fingerprint", pub.fingerprint)
        is_(who + ".public", pub.line())
    is_("alice.digits", alice.pub.digits().encode())

    a = Handshake("KK", 1, 0, True, want["run"], alice, bob.pub, None)
    b = Handshake("KK", 1, 0, False, None, bob, alice.pub, None)
    is_("prologue", a.prologue)
    m0 = a.write(want["alice.e_secret"])
    is_("message_0", m0)
    b.read(m0)
    m1 = b.write(want["bob.e_secret"])
    is_("message_1", m1)
    a.read(m1)
    is_("hash", a.h)
    is_("k1", b.split()[:32])
    is_("k2", a.split()[32:])
    is_("R0", a.re)

    sb = Session(b, None)
    is_("prk", sb.prk)
    is_("root", sb.root)
    is_("C0", sb.C0)
    sa = Session(a, want["alice.DHs_secret"])
    is_("alice.DHs", PUB(sa.DHs))
    is_("DH(DHs, R0)", DH(sa.DHs, sa.DHr))
    is_("RK", sa.RK)
    is_("CKs", sa.CKs)
    is_("mk", sa.chain(sa.CKs)[0])
    intro, epoch = sa.introduce(want["salt"])
    is_("epoch_key", epoch.key)
    is_("epoch_id", epoch.id)
    is_("mac_key", epoch.mac_key)
    is_("aead_key", epoch.aead_key)
    is_("introducer", intro)
    data = epoch.seal(want["text"], True)
    is_("data", data)
    is_("ad", data[:33])
    is_("nonce", bytes(4) + data[24:32])
    ok(sb.open(intro + data) == [b"hello bob\n"], "bob reads the text")


def run(*argv, data=b"", status=0):
    p = subprocess.run(argv, input=data, stdout=subprocess.PIPE)
    if p.returncode != status:
        print("# %s: exit %d" % (" ".join(argv), p.returncode))
        raise SystemExit(1)
    return p.stdout


def agree(role, variant, aead, mode):
    """A handshake with ss-handshake; their session is in c.sess."""
    run("ss-keygen", "-n", "carol", "-o", "c.key")
    carol = Public.from_line(run("ss-keygen", "--public", "c.key"))
    me = Identity.new(b"peer.py")
    with open("p.pub", "wb") as f:
        f.write(me.pub.line() + b"\n")
    shared = b"a pre-shared key of more than 32 bytes"
    with open("psk", "wb", opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write(shared)
    psk = HKDF(b"", shared, LABEL + b"psk", 32)
    signed, what = variant == "signed", variant
    if signed:
        mine = theirs = messages = [1, 2, 3]
    else:
        what = "psk" if variant == "psk" else "noise:" + variant
        variant = "NNpsk0" if variant == "psk" else variant
        _, pre_i, pre_r, messages = PATTERNS[variant.partition("psk")[0]]
        tokens = [m.split() for m in messages]
        has_i = bool(pre_i) or any("s" in m for m in tokens[0::2])
        has_r = bool(pre_r) or any("s" in m for m in tokens[1::2])
        mine, theirs = (has_i, has_r) if role == "initiator" \
            else (has_r, has_i)

    args = [what, "-r" if role == "initiator" else "-i",
            "--mode", mode, "--aead", {1: "chachapoly", 2: "aesgcm"}[aead]]
    args += ["-k", "c.key"] if theirs else []
    args += ["-p", "p.pub"] if mine else []
    args += ["--psk", "psk"] if "psk" in variant else []
    run_id = os.urandom(8) if role == "initiator" else None
    if signed:
        hs = Signed(aead, MODES[mode], role == "initiator", run_id, me, carol)
    else:
        hs = Handshake(variant, aead, MODES[mode], role == "initiator",
                       run_id, me if mine else None,
                       carol if theirs else None,
                       psk if "psk" in variant else None)
    ours = [(step % 2 == 0) == (role == "initiator")
            for step in range(len(messages))]
    came, step = b"", 0
    while step < len(messages):
        if ours[step]:
            came = hs.write(os.urandom(32))
            step += 1
        # their call reads what came, and writes the next message if any
        out = run("ss-handshake", *args, "-S", "c.hs", "-o", "c.sess",
                  data=came)
        args, came = [], b""
        if out:
            hs.read(out)
            step += 1
    return Session(hs, os.urandom(32)), hs


def talk(role, suite, mode):
    variant, _, aead = suite.partition("/")
    s, hs = agree(role, variant, 2 if aead == "aesgcm" else 1, mode)
    ok(True, "the handshake %s ends in a session" % suite)
    can_send = not hs.one_way or role == "initiator"
    can_read = not hs.one_way or role == "responder"
    big = os.urandom(150000)
    for turn in range(3):
        if can_send:
            got = run("ss-open", "-s", "c.sess",
                      data=s.seal([b"turn %d\n" % turn]))
            ok(got == b"turn %d\n" % turn, "they open turn %d" % turn)
        if can_read:
            out = run("ss-seal", "-s", "c.sess", data=b"answer %d" % turn)
            ok(s.open(out) == [b"answer %d" % turn],
               "we open answer %d" % turn)
    if can_send:
        lost = s.seal([b"lost"])
        got = run("ss-open", "-s", "c.sess", data=s.seal(
            [big[i:i + 65408] for i in range(0, 150000, 65408)], rekey=2))
        ok(got == big, "they open a large stream of two epochs")
        got = run("ss-open", "-s", "c.sess", data=lost)
        ok(got == b"lost", "they open an epoch that came late")
        run("ss-open", "-s", "c.sess", data=lost, status=1)
        ok(True, "they refuse it the second time")
        got = run("ss-open", "-s", "c.sess", data=s.seal(
            [b"one\n", b"two\n", b"three\n", b""], lines=1, rekey=2))
        ok(got == b"one\ntwo\nthree\n", "they open lines")
        bad = bytearray(s.seal([b"flipped"]))
        bad[-20] ^= 1
        run("ss-open", "-s", "c.sess", data=bytes(bad), status=1)
        ok(True, "they refuse a flipped bit")
    if can_read:
        out = run("ss-seal", "-s", "c.sess", data=big)
        ok(b"".join(s.open(out)) == big, "we open a large stream")
        run("ss-seal", "-s", "c.sess", data=b"never seen")
        out = run("ss-seal", "-s", "c.sess", "--lines", "--rekey-after", "2",
                  data=b"a\nb\nc\nd")
        ok(s.open(out) == [b"a\n", b"b\n", b"c\n", b"d", b""],
           "we open lines behind a lost epoch")
        out = run("ss-seal", "-s", "c.sess", "--pad", "64", data=b"short")
        ok(len(out) == 172 + 49 + 64 and s.open(out) == [b"short"],
           "we open a padded text")


def armor(data):  # 5.3
    return b"".join(base64.b64encode(rec) + b"\n" for _, rec in
                    records(data))


def unarmor(text):
    check(all(line.startswith(b"U1MB") for line in text.splitlines()), 114)
    return b"".join(base64.b64decode(line, validate=True)
                    for line in text.splitlines())


def files():
    run("ss-keygen", "-n", "dave", "-o", "d.key")
    with open("d.key", "rb") as f:
        text = f.read()
    dave = Identity.from_text(text)
    ok(dave.text() == text, "their key file, read and written again")
    ok(dave.pub.line() + b"\n" == run("ss-keygen", "--public", "d.key"),
       "its public line")
    me = Identity.new(b"peer.py")
    ok(run("ss-keygen", "--public", data=me.text())
       == me.pub.line() + b"\n", "they read our key file")
    run("ss-keygen", "--public", data=me.text().replace(b"peer", b"pear"),
        status=1)
    ok(True, "and refuse it under another name")
    ok(me.pub.digits().split()[:6] == run(
        "ss-keygen", "--fingerprint", data=me.pub.line() + b"\n"
    ).decode().split("fingerprint:")[1].split()[:6], "the digits")

    s, _ = agree("initiator", "KK", 1, "dh")
    out = run("ss-seal", "-s", "c.sess", "-a", "--keylog", "keys",
              data=b"x" * 100000)
    data = unarmor(out)
    ok(armor(data) == out, "their armor, read and written again")
    with open("keys") as f:
        line = [w.split() for w in f if w.startswith("SECRETSOCKET")][0]
    epoch = Epoch(bytes.fromhex(line[4]), 1)
    ok(line[1:4] == [epoch.id.hex(), "ratchet", "chachapoly"]
       and line[5:] == [s.peer.id.hex(), s.me.id.hex()],
       "their key log")
    texts = [epoch.open(rec)[0] for kind, rec in records(data) if kind == 3]
    ok(b"".join(texts) == b"x" * 100000, "opens the stream, without session")
    ok(s.open(data) == texts, "as the session does")
    ours = armor(s.seal([b"in armor"])) + b"\r\n" + s.seal([b", and not"])
    ok(run("ss-open", "-s", "c.sess", data=ours) == b"in armor, and not",
       "they read our armor, with binary behind it")


def main():
    if sys.argv[1:2] == ["example"]:
        example(sys.argv[2])
    elif sys.argv[1:2] == ["talk"]:
        talk(*sys.argv[2:5])
    elif sys.argv[1:2] == ["files"]:
        files()
    else:
        sys.exit(__doc__)
    print("1..%d" % count)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
