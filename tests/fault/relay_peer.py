#!/usr/bin/python3
# SPDX-License-Identifier: ISC
#
# relay_peer.py PORT CASE - speak to an ss-relay as no client of ours would.
# One line says how it ended.  WebSocket frames are made by hand where they
# must be wrong, and by python3-websockets where they must be right.
import asyncio
import os
import socket
import ssl
import struct
import sys
import time

port, case = int(sys.argv[1]), sys.argv[2]
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE  # the relay is what is tested here

GOOD = {
    "Host": "localhost",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "secretsocket.v1",
}


def dial(tls=True):
    s = socket.create_connection(("127.0.0.1", port), timeout=20)
    return context.wrap_socket(s) if tls else s


def request(s, method="GET", path="/", version="1.1", **changed):
    headers = dict(GOOD)
    for k, v in changed.items():
        k = k.replace("_", "-")
        headers.pop(k, None)
        if v is not None:
            headers[k] = v
    s.sendall(
        f"{method} {path} HTTP/{version}\r\n".encode()
        + "".join(f"{k}: {v}\r\n" for k, v in headers.items()).encode()
        + b"\r\n"
    )


def until_closed(s):
    got = b""
    try:
        while True:
            d = s.recv(65536)
            if not d:
                return got
            got += d
    except (ConnectionError, ssl.SSLError):
        return got


def status(s):
    got = until_closed(s)
    line = got.split(b"\r\n")[0].decode(errors="replace")
    return line or "closed without a word"


def frame(opcode, data, masked=True, fin=True, rsv=0):
    head = bytes([(0x80 if fin else 0) | rsv | opcode])
    m = 0x80 if masked else 0
    if len(data) < 126:
        head += bytes([m | len(data)])
    elif len(data) < 65536:
        head += bytes([m | 126]) + struct.pack(">H", len(data))
    else:
        head += bytes([m | 127]) + struct.pack(">Q", len(data))
    if not masked:
        return head + data
    mask = os.urandom(4)
    return head + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(data))


def upgraded():
    s = dial()
    request(s)
    got = b""
    while b"\r\n\r\n" not in got:
        got += s.recv(4096)
    assert got.startswith(b"HTTP/1.1 101"), got
    return s


def code_in(got):
    """the code of a close frame among whole frames, or None"""
    at = 0
    while at + 4 <= len(got):
        op, n, head = got[at] & 15, got[at + 1] & 127, 2
        if n == 126:
            n, head = struct.unpack(">H", got[at + 2 : at + 4])[0], 4
        if op == 8:
            return struct.unpack(">H", got[at + head : at + head + 2])[0]
        at += head + n
    return None


def close_code(s):
    """what the relay ends with; it would wait for our answer to that"""
    got = b""
    while code_in(got) is None:
        try:
            more = s.recv(65536)
        except (ConnectionError, ssl.SSLError):
            more = b""
        if not more:
            return "none"
        got += more
    return code_in(got)


def refused(**changed):
    s = dial()
    request(s, **changed)
    print(status(s))


def timed(s):
    began = time.time()
    got = until_closed(s)
    took = time.time() - began
    print("closed in time" if took < 8 else f"closed after {took:.0f} s")
    return got


def keepalive():
    # a plain answer, then an upgrade on the same connection: the relay must
    # have closed it (4.1.6 would walk through freed memory)
    s = dial()
    request(s, path="/healthz", Upgrade=None, Connection="keep-alive",
            Sec_WebSocket_Key=None, Sec_WebSocket_Version=None,
            Sec_WebSocket_Protocol=None)
    try:
        request(s, Upgrade="foo")
        request(s)
    except OSError:
        pass
    got = until_closed(s)
    print(got.count(b"HTTP/1.1"), "answer", got.split(b"\r\n")[0].decode())


def many():
    held = []
    for _ in range(int(sys.argv[3])):
        held.append(socket.create_connection(("127.0.0.1", port), timeout=20))
    time.sleep(0.5)
    alive = 0
    for s in held:
        s.setblocking(False)
        try:
            alive += s.recv(1) != b""
        except BlockingIOError:
            alive += 1
        except OSError:
            pass
    print(alive, "stay")


async def interop():
    import websockets

    async with websockets.connect(
        f"wss://localhost:{port}/", ssl=context,
        subprotocols=["secretsocket.v1"], compression="deflate",
    ) as ws:
        hello = await ws.recv()
        assert '"hello"' in hello
        await (await ws.ping(b"are you there"))
        print(ws.subprotocol, "extensions", len(ws.extensions))


def h2():
    raw = socket.create_connection(("127.0.0.1", port), timeout=20)
    only = ssl.create_default_context()
    only.check_hostname = False
    only.verify_mode = ssl.CERT_NONE
    only.set_alpn_protocols(["h2"])
    try:
        s = only.wrap_socket(raw)
    except ssl.SSLError:
        print("refused by TLS")
        return
    s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
    got = until_closed(s)
    print("alpn", s.selected_alpn_protocol(), "http/2" if got[3:4] == b"\x04"
          else "no http/2")


def binary_before_login():
    s = upgraded()
    s.sendall(frame(2, b"\x01\x03bob" + bytes(24) + b"SS\x01\x03\0\0\0\x01x"))
    print(close_code(s))


def drip():
    s = dial()
    s.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
    s.settimeout(1)
    began = time.time()
    while time.time() - began < 20:
        try:
            s.sendall(b"a")
            if s.recv(1) == b"":
                break
        except (socket.timeout, ssl.SSLWantReadError):
            continue
        except OSError:
            break
    took = time.time() - began
    print("closed in time" if took < 12 else f"open for {took:.0f} s")


def no_login():
    timed(upgraded())


def send_and_close_code(data):
    s = upgraded()
    try:
        s.sendall(data)
    except OSError:
        pass
    print(close_code(s))


cases = {
    "version": lambda: refused(Sec_WebSocket_Version="99"),
    "key": lambda: refused(Sec_WebSocket_Key="c2hvcnQ="),
    "no-key": lambda: refused(Sec_WebSocket_Key=None),
    "no-subprotocol": lambda: refused(Sec_WebSocket_Protocol=None),
    "subprotocol": lambda: refused(Sec_WebSocket_Protocol="secretsocket.v2"),
    "path": lambda: refused(path="/chat"),
    "h2c": lambda: refused(Upgrade="h2c", Connection="Upgrade, HTTP2-Settings",
                           HTTP2_Settings="AAMAAABkAAQAAP__"),
    "connect": lambda: refused(method="CONNECT", path="localhost:1"),
    "foo": lambda: refused(Upgrade="foo"),
    "keepalive": keepalive,
    "many": many,
    "interop": lambda: asyncio.run(interop()),
    "h2": h2,
    "binary-before-login": binary_before_login,
    "silent": lambda: timed(socket.create_connection(("127.0.0.1", port))),
    "drip": drip,
    "no-login": no_login,
    "big-text": lambda: send_and_close_code(frame(1, b" " * 8193)),
    "big-binary": lambda: send_and_close_code(frame(2, bytes(131072 + 91))),
    "fragments": lambda: send_and_close_code(
        frame(1, b"[", fin=False) + frame(0, b" ", fin=False) * 100),
    "rsv": lambda: send_and_close_code(frame(1, b"{}", rsv=0x40)),
    "not-json": lambda: send_and_close_code(frame(1, b"\xff\xfe")),
}
cases[case]()
