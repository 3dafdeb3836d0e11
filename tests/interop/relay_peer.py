#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A client of the relay, written from section 11 of docs/protocol.md.

    relay_peer.py URL      URL is ws://HOST:PORT/, of a relay that takes
                           `origin` logins

It talks to itself, to ss-connect, and says what must be refused.  WebSocket
is done by hand: RFC 6455 needs no library for this.
"""
import base64
import hashlib
import json
import os
import re
import socket
import subprocess
import sys

import peer
from peer import LABEL, Identity, ok, u
from cryptography.hazmat.primitives.asymmetric import ed25519

URL = ""


class Closed(Exception):
    """args[0] is the code of the close frame."""


class WebSocket:
    def __init__(self, url):
        host, port = re.match(r"ws://(.*):(\d+)/$", url).groups()
        self.sock = socket.create_connection((host.strip("[]"), int(port)),
                                             timeout=20)
        key = base64.b64encode(os.urandom(16)).decode()
        self.sock.sendall((
            "GET / HTTP/1.1\r\nHost: %s:%s\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: secretsocket.v1\r\n\r\n"
            % (host, port, key)).encode())
        self.buf = b""
        while b"\r\n\r\n" not in self.buf:
            self.more()
        head, self.buf = self.buf.split(b"\r\n\r\n", 1)
        want = base64.b64encode(hashlib.sha1(
            (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        assert b" 101 " in head and want in head, head

    def more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Closed(0)
        self.buf += data

    def take(self, n):
        while len(self.buf) < n:
            self.more()
        data, self.buf = self.buf[:n], self.buf[n:]
        return data

    def send(self, opcode, data):
        n = len(data)
        head = u(0x80 | opcode, 1) + (
            u(0x80 | n, 1) if n < 126 else
            u(0xfe, 1) + u(n, 2) if n < 65536 else u(0xff, 1) + u(n, 8))
        mask = os.urandom(4)
        pad = (mask * (n // 4 + 1))[:n]
        data = (int.from_bytes(data, "big")
                ^ int.from_bytes(pad, "big")).to_bytes(n, "big")
        self.sock.sendall(head + mask + data)

    def receive(self):
        while True:
            first, n = self.take(2)
            if n >= 126:
                n = int.from_bytes(self.take(2 if n == 126 else 8), "big")
            data = self.take(n)
            opcode = first & 15
            assert first & 0x80, "fragmented"
            if opcode == 9:
                self.send(10, data)
            elif opcode == 8:
                raise Closed(int.from_bytes(data[:2], "big"))
            else:
                return opcode, data


class Client:
    """One connection, not logged in yet."""

    def __init__(self, me, name=None):
        self.me, self.name = me, name or me.pub.name
        self.ws = WebSocket(URL)
        self.mail = []
        self.hello = self.text()

    def text(self):
        """The next text message; mail that comes before it is kept."""
        while True:
            opcode, data = self.ws.receive()
            if opcode == 1:
                return json.loads(data)
            self.mail.append(data)

    def say(self, **members):
        self.ws.send(1, json.dumps(members).encode())

    def login(self, **wrong):
        parts = {"label": LABEL + b"relay login",
                 "relay": self.hello["relay"].encode(), "binding": b"origin",
                 "bound": URL.encode(),
                 "challenge": bytes.fromhex(self.hello["challenge"]),
                 "name": self.name}
        parts.update(wrong)
        message = b"".join(u(len(p), 2) + p for p in parts.values())
        sig = ed25519.Ed25519PrivateKey.from_private_bytes(
            self.me.seed).sign(message)
        self.say(type="hello", name=self.name.decode(),
                 public=self.me.pub.line().decode())
        self.say(type="register", binding="origin", origin=URL,
                 signature=sig.hex())
        return self.text()

    def send(self, to, records, ident=None):  # 11.4
        ident = ident or os.urandom(16)
        self.ws.send(2, u(1, 1) + u(len(to), 1) + to + ident + bytes(8)
                     + records)
        return ident, self.text()

    def read(self):
        """(sender, message id, row, records) of the next mail."""
        while not self.mail:
            opcode, data = self.ws.receive()
            if opcode == 2:
                self.mail.append(data)
        data = self.mail.pop(0)
        n = data[1]
        return (data[2:2 + n], data[2 + n:18 + n],
                int.from_bytes(data[18 + n:26 + n], "big"), data[26 + n:])


def refused(client, **wrong):
    """The one answer to every wrong proof, and the close code."""
    answer = client.login(**wrong)
    try:
        client.text()
    except Closed as e:
        return (answer["type"], answer["code"], e.args[0])


def logins(pat):
    want = ("error", "login", 1008)
    eve = Identity.new(b"pat")
    answers = [
        refused(Client(pat), relay=b"elsewhere"),
        refused(Client(pat), bound=b"ws://elsewhere:1/"),
        refused(Client(pat), challenge=bytes(32)),
        refused(Client(pat), label=LABEL + b"relay logon"),
        refused(Client(pat), name=b"quinn"),
        refused(Client(pat), binding=b"tls-exporter"),
        refused(Client(eve)),
    ]
    for answer, what in zip(answers, (
            "relay", "URL", "challenge", "label", "name", "binding",
            "key for a name")):
        ok(answer == want, "a proof with another %s is refused" % what)


def mail(pat, quinn):
    data = peer.record(3, bytes(25 + 16 + 10))
    ident, answer = pat.send(b"quinn", data)
    ok(answer == {"type": "stored", "message": ident.hex()}, "stored")
    _, answer = pat.send(b"quinn", data, ident)
    ok(answer["type"] == "stored", "the same id is answered again")
    _, answer = pat.send(b"nobody-here", data)
    ok(answer["code"] == "unknown", "an unknown name")
    _, answer = pat.send(b"quinn", data[:-1])
    ok(answer["code"] == "format", "half a record")
    _, answer = pat.send(b"quinn", b"")
    ok(answer["code"] == "format", "no record")

    quinn.say(type="receive", id=7)
    sender, came, row, records = quinn.read()
    ok((sender, came, records) == (b"pat", ident, data) and row > 0,
       "quinn gets it from the mailbox, once")
    ok(quinn.text() == {"type": "empty", "row": row, "id": 7}, "and no more")
    ident, answer = pat.send(b"quinn", data * 2)
    ok(answer["type"] == "delivered", "delivered while quinn reads along")
    ok(quinn.read()[1] == ident, "and quinn has it")
    quinn.say(type="ack", rows=[row], id="x")
    ok(quinn.text() == {"type": "acked", "id": "x"}, "acknowledged")
    quinn.say(type="receive", more=0)
    ok(quinn.text()["code"] == "format", "a bad request")
    quinn.say(type="ring")
    ok(quinn.text()["code"] == "type", "an unknown request")


def directory(pat):
    pat.say(type="get_pubkey", name="quinn", id=1)
    answer = pat.text()
    ok(answer["type"] == "pubkey" and answer["id"] == 1
       and peer.Public.from_line(answer["public"].encode()).name == b"quinn",
       "a public key")
    pat.say(type="get_pubkey", name="nobody-here")
    ok(pat.text()["code"] == "unknown", "of nobody")
    pat.say(type="user_list")
    ok({"pat", "quinn"} <= set(pat.text()["users"]), "who is here")


def connect(pat):
    """Both ways with ss-connect."""
    def run(*argv, data=b""):
        return subprocess.run(["ss-connect", "-R", URL, "-k", "rose.key",
                               *argv], input=data, check=True,
                              stdout=subprocess.PIPE, timeout=30).stdout
    subprocess.run(["ss-keygen", "-n", "rose", "-o", "rose.key"], check=True,
                   stderr=subprocess.DEVNULL)
    data = b"".join(peer.record(3, os.urandom(60)) for _ in range(20))
    run("--to", "pat", data=data)
    pat.say(type="receive", **{"from": "rose"})
    got = b""
    while len(got) < len(data):
        got += pat.read()[3]
    ok(got == data, "from ss-connect, in order")
    ok(pat.text()["type"] == "empty", "and no more")
    answers = [pat.send(b"rose", r)[1]["type"]
               for _, r in peer.records(data)]
    ok(set(answers) == {"stored"}, "twenty messages to it are stored")
    ok(run("--from", "pat", "--drain") == data, "and come out, in order")
    ok(run("--from", "pat", "--drain") == b"", "once")


def broken_rules(pat):
    for what, message, code in (
            ("no JSON", (1, b"{"), 1007),
            ("no routing header", (2, b"\x09"), 1008),
            ("a name with a slash", (2, b"\x01\x03a/b" + bytes(24)), 1008)):
        c = Client(pat)
        c.login()
        c.ws.send(*message)
        try:
            while True:
                c.text()
        except Closed as e:
            ok(e.args[0] == code, "%s: closed with %d" % (what, code))


def main():
    global URL
    URL = sys.argv[1]
    me, other = Identity.new(b"pat"), Identity.new(b"quinn")
    pat, quinn = Client(me), Client(other)
    ok(pat.hello["limits"]["records"] == 131072, "the relay says hello")
    ok(pat.login() == {"type": "registered", "name": "pat", "first": True},
       "the first login registers the name")
    ok(Client(me).login()["first"] is False, "the second is not the first")
    ok(quinn.login()["type"] == "registered", "quinn is here too")
    logins(me)
    mail(pat, quinn)
    directory(pat)
    connect(pat)
    broken_rules(me)
    print("1..%d" % peer.count)
    sys.exit(peer.failed > 0)


if __name__ == "__main__":
    main()
