#!/usr/bin/env python3
"""api_load.py PROGRAM [--pairs N] [--window S] [--limit PERCENT]: what a thousand bad clients of the
HTTP interface cost the lanes.

The miner has one core, which its lane fills; the clients have the others. In one half of each pair
of windows they turn to the miner, in the other to a socket that nobody serves: what they do to
caches and to a core's other half is the same in both. A third is half-open: connects, says nothing,
leaves after a second and comes back. A third sends a request byte by byte, a third asks for much and
reads it byte by byte; who is thrown out comes back at once. Before that, without a limit, 64 that
ask as fast as they can.

Two numbers tell what clients cost, and neither depends on how much of the machine other programs
take: hashes per second of processor time of the lane, clients at the miner over elsewhere, and the
processor time of all other threads. Their product is what is left of the hashrate. Less than
100 - PERCENT (1) fails: by the second number alone, or by both even at the upper end of the first
one's 95 % interval. The plain hashrate is shown where the lane had its core to itself.
"""
import argparse
import glob
import http.client
import json
import os
import re
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

CLIENTS = 1000
EAGER = 64
EAGER_REQUEST = b"HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"  # all of the work, a short answer
HALF_OPEN, SLOW_WRITER, SLOW_READER = range(3)
KINDS = 3
STEP_S = 0.02  # between two bytes of a client
SLOW_REQUEST = (b"GET /api/v1/summary HTTP/1.1\r\nHost: localhost\r\nX-Filler: " + b"x" * 900 + b"\r\n\r\n")
LARGE_REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
STAY_S = 1.0   # of half-open ones


class Crowd(threading.Thread):
    """Clients of several ports in one thread; those of one port at a time do something."""

    def __init__(self, ports, eager):
        super().__init__(daemon=True)
        self.ports, self.eager, self.over = ports, eager, threading.Event()
        self.selectors = [selectors.DefaultSelector() for _ in ports]
        self.at = 0
        self.moved = [0 for _ in ports]
        self.returns = [0 for _ in ports]

    def come(self, at, kind):
        client = socket.socket()
        client.setblocking(False)
        if kind == SLOW_READER:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.connect_ex(("127.0.0.1", self.ports[at]))
        state = {"kind": kind, "sent": 0, "since": time.monotonic()}
        self.selectors[at].register(client, selectors.EVENT_READ | selectors.EVENT_WRITE, state)

    def ask_again(self, at, client, state, events):
        """An eager client: one request after the other."""
        if events & selectors.EVENT_READ:
            return len(client.recv(65536)) > 0 and client.send(EAGER_REQUEST) > 0
        if state["sent"] == 0:
            state["sent"] = client.send(EAGER_REQUEST)
            self.selectors[at].modify(client, selectors.EVENT_READ, state)
        return True

    @staticmethod
    def creep(client, state, events):
        """A slow client: one byte. False when it leaves, or was thrown out."""
        if events & selectors.EVENT_READ:
            return len(client.recv(1)) > 0
        if state["kind"] == HALF_OPEN:
            return time.monotonic() - state["since"] < STAY_S
        text = SLOW_REQUEST if state["kind"] == SLOW_WRITER else LARGE_REQUEST
        if state["sent"] < len(text):
            count = 1 if state["kind"] == SLOW_WRITER else len(text)
            state["sent"] += client.send(text[state["sent"]:state["sent"] + count])
        return True

    def step(self, at):
        for key, events in self.selectors[at].select(STEP_S):
            client, state = key.fileobj, key.data
            try:
                well = (self.ask_again(at, client, state, events) if self.eager
                        else self.creep(client, state, events))
                self.moved[at] += 1
            except BlockingIOError:
                well = True
            except OSError:
                well = False
            if not well:
                self.returns[at] += 1
                self.selectors[at].unregister(client)
                client.close()
                self.come(at, state["kind"])

    def run(self):
        for at in range(len(self.ports)):
            for i in range(EAGER if self.eager else CLIENTS):
                self.come(at, i % KINDS)
        while not self.over.is_set():
            self.step(self.at)
            if not self.eager:
                time.sleep(STEP_S)
        for selector in self.selectors:
            for key in list(selector.get_map().values()):
                key.fileobj.close()


class Miner:
    def __init__(self, program, core):
        self.process = subprocess.Popen(
            [program, "mine", "-t", "1", "--opencl", "none", "--api", "127.0.0.1:0", "--screen", "log"],
            stderr=subprocess.PIPE, text=True, preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        self.port = None
        for line in self.process.stderr:
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
            if found:
                self.port = int(found.group(1))
            if "accepted: block" in line:
                break
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        # Open before any crowd takes all places, and used so often that it is not closed.
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.connection.connect()
        self.look()

    def look(self):
        """Time, hashes, processor seconds of the lane and of all other threads."""
        self.connection.request("GET", "/api/v1/summary")
        hashes = json.load(self.connection.getresponse())["hashes"]
        spent = []
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            with open(path, encoding="ascii") as file:
                spent.append(int(file.read().split()[0]) / 1e9)
        return time.monotonic(), hashes, max(spent), sum(spent) - max(spent)

    def window(self, seconds):
        first = self.look()
        time.sleep(seconds)
        wall, hashes, lane, others = (b - a for a, b in zip(first, self.look()))
        return {"rate": hashes / wall, "on_core": hashes / lane, "others": others / wall,
                "share": lane / wall}

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def compare(miner, pairs, seconds, eager):
    """Percent of the hashrate that clients surely do not leave more of; prints how that comes about."""
    nobody = socket.create_server(("127.0.0.1", 0), backlog=EAGER)
    crowd = Crowd([miner.port, nobody.getsockname()[1]], eager)
    crowd.start()
    rates, on_core, others, shares = [], [], [], []
    for i in range(pairs):
        found = [None, None]
        for at in ((0, 1) if i % 2 == 0 else (1, 0)):
            crowd.at = at
            time.sleep(0.1)
            found[at] = miner.window(seconds)
        rates.append(found[0]["rate"] / found[1]["rate"])
        on_core.append(found[0]["on_core"] / found[1]["on_core"])
        shares.append(found[1]["share"])
        others.append(found[0]["others"] - found[1]["others"])
    crowd.over.set()
    crowd.join()
    nobody.close()
    busy_s = pairs * (seconds + 0.1)
    middle = sorted(on_core)
    margin = round(0.98 * pairs ** 0.5)  # 95 % interval of a median, by order statistics
    low = middle[max(0, pairs // 2 - margin)]
    high = middle[min(pairs - 1, pairs // 2 + margin)]
    cost = statistics.median(others)
    left = 100 * statistics.median(on_core) * (1 - cost)
    print(f"{'64 eager' if eager else '1000 slow'} clients ({crowd.moved[0] / busy_s:.0f} steps, "
          f"{crowd.returns[0] / busy_s:.0f} connections a second), medians of {pairs} pairs of {seconds} s:")
    print(f"  hashes per second of the lane's time x {statistics.median(on_core):.4f} "
          f"(95 % interval {low:.4f} .. {high:.4f})")
    print(f"  other threads {100 * cost:+.2f} % of a core")
    share = statistics.median(shares)
    plain = (f"plain hashrate x {statistics.median(rates):.4f}" if share > 0.95 else
             f"other programs left the lane {100 * share:.0f} % of its core: the plain hashrate tells nothing")
    print(f"  left {left:.2f} % of the hashrate ({plain})", flush=True)
    return 100 * (1 - cost) * min(1, high)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--pairs", type=int, default=101)
    parser.add_argument("--window", type=float, default=0.6)
    parser.add_argument("--limit", type=float, default=1)
    args = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        print("skipped: two cores are needed: one for the miner, one for its clients")
        return 77
    os.sched_setaffinity(0, set(cores[1:]))
    miner = Miner(args.program, cores[0])
    try:
        compare(miner, max(1, args.pairs // 4), args.window, True)
        left = compare(miner, args.pairs, args.window, False)
    finally:
        code = miner.stop()
    if code != 0:
        print(f"the miner ended with {code}")
        return 1
    return 0 if left >= 100 - args.limit else 1


sys.exit(main())
