#!/usr/bin/env bash
#
# bench-channels.sh: whether a receiver that hangs delays another.
#
#     scripts/bench-channels.sh [TRADES [ROUNDS]]     (default: 1000 trades at 50 a second, 5 rounds)
#
# Two webhooks, a ledger, and the time from a trade's line to its request at the first. In every round both answer,
# and then the second takes its connection and never says a word, for as long as the round lasts. Printed are p50 and
# p99 of each round, and the medians' ratio.
#
# Environment: PM_BIN  where pm-alert is  (default .build/release)

set -euo pipefail
cd "$(dirname "$0")/.."

exec python3 - "${PM_BIN:-.build/release}/pm-alert" "${1:-1000}" "${2:-5}" <<'PYTHON'
import asyncio, gc, json, os, statistics, subprocess, sys, tempfile, threading, time

program, trades, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rate = 50
arrivals = {}


class Receiver(asyncio.Protocol):
    def __init__(self):
        self.data = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        now = time.perf_counter()
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            head = self.data[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self.data) < end + 4 + length:
                return
            body, self.data = self.data[end + 4 : end + 4 + length], self.data[end + 4 + length :]
            if head.startswith(b"post /first"):
                arrivals[json.loads(body)["data"]["trade_id"]] = now
            elif hangs:
                continue
            self.transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


loop = asyncio.new_event_loop()
server = loop.run_until_complete(loop.create_server(Receiver, "127.0.0.1", 0))
port = server.sockets[0].getsockname()[1]
threading.Thread(target=loop.run_forever, daemon=True).start()


def line(number):
    return (json.dumps({
        "kind": "trade", "id": str(number), "seq": number + 1, "via": "replay", "side": "BUY", "outcome": "Yes",
        "time": "2026-11-22T10:00:00.000Z", "tx_hash": f"0x{number}", "condition_id": f"0x{number}",
        "wallet": f"0x{number:040x}", "price": 0.5, "size": 40000, "value": 20000, "tier": "MEGA_WHALE",
        "title": "Will it rain?"}) + "\n").encode()


def measure():
    arrivals.clear()
    with tempfile.TemporaryDirectory() as home:
        names = []
        for name in ("first", "second"):
            path = os.path.join(home, name)
            with open(path, "w") as file:
                file.write(f"http://127.0.0.1:{port}/{name}\n")
            names.append(json.dumps({"name": name, "settings": [{"channel": "webhook", "target": path}]}))
        with open(os.path.join(home, "subscribers"), "w") as file:
            file.write("\n".join(names) + "\n")
        process = subprocess.Popen(
            [program, "--subscribers", f"{home}/subscribers", "--ledger", f"{home}/ledger", "--allow-private",
             "--drain", "100ms", "--log-level", "error"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)
        sent = []
        start = time.perf_counter()
        for number in range(trades):
            pause = start + number / rate - time.perf_counter()
            if pause > 0:
                time.sleep(pause)
            sent.append(time.perf_counter())
            process.stdin.write(line(number))
            process.stdin.flush()
        time.sleep(1)
        process.stdin.close()
        process.wait()
    missing = trades - len(arrivals)
    if missing:
        print(f"{missing} did not arrive", file=sys.stderr)
    times = sorted(1000 * (arrivals[str(n)] - sent[n]) for n in range(trades) if str(n) in arrivals)
    return times[len(times) // 2], times[len(times) * 99 // 100]


gc.disable()
hangs = False
measure()
figures = {False: [], True: []}
for number in range(rounds):
    for hangs in (False, True):
        p50, p99 = measure()
        figures[hangs].append((p50, p99))
        print(f"round {number + 1}, the other {'hangs' if hangs else 'answers'}: p50 {p50:.2f} ms, p99 {p99:.2f} ms", flush=True)
for place, name in enumerate(("p50", "p99")):
    calm, hung = (statistics.median(round[place] for round in figures[state]) for state in (False, True))
    print(f"median {name}: {calm:.2f} ms, beside one that hangs {hung:.2f} ms: {100 * (hung / calm - 1):+.1f} %")
PYTHON
