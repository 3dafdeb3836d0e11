#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""tests/interop/qkd.py QKD_SIDE [CASES [ROUNDS]] - lib/qkd a second time.

Orders of passes, both sides of Cascade, the comparison of keys and privacy
amplification, written from docs/qkd.md and as plainly as it can be said: lists
of bits, lists of blocks.  Random cases are computed here and by QKD_SIDE, and
every result has to be the same, down to the order of Bob's questions.  ROUNDS
of shuffling other than 3 are there to see that a difference is seen.
"""
import hashlib
import math
import random
import subprocess
import sys

WORD = 2 ** 64 - 1
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 3


def order(n, number, seed):
    """order(...)[i] is the bit of the key that comes to place i."""
    if number == 1:
        return list(range(n))
    x = int.from_bytes(hashlib.sha256(
        b"SecretSocket-v1 qkd shuffle" + seed
        + number.to_bytes(4, "big")).digest()[:8], "big")

    def draw():
        nonlocal x
        x = x + 0x9e3779b97f4a7c15 & WORD
        z = (x ^ x >> 30) * 0xbf58476d1ce4e5b9 & WORD
        z = (z ^ z >> 27) * 0x94d049bb133111eb & WORD
        return z ^ z >> 31

    def deal(m):
        a, t = list(range(m)), [0] * m
        for i in range(m - 1, -1, -1):
            d = draw()
            j = (d >> 32) * (i + 1) >> 32
            a[i], a[j] = a[j], a[i]
            t[i] = d % 64
        return a, t

    rows = -(-n // 64)
    if rows < 64:
        return deal(n)[0]
    places = list(range(64 * rows))
    for _ in range(ROUNDS):
        a, t = deal(rows)
        after = [None] * (64 * rows)
        for r in range(rows):
            for c in range(64):
                after[(c + t[r]) % 64 * rows + r] = places[64 * a[r] + c]
        places = after
    return [bit for bit in places if bit < n]


def power(x):
    return 2 ** math.ceil(math.log2(x))


def block_size(variant, number, q, n):
    q = min(max(q, 0.00001), 0.5)
    half = max(n // 2, 1)
    alpha = math.log2(1 / q) - 0.5
    first = {"original": math.ceil(0.73 / q), "biconf": math.ceil(0.92 / q),
             "yanetal": math.ceil(0.8 / q), "option3": math.ceil(1 / q),
             "option4": math.ceil(1 / q), "option7": power(1 / q),
             "option8": 2 ** math.ceil(alpha)}[variant]
    if variant == "original":
        return first * 2 ** (number - 1)
    if number == 1:
        return first
    if variant == "option8":
        return {2: 2 ** math.ceil((alpha + 12) / 2), 3: 4096}.get(number, half)
    times = {"biconf": 3, "yanetal": 5, "option3": 2, "option4": 2,
             "option7": 4}[variant]
    return first * times if number == 2 else half


PASSES = {"original": 4, "biconf": 2, "yanetal": 10, "option3": 16,
          "option4": 16, "option7": 14, "option8": 14}
REUSE = ("option4", "option7", "option8")


class Block:
    """Places a .. b-1 of a pass, with Alice's parity once it is known."""

    def __init__(self, pas, a, b, parity=None):
        self.pas, self.a, self.b, self.parity = pas, a, b, parity
        self.left = self.right = None
        self.asked = False

    def odd(self):
        bob = sum(self.pas.bob[i] for i in self.pas.order[self.a:self.b])
        return (bob + self.parity) % 2 == 1

    def learn(self, parity):
        """of the left half"""
        m = self.a + (self.b - self.a) // 2
        self.left = Block(self.pas, self.a, m, parity)
        self.right = Block(self.pas, m, self.b, parity ^ self.parity)


class Pass:
    def __init__(self, number, places, bob):
        self.number, self.order, self.bob = number, places, bob
        self.place = {bit: i for i, bit in enumerate(places)}
        self.blocks = []


class Bob:
    def __init__(self, variant, q, alice, bob, seed):
        self.variant, self.q, self.n = variant, q, len(bob)
        self.alice, self.bob, self.seed = alice, bob, seed
        self.passes, self.batch, self.flipped = [], [], []
        self.disclosed = self.rounds = 0
        self.sum = bytes(32)
        self.cascading = True

    def parity(self, pas, a, b):
        """a question, and Alice's answer"""
        question = b"".join(x.to_bytes(4, "big") for x in (pas.number, a, b))
        self.sum = hashlib.sha256(self.sum + question).digest()
        self.disclosed += 1
        return sum(self.alice[i] for i in pas.order[a:b]) % 2

    def search(self, block):
        while block.b - block.a > 1:
            if not block.left:
                if not (block.asked and self.variant in REUSE):
                    self.batch.append(block)
                block.asked = True
                return
            block = block.left if block.left.odd() else block.right
        bit = block.pas.order[block.a]
        self.bob[bit] ^= 1
        self.flipped.append((bit, block.pas))

    def cascade(self, bit, finder):
        for pas in self.passes:
            if pas is finder and self.variant not in REUSE:
                continue
            at = pas.place[bit]
            block = next(x for x in pas.blocks if x.a <= at < x.b)
            smallest = block if block.odd() else None
            while self.variant in REUSE and block.left:
                block = block.left if at < block.left.b else block.right
                if block.odd():
                    smallest = block
            if smallest:
                self.search(smallest)

    def run_pass(self, number, size):
        pas = Pass(number, order(self.n, number, self.seed), self.bob)
        pas.blocks = [Block(pas, a, min(a + size, self.n))
                      for a in range(0, self.n, size)]
        self.passes.append(pas)
        self.rounds += 1
        for block in pas.blocks:
            block.parity = self.parity(pas, block.a, block.b)
        for block in [x for x in pas.blocks if x.odd()]:
            self.search(block)
        self.follow()
        while self.batch:
            asked, self.batch = self.batch, []
            self.rounds += 1
            answers = [self.parity(x.pas, x.a, x.a + (x.b - x.a) // 2)
                       for x in asked]
            for block, answer in zip(asked, answers):
                if not block.left:
                    block.learn(answer)
                if block.left.odd():
                    self.search(block.left)
                elif block.right.odd():
                    self.search(block.right)
            self.follow()

    def follow(self):
        while self.cascading and self.flipped:
            self.cascade(*self.flipped.pop(0))

    def run(self):
        for number in range(1, PASSES[self.variant] + 1):
            size = block_size(self.variant, number, self.q, self.n)
            self.run_pass(number, size)
        if self.variant == "biconf":
            self.cascading = False
            streak, number = 10, 3
            while streak:
                self.passes, self.flipped = [], []
                self.run_pass(number, self.n - self.n // 2)
                streak = 10 if self.flipped else streak - 1
                number += 1


def amplify(key, m, matrix):
    n = len(key)
    return [sum(matrix[i + n - 1 - j] & key[j] for j in range(n)) % 2
            for i in range(m)]


def poly(data, point):
    prime = 2 ** 130 - 5
    r = int.from_bytes(point, "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    h = 0
    for i in range(0, len(data), 16):
        piece = data[i:i + 16] + b"\1"
        h = (h + int.from_bytes(piece, "little")) * r % prime
    return (h % 2 ** 128).to_bytes(16, "little")


def pack(bits):
    out = bytearray(-(-len(bits) // 8))
    for i, bit in enumerate(bits):
        out[i // 8] |= bit << i % 8
    return bytes(out).hex()


def cases(count, rng):
    """lines for QKD_SIDE, each with what it has to answer"""
    def bits(n):
        return [rng.getrandbits(1) for _ in range(n)]

    for n in (1, 2, 64, 4032, 4033, 4096, 6000, 10000):
        for number in (1, 2, 17):
            seed = rng.randbytes(32)
            places = order(n, number, seed)
            yield (f"order {n} {number} {seed.hex()}", hashlib.sha256(
                b"".join(x.to_bytes(4, "big") for x in places)).hexdigest())
    for _ in range(count):
        n, m = rng.randint(1, 300), rng.randint(1, 300)
        key, matrix = bits(n), bits(n + m - 1)
        yield (f"amplify {n} {m} {pack(key)} {pack(matrix)}",
               pack(amplify(key, m, matrix)))
        data, point = rng.randbytes(rng.randint(1, 100)), rng.randbytes(16)
        yield f"hash {data.hex()} {point.hex()}", poly(data, point).hex()
    for i in range(count):
        for variant in PASSES:
            n = 4500 if i == 0 else rng.randint(1, 400)
            q = rng.choice((0.01, 0.03, 0.05, 0.11, 0.3))
            alice, seed = bits(n), rng.randbytes(32)
            bob = [b ^ (rng.random() < q) for b in alice]
            line = (f"cascade {variant} {n} {q} {pack(alice)} {pack(bob)} "
                    f"{seed.hex()}")
            b = Bob(variant, q, alice, bob, seed)
            b.run()
            yield line, (f"done {b.disclosed} {b.rounds} {b.sum.hex()} "
                         f"{pack(b.bob)}")


def main():
    side = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    done = 0
    for line, want in cases(count, random.Random(84)):
        side.stdin.write(line + "\n")
        side.stdin.flush()
        got = side.stdout.readline().rstrip("\n")
        if got != want:
            print(f"{line[:200]}\ngot  {got[:300]}\nwant {want[:300]}")
            return 1
        done += 1
    side.stdin.close()
    print(f"{done} cases agree")
    return side.wait()


if __name__ == "__main__":
    sys.exit(main())
