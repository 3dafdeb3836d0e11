#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""capture_gen.py - make a capture of two people who talk through a relay.

An implementation of its own, from the specifications: TCP/IP packets, the
record layer of TLS 1.3, WebSocket frames, our records, and the key logs that
open them.  Everything follows from --seed, so a test can ask for the same
conversation wrapped in another way and expect the same text.

    alice (port 50001) -> relay (8443) -> bob (port 50002)

Writes OUT, OUT.tls (NSS key log), OUT.keys (epoch key log), OUT.text (what a
reader should find, a message on each line).
"""
import argparse
import hashlib
import hmac
import random
import ssl
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import (AESGCM,
                                                         ChaCha20Poly1305)

LABEL = b"SecretSocket-v1 "


def expand(prk, info, n, h=hashlib.sha256):
    out, t, i = b"", b"", 1
    while len(out) < n:
        t = hmac.new(prk, t + info + bytes([i]), h).digest()
        out, i = out + t, i + 1
    return out[:n]


# ------------------------------------------------------------ our records
class Epoch:
    def __init__(self, rng, aead=1, lines=True, prev=bytes(16), prev_n=0):
        self.key, self.seq, self.aead = rng.randbytes(32), 0, aead
        self.id = expand(self.key, LABEL + b"epoch id", 16)
        self.mac = expand(self.key, LABEL + b"epoch mac", 32)
        k = expand(self.key, LABEL + b"epoch aead", 32)
        self.cipher = ChaCha20Poly1305(k) if aead == 1 else AESGCM(k)
        self.sender, self.audience = b"\xa1" * 8, b"\xb0" * 8
        body = bytes([1, aead, 0, 1 if lines else 0]) + self.sender \
            + self.audience + prev + struct.pack(">Q", prev_n) \
            + rng.randbytes(32) + rng.randbytes(32) + bytes(8) + self.id
        rec = b"SS\x01\x02" + struct.pack(">I", len(body) + 32) + body
        self.intro = rec + hmac.new(self.mac, rec, "sha256").digest()

    def seal(self, text, final=False, pad=0):
        flags = (1 if final else 0) | (2 if pad else 0)
        if pad:
            text = text + b"\x80" + bytes(pad - 1)
        ad = b"SS\x01\x03" + struct.pack(">I", 25 + len(text) + 16) \
            + self.id + struct.pack(">QB", self.seq, flags)
        nonce = bytes(4) + struct.pack(">Q", self.seq)
        self.seq += 1
        return ad + self.cipher.encrypt(nonce, text, ad)

    def log(self):
        return "SECRETSOCKET_EPOCH %s ratchet %s %s %s %s\n" % (
            self.id.hex(), {1: "chachapoly", 2: "aesgcm"}[self.aead],
            self.key.hex(), self.sender.hex(), self.audience.hex())


# ------------------------------------------------------ HTTP and WebSocket
REQUEST = (b"GET / HTTP/1.1\r\nHost: localhost:8443\r\nUpgrade: websocket\r\n"
           b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"
           b"==\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Protocol: secretsocket.v1\r\n\r\n")
RESPONSE = (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\n"
            b"Connection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            b"Sec-WebSocket-Protocol: secretsocket.v1\r\n\r\n")


def frame(opcode, data, rng=None, fin=True):
    n = len(data)
    m = 0x80 if rng else 0
    head = bytes([(0x80 if fin else 0) | opcode])
    if n < 126:
        head += bytes([m | n])
    elif n < 65536:
        head += bytes([m | 126]) + struct.pack(">H", n)
    else:
        head += bytes([m | 127]) + struct.pack(">Q", n)
    if not rng:
        return head + data
    key = rng.randbytes(4)
    pad = (key * (n // 4 + 1))[:n]
    masked = (int.from_bytes(data, "big") ^ int.from_bytes(pad, "big"))
    return head + key + masked.to_bytes(n, "big")


def message(data, rng, cut):
    """A binary message, in fragments with a ping between them if asked."""
    if not cut:
        return frame(2, data, rng)
    a, b = len(data) // 3, len(data) // 2
    return frame(2, data[:a], rng, False) + frame(9, b"still there?", rng) \
        + frame(0, data[a:b], rng, False) + frame(0, data[b:], rng)


def route(name, mid, records):
    return bytes([1, len(name)]) + name.encode() + mid + bytes(8) + records


# ----------------------------------------------------------------- TLS 1.3
SUITES = {0x1301: (AESGCM, 16, hashlib.sha256),
          0x1302: (AESGCM, 32, hashlib.sha384),
          0x1303: (ChaCha20Poly1305, 32, hashlib.sha256)}


class Half:
    """One direction of the record layer, RFC 8446, 5."""
    def __init__(self, suite, secret):
        self.suite = suite
        self.set(secret)

    def label(self, label, n):
        info = struct.pack(">HB", n, 6 + len(label)) + b"tls13 " + label + b"\0"
        return expand(self.secret, info, n, SUITES[self.suite][2])

    def set(self, secret):
        self.secret, self.seq = secret, 0
        cipher, n, _ = SUITES[self.suite]
        self.cipher, self.iv = cipher(self.label(b"key", n)), self.label(b"iv", 12)

    def update(self):
        self.set(self.label(b"traffic upd", SUITES[self.suite][2]().digest_size))

    def seal(self, kind, data, pad=0):
        out = b""
        while True:
            part, data = data[:16384 - pad - 1], data[16384 - pad - 1:]
            text = part + bytes([kind]) + bytes(pad)
            head = b"\x17\x03\x03" + struct.pack(">H", len(text) + 16)
            nonce = int.from_bytes(self.iv, "big") ^ self.seq
            out += head + self.cipher.encrypt(nonce.to_bytes(12, "big"), text, head)
            self.seq += 1
            if not data:
                return out


def hs(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def plain(body):
    return b"\x16\x03\x01" + struct.pack(">H", len(body)) + body


class Tls:
    """Both ends at once; random secrets, so that no certificate is needed."""
    def __init__(self, suite, rng, opts):
        self.rng, self.opts, self.suite = rng, opts, suite
        n = SUITES[suite][2]().digest_size
        self.random = rng.randbytes(32)
        self.secrets = [rng.randbytes(n) for _ in range(4)]
        self.half = [Half(suite, self.secrets[0]), Half(suite, self.secrets[1])]

    def log(self):
        names = ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                 "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"]
        return "".join("%s %s %s\n" % (n, self.random.hex(), s.hex())
                       for n, s in zip(names, self.secrets))

    def start(self):
        ext = bytes.fromhex("002b0003020304")
        client = b"\x03\x03" + self.random + b"\x20" + self.rng.randbytes(32) \
            + struct.pack(">HH", 2, self.suite) + b"\x01\x00" \
            + struct.pack(">H", len(ext)) + ext
        ext = bytes.fromhex("002b00020304")
        server = b"\x03\x03" + self.rng.randbytes(32) + client[34:67] \
            + struct.pack(">H", self.suite) + b"\0" + struct.pack(">H", len(ext)) + ext
        ccs = b"\x14\x03\x03\x00\x01\x01"
        n = SUITES[self.suite][2]().digest_size
        c, s = self.half
        flight = hs(8, b"\0\0") + hs(11, self.rng.randbytes(700)) \
            + hs(15, self.rng.randbytes(80)) + hs(20, self.rng.randbytes(n))
        yield 0, plain(hs(1, client))
        # messages may be cut anywhere by records
        yield 1, plain(hs(2, server)) + ccs + s.seal(22, flight[:333]) \
            + s.seal(22, flight[333:])
        s.set(self.secrets[3])
        yield 0, ccs + c.seal(22, hs(20, self.rng.randbytes(n)))
        c.set(self.secrets[2])
        yield 1, s.seal(22, hs(4, self.rng.randbytes(200)))

    def send(self, d, data):
        out = b""
        if self.opts.key_update and self.rng.random() < 0.2:
            out = self.half[d].seal(22, hs(24, b"\0"))
            self.half[d].update()
        pad = self.rng.randrange(300) if self.opts.tls_padding else 0
        return out + self.half[d].seal(23, data, pad)


class RealTls:
    """OpenSSL on both sides, joined in memory."""
    def __init__(self, opts, name):
        self.path = "%s.tls.%s" % (opts.out, name)
        sctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        sctx.load_cert_chain(opts.cert)
        cctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        cctx.check_hostname, cctx.verify_mode = False, ssl.CERT_NONE
        cctx.keylog_filename = self.path
        self.bio = [(ssl.MemoryBIO(), ssl.MemoryBIO()) for _ in range(2)]
        self.end = [cctx.wrap_bio(*self.bio[0]),
                    sctx.wrap_bio(*self.bio[1], server_side=True)]

    def log(self):
        return open(self.path).read()

    def pump(self, d):
        out = self.bio[d][1].read()
        self.bio[1 - d][0].write(out)
        return out

    def start(self):
        done = [False, False]
        while not all(done):
            for d in (0, 1):
                try:
                    self.end[d].do_handshake()
                    done[d] = True
                except ssl.SSLWantReadError:
                    pass
                out = self.pump(d)
                if out:
                    yield d, out

    def send(self, d, data):
        for at in range(0, len(data), 16384):
            self.end[d].write(data[at:at + 16384])
        return self.pump(d)


class NoTls:
    def log(self):
        return ""

    def start(self):
        return iter(())

    def send(self, d, data):
        return data


# ---------------------------------------------------------------- packets
def checksum(data):
    if len(data) % 2:
        data += b"\0"
    s = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


class Conn:
    def __init__(self, opts, rng, port):
        self.o, self.rng, self.ports = opts, rng, (port, 8443)
        isn = (1 << 32) - 700 if opts.wrap else None
        self.seq = [isn or rng.randrange(1 << 32) for _ in range(2)]
        self.packets = []

    def packet(self, d, flags, data=b"", seq=None):
        o = self.o
        tcp = struct.pack(">HHIIBBHHH", self.ports[d], self.ports[1 - d],
                          self.seq[d] if seq is None else seq & 0xffffffff,
                          self.seq[1 - d] if flags & 16 else 0, 0x80, flags,
                          65535, 0, 0) + b"\1\1\x08\x0a" + bytes(8)
        tcp = tcp[:12] + bytes([(20 + 12) // 4 << 4]) + tcp[13:] + data
        hosts = [b"\x0a\0\0" + bytes([self.ports[0] & 255]), b"\x0a\0\0\1"]
        if o.ip == 4:
            a, b = hosts[d], hosts[1 - d]
            pseudo = a + b + struct.pack(">BBH", 0, 6, len(tcp))
            tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
            ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0) + a + b
            ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
        else:
            a, b = (b"\xfd" + bytes(11) + h for h in (hosts[d], hosts[1 - d]))
            pseudo = a + b + struct.pack(">IHBB", len(tcp), 0, 0, 6)
            tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
            extra, first = b"", 6
            if o.ip == 66:  # hop-by-hop options, then destination options
                extra = bytes([60, 0, 1, 4, 0, 0, 0, 0, 6, 1]) + b"\1\x0c" + bytes(12)
                first = 0
            ip = struct.pack(">IHBB", 6 << 28, len(extra + tcp), first, 64) + a + b + extra
        return ip + tcp

    def put(self, *args, **kw):
        self.packets.append((args[0], bool(args[2:] and args[2]), self.packet(*args, **kw)))

    def open(self):
        if self.o.middle:
            return
        self.put(0, 2)
        self.seq[0] += 1
        self.put(1, 18)
        self.seq[1] += 1
        self.put(0, 16)
        self.norm()

    def norm(self):
        self.seq = [s & 0xffffffff for s in self.seq]

    def data(self, d, data):
        o, rng = self.o, self.rng
        while data:
            n = rng.randrange(1, o.mss) if o.ragged else o.mss
            part, data = data[:n], data[n:]
            old = self.seq[d]
            self.put(d, 24, part)
            if o.overlap and len(part) > 20 and data and rng.random() < 0.3:
                # sent again, with some more behind it
                more = part[len(part) // 2:] + data[:50]
                self.put(d, 24, more, seq=old + len(part) // 2)
            if o.contradict and len(part) > 20 and rng.random() < 0.1:
                self.put(d, 24, bytes(len(part)), seq=old)
            if o.duplicate and rng.random() < 0.3:
                self.put(d, 24, part, seq=old)
            self.seq[d] += len(part)
            self.norm()
            if rng.random() < 0.3:
                self.put(1 - d, 16)

    def close(self):
        if self.o.reset:
            self.put(0, 20)
            return
        for d in (0, 1):
            self.put(d, 17)
            self.seq[d] += 1
            self.norm()
        self.put(0, 16)


ETHER = {4: 0x0800, 6: 0x86dd, 66: 0x86dd}
LINKS = {"ethernet": 1, "vlan": 1, "null": 0, "loop": 108, "raw": 101,
         "sll": 113, "sll2": 276}


def link(o, ip):
    e, family = ETHER[o.ip], 2 if o.ip == 4 else 10
    if o.link == "ethernet":
        return bytes(range(12)) + struct.pack(">H", e) + ip + b"\xee" * max(0, 46 - len(ip))
    if o.link == "vlan":
        return bytes(12) + struct.pack(">HHHHH", 0x88a8, 5, 0x8100, 7, e) + ip
    if o.link == "null":
        return struct.pack("<I", family) + ip
    if o.link == "loop":
        return struct.pack(">I", family) + ip
    if o.link == "sll":
        return struct.pack(">HHH8sH", 0, 1, 6, bytes(8), e) + ip
    if o.link == "sll2":
        return struct.pack(">HHIHBB8s", e, 0, 1, 1, 0, 6, bytes(8)) + ip
    return ip


START = 1790000000  # 2026-09-21T14:13:20Z


def write_pcap(o, packets, f):
    e = ">" if o.big_endian else "<"
    nano = o.format == "pcap-ns"
    f.write(struct.pack(e + "IHHiIII", 0xa1b23c4d if nano else 0xa1b2c3d4,
                        2, 4, 0, 0, 262144, LINKS[o.link]))
    for i, p in enumerate(packets):
        p = link(o, p)
        us = 1000 * i
        f.write(struct.pack(e + "IIII", START + us // 10**6,
                            us % 10**6 * (1000 if nano else 1), len(p), len(p)) + p)


def write_pcapng(o, packets, f, secrets):
    state = {"e": ">" if o.big_endian else "<"}

    def block(kind, body):
        body += bytes(-len(body) % 4)
        n = struct.pack(state["e"] + "I", 12 + len(body))
        f.write(struct.pack(state["e"] + "I", kind) + n + body + n)

    def section():
        e = state["e"]
        block(0x0a0d0d0a, struct.pack(e + "IHHq", 0x1a2b3c4d, 1, 0, -1))
        # three interfaces: 10^-6 (unsaid), 10^-9, 2^-20 seconds
        for opt in (b"", bytes([9]), bytes([0x80 | 20])):
            body = struct.pack(e + "HHI", LINKS[o.link], 0, 0)
            if opt:
                body += struct.pack(e + "HH", 9, 1) + opt + bytes(3) + bytes(4)
            block(1, body)
        if secrets:
            block(10, struct.pack(e + "II", 0x544c534b, len(secrets)) + secrets)
        block(0xbad, b"somebody's own block")

    section()
    for i, p in enumerate(packets):
        e = state["e"]
        if o.sections and i == len(packets) // 2:
            state["e"] = e = "<" if e == ">" else ">"
            section()
        p = link(o, p)
        us, n = START * 10**6 + 1000 * i, i % 3
        ticks = (us, us * 1000, us * 2**20 // 10**6)[n]
        if o.format == "pcapng-simple":
            block(3, struct.pack(e + "I", len(p)) + p)
        elif o.format == "pcapng-old":
            block(2, struct.pack(e + "HHIIII", n, 0xffff, ticks >> 32,
                                 ticks & 0xffffffff, len(p), len(p)) + p)
        else:
            block(6, struct.pack(e + "IIIII", n, ticks >> 32,
                                 ticks & 0xffffffff, len(p), len(p)) + p)


# ----------------------------------------------------------- conversation
def people(o, rng):
    def tls(name):
        if o.tls == "none":
            return NoTls()
        return RealTls(o, name) if o.tls == "real" else Tls(int(o.tls, 16), rng, o)

    a, b = (Conn(o, rng, p) for p in (50001, 50002))
    ta, tb = tls("a"), tls("b")
    for c, t, name in ((a, ta, "alice"), (b, tb, "bob")):
        c.open()
        for d, data in t.start():
            c.data(d, data)
        c.data(0, t.send(0, REQUEST))
        c.data(1, t.send(1, RESPONSE))
        hello = b'{"id":1,"x":{"name":"mallory"},"type":"hello","name":"%s"}' % name.encode()
        c.data(1, t.send(1, frame(1, b'{"type":"hello","relay":"r"}')))
        c.data(0, t.send(0, frame(1, hello, rng)))
    return a, b, ta, tb


def talk(o, rng):
    if o.bare:
        a, b, ta, tb = Conn(o, rng, 50001), Conn(o, rng, 50002), NoTls(), NoTls()
        a.open()
    else:
        a, b, ta, tb = people(o, rng)
    keys, texts, epoch = "", [], None

    def deliver(records):
        if o.bare:
            a.data(0, records)
            return
        mid = rng.randbytes(16)
        a.data(0, ta.send(0, message(route("bob", mid, records), rng, o.fragments)))
        out = bytearray(route("alice", mid, records))
        if o.tamper and rng.random() < 0.5:
            out[-1] ^= 1
        b.data(1, tb.send(1, message(bytes(out), None, o.fragments)))

    for i in range(o.lines):
        records = b""
        if i % o.rekey == 0:
            epoch = Epoch(rng, 1 + i // o.rekey % 2)
            records, keys = epoch.intro, keys + epoch.log()
        text = o.text.encode() % i if "%" in o.text else o.text.encode()
        pad = rng.randrange(1, 50) if o.pad else 0
        final = i % o.rekey == o.rekey - 1 or i == o.lines - 1
        deliver(records + epoch.seal(text + b"\n", final, pad))
        texts.append(text)
    if o.stream:
        data, at, epoch = rng.randbytes(o.stream), 0, None
        while at < len(data):
            records = b""
            if epoch is None or epoch.seq == 20:
                epoch = Epoch(rng, 1, False, epoch.id if epoch else bytes(16),
                              epoch.seq if epoch else 0)
                records, keys = epoch.intro, keys + epoch.log()
            part = data[at:at + 65408]
            at += len(part)
            deliver(records + epoch.seal(part, at == len(data)))
        open(o.out + ".stream", "wb").write(data)
    for path in o.also:
        with open(path, "rb") as f:
            deliver(f.read())
    for c in (a, b):
        c.close()
    return a, b, ta.log() + tb.log(), keys, texts


def mess(o, rng, packets):
    """Lose and reorder what carries data; the handshake stays in front."""
    data = [i for i, p in enumerate(packets) if p[1] and i > 40]
    if o.lose:
        gone = set(rng.sample(data, o.lose))
        packets = [p for i, p in enumerate(packets) if i not in gone]
    if o.reorder:
        for i in range(40, len(packets) - 8):
            j = i + rng.randrange(0, 6)
            if packets[i][1] and packets[j][1] and rng.random() < 0.3:
                packets[i], packets[j] = packets[j], packets[i]
    return packets


def main():
    p = argparse.ArgumentParser()
    add = p.add_argument
    add("-o", dest="out", required=True)
    add("--seed", type=int, default=1)
    add("--format", default="pcap")
    add("--link", default="ethernet", choices=LINKS)
    add("--ip", type=int, default=4, choices=ETHER)
    add("--tls", default="none", help="none, real, or a suite such as 1301")
    add("--cert", help="for --tls real: PEM with key")
    add("--lines", type=int, default=6)
    add("--rekey", type=int, default=3)
    add("--stream", type=int, default=0)
    add("--also", action="append", default=[],
        help="a file of records, delivered last in one message")
    add("--mss", type=int, default=1448)
    add("--lose", type=int, default=0)
    add("--text", default="message %d: \u00fcml\u00e4ut \\ and tab\t.")
    for flag in ("big-endian", "sections", "dsb", "key-update", "tls-padding", "pad",
                 "fragments", "wrap", "middle", "reset", "ragged", "overlap",
                 "bare", "contradict", "duplicate", "reorder", "tamper"):
        add("--" + flag, action="store_true")
    o = p.parse_args()
    rng = random.Random(o.seed)
    a, b, tls, keys, texts = talk(o, rng)
    packets = []
    # both connections side by side, each in its own order
    qa, qb = a.packets[::-1], b.packets[::-1]
    while qa or qb:
        q = qa if qa and (not qb or rng.random() < 0.5) else qb
        packets.append(q.pop())
    packets = [x[2] for x in mess(o, rng, packets)]
    with open(o.out, "wb") as f:
        if o.format.startswith("pcapng"):
            write_pcapng(o, packets, f, (tls + keys).encode() if o.dsb else b"")
        else:
            write_pcap(o, packets, f)
    open(o.out + ".tls", "w").write(tls)
    open(o.out + ".keys", "w").write(keys)
    open(o.out + ".text", "wb").write(b"".join(t + b"\n" for t in texts))


if __name__ == "__main__":
    sys.exit(main())
