#!/usr/bin/env bash
#
# bench-channels.sh: measures whether a receiver that hangs delays other receivers.
#
#     scripts/bench-channels.sh [TRADES [ROUNDS]]     (default: 600 trades at 50 a second, 9 rounds)
#
# Each of two pm-alerts has two webhooks and a ledger. The script measures the time from a trade's line to the request at
# the first webhook. The two get their trades in turn, 10 ms apart, so that other load on the machine affects both
# alike. With one pm-alert, both webhooks answer; with the other, the second webhook accepts connections and never
# answers. The script prints p50 and p99 of each round, and the median over the rounds of the increase.
#
# Environment: PM_BIN  directory of the programs   (default .build/release)
#              TMPDIR  directory of the ledgers    (default /dev/shm: the disk is not to be measured)

set -euo pipefail
cd "$(dirname "$0")/.."

export TMPDIR=${TMPDIR:-/dev/shm}
exec python3 - "${PM_BIN:-.build/release}/pm-alert" "${1:-600}" "${2:-9}" <<'PYTHON'
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
            path = head.split(b" ")[1].decode()
            if path.endswith("/first"):
                arrivals[path, json.loads(body)["data"]["trade_id"]] = now
            elif path == "/hangs/second":
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


def start(state, home):
    names = []
    for name in ("first", "second"):
        path = os.path.join(home, name)
        with open(path, "w") as file:
            file.write(f"http://127.0.0.1:{port}/{state}/{name}\n")
        names.append(json.dumps({"name": name, "settings": [{"channel": "webhook", "target": path}]}))
    with open(os.path.join(home, "subscribers"), "w") as file:
        file.write("\n".join(names) + "\n")
    return subprocess.Popen(
        [program, "--subscribers", f"{home}/subscribers", "--ledger", f"{home}/ledger", "--allow-private",
         "--drain", "100ms", "--log-level", "error"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def measure():
    arrivals.clear()
    sent = {}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        processes = {"answers": start("answers", one), "hangs": start("hangs", other)}
        time.sleep(1)
        began = time.perf_counter()
        for number in range(2 * trades):
            pause = began + number / rate / 2 - time.perf_counter()
            if pause > 0:
                time.sleep(pause)
            # The order alternates from trade to trade.
            trade = number // 2
            state = states[(number + trade) % 2]
            sent[state, str(trade)] = time.perf_counter()
            processes[state].stdin.write(line(trade))
            processes[state].stdin.flush()
        time.sleep(1)
        for process in processes.values():
            process.stdin.close()
            process.wait()
    figures = {}
    for state in states:
        times = sorted(
            1000 * (arrivals[f"/{state}/first", trade] - at)
            for (of, trade), at in sent.items() if of == state and (f"/{state}/first", trade) in arrivals)
        if len(times) < trades:
            print(f"{trades - len(times)} did not arrive", file=sys.stderr)
        figures[state] = times[len(times) // 2], times[len(times) * 99 // 100]
    return figures


gc.disable()
states = ("answers", "hangs")
measure()
found = []
for number in range(rounds):
    found.append(measure())
    parts = [f"{state}: p50 {p50:.2f} ms, p99 {p99:.2f} ms" for state, (p50, p99) in found[-1].items()]
    print(f"round {number + 1}, the other webhook " + "; ".join(parts), flush=True)
for index, name in enumerate(("p50", "p99")):
    calm = statistics.median(round["answers"][index] for round in found)
    hung = statistics.median(round["hangs"][index] for round in found)
    more = statistics.median(round["hangs"][index] / round["answers"][index] - 1 for round in found)
    print(f"{name}: {calm:.2f} ms; {hung:.2f} ms beside a webhook that hangs; median increase of the rounds {100 * more:+.1f} %")
PYTHON
