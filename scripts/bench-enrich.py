"""The parts of bench-enrich.sh, which describes them."""

import http.client, itertools, json, os, random, re, subprocess, sys, tempfile, threading, time
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

BIN = os.environ["PM_BIN"]
MISSED = []
SEED = int(os.environ.get("PM_SEED", 20260924))


def setting(name, default):
    return int(os.environ.get(name, default))


# --- processes -------------------------------------------------------------------------------------------------------

LATENCY = [{"on": route, "do": "delay", "ms": 80, "sigma": 0.25} for route in ("gamma", "data", "clob")]
PUBLISHED = [
    {"on": route, "do": "quota", "limit": limit, "window_ms": 10000, "retry_after": "seconds"}
    for route, limit in [
        ("data/v2", 800), ("data/v2/trades", 300), ("data/v2/positions", 200), ("gamma/markets", 300),
        ("gamma/public-profile", 4000), ("clob/book", 1500),
    ]
]  # fmt: skip


class Exchange:
    """The simulated exchange, as a process."""

    def __init__(self, faults, wallets=600, strangers=False):
        self.file = tempfile.NamedTemporaryFile("w", suffix=".json")
        scenario = {"wallets": wallets, "paused": True, "faults": faults}
        json.dump(scenario | ({"strangers": True} if strangers else {}), self.file)
        self.file.flush()
        command = [f"{BIN}/pm-exchange", "serve", "--until-stdin-ends", "--scenario", self.file.name]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addresses = json.loads(self.process.stdout.readline())

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.addresses["port"], timeout=60)
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())

    def requests(self):
        """Returns requests and refusals by route."""
        statistics = self.get("/control/stats")
        return statistics["requests"], statistics["refused"]

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Enrich:
    """pm-enrich with a simulated exchange. Records when each trade was emitted as pending and as final."""

    FIELD = re.compile(rb'"id":"(\d+)".*"enrichment":"(\w+)"')

    def __init__(self, exchange, *options, reads=True):
        self.status_directory = tempfile.TemporaryDirectory()
        command = [f"{BIN}/pm-enrich", "--status-dir", self.status_directory.name, "--log-level", "error", *options]
        for part in ("gamma", "data", "clob"):
            command += [f"--{part}-url", exchange.addresses[part]]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.offered, self.pending, self.final, self.states = {}, {}, {}, {}
        self.reader = threading.Thread(target=self.read, daemon=True)
        if reads:
            self.reader.start()

    def read(self):
        for line in self.process.stdout:
            now = time.monotonic()
            found = self.FIELD.search(line)
            if not found:
                continue
            number, state = int(found[1]), found[2].decode()
            if state == "pending":
                self.pending.setdefault(number, now)
            elif number not in self.final:
                self.pending.setdefault(number, now)
                self.final[number] = now
                self.states[state] = self.states.get(state, 0) + 1

    def offer(self, trade, number, stamp=None):
        line = trade.line(number, stamp)
        self.offered[number] = time.monotonic()
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        self.reader.join()
        self.process.wait()

    def status(self):
        with open(f"{self.status_directory.name}/pm-enrich.json") as file:
            return json.load(file)

    def memory(self):
        """Returns resident and peak memory in MiB."""
        with open(f"/proc/{self.process.pid}/status") as file:
            fields = dict(line.split(":", 1) for line in file)
        return [int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]


# --- trades ----------------------------------------------------------------------------------------------------------


class Trade:
    def __init__(self, wallet, market, asset, value, side):
        self.wallet, self.market, self.asset, self.value, self.side = wallet, market, asset, value, side

    def line(self, number, stamp=None):
        stamp = stamp or datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return (
            f'{{"kind":"trade","id":"{number}","seq":{number},"feed":"activity","via":"live","time":"{stamp}",'
            f'"received_at":"{stamp}","asset_id":"{self.asset}","condition_id":"{self.market}",'
            f'"wallet":"{self.wallet}","side":"{self.side}","price":0.5,"size":{self.value * 2},'
            f'"value":{self.value},"title":"Will it rain?","tier":"WHALE"}}\n'
        ).encode()


def make_trades(exchange, count, wallets):
    """Returns trades of which few wallets and markets make the most, as on the real exchange (Zipf). All wallets trade."""
    dice = random.Random(SEED)
    known = [wallet["address"] for wallet in exchange.get(f"/control/wallets?limit={wallets}")][:wallets]
    markets = [market for market in exchange.get("/control/markets") if market["live"]]
    often = dice.choices(known, [1 / (rank + 1) ** 0.9 for rank in range(len(known))], k=count)
    places = dice.choices(markets, [1 / (rank + 1) for rank in range(len(markets))], k=count)
    trades = []
    for number, (wallet, market) in enumerate(zip(often, places)):
        if number % (count // len(known)) == 0 and number * len(known) // count < len(known):
            wallet = known[number * len(known) // count]
        value = int(1000 * dice.paretovariate(1.1))
        trades.append(
            Trade(wallet, market["condition_id"], dice.choice(market["assets"]), value, dice.choice(["BUY", "SELL"])))
    return trades


# --- the comparison worker -------------------------------------------------------------------------------------


class FixedDelay:
    """Sends one request at a time, 200 ms after the last answer, with the cache lifetimes of pm-enrich."""

    def __init__(self, exchange):
        self.exchange, self.cache, self.requests = exchange, {}, 0
        self.connection = http.client.HTTPConnection("127.0.0.1", exchange.addresses["port"], timeout=30)

    def ask(self, path):
        time.sleep(0.2)
        self.requests += 1
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        body = answer.read()
        return json.loads(body) if answer.status == 200 else None

    def kept(self, key, lifetime, find):
        if self.cache.get(key, 0) < time.monotonic():
            find()
            self.cache[key] = time.monotonic() + lifetime

    def wallet(self, address):
        for status in ("OPEN", "CLOSED"):
            cursor = ""
            while cursor is not None:
                page = self.ask(
                    f"/data/v2/positions?user={address}&status={status}&sort_by=TIMESTAMP&limit=1000{cursor}") or {}
                next_cursor = page.get("pagination", {}).get("next_cursor")
                cursor = f"&cursor={quote(next_cursor)}" if next_cursor else None
        self.ask(f"/data/v2/trades?user={address}&limit=100&taker_only=false")
        self.ask(f"/data/v2/user-stats?user={address}")
        self.ask(f"/data/v2/value?user={address}")
        self.ask(f"/gamma/public-profile?address={address}")

    def enrich(self, trade):
        self.kept(trade.wallet, 86400, lambda: self.wallet(trade.wallet))
        self.kept(trade.market, 300, lambda: self.ask(f"/gamma/markets/keyset?condition_ids={trade.market}"))
        self.kept(trade.asset, 1, lambda: self.ask(f"/clob/book?token_id={trade.asset}"))

    def run(self, trades, start, rate, end):
        """Returns the waits of the trades, in order. Trades that it does not reach wait until the end."""
        waits = []
        for number, trade in enumerate(trades):
            offered = start + number / rate
            if time.monotonic() < offered:
                time.sleep(offered - time.monotonic())
            if time.monotonic() >= end:
                waits.append(max(0, end - offered))
                continue
            self.enrich(trade)
            waits.append(time.monotonic() - offered)
        return waits


def check(is_met, target):
    """Prints a missed target, and records it for the exit status."""
    if not is_met:
        MISSED.append(target)
        print(f"missed: {target}", flush=True)


# --- the parts -------------------------------------------------------------------------------------------------------


def figures(waits):
    waits = sorted(waits)
    at = lambda share: waits[min(len(waits) - 1, int(share * len(waits)))]
    mean = sum(waits) / len(waits)
    return mean, f"mean {mean:8.3f} s   p50 {at(.5):8.3f}   p95 {at(.95):8.3f}   p99 {at(.99):8.3f}"


def hits_of(status, *kinds):
    kinds = kinds or tuple(status["caches"])
    hits = sum(status["caches"][kind]["hits"] for kind in kinds)
    misses = sum(status["caches"][kind]["misses"] for kind in kinds)
    return hits / max(1, hits + misses)


def rate_of(status, *kinds):
    return f"{100 * hits_of(status, *kinds):.1f} %"


def replay():
    count = setting("TRADES", 10000)
    exchange = Exchange(LATENCY + PUBLISHED, setting("WALLETS", 600))
    trades = make_trades(exchange, count, setting("WALLETS", 600))
    enrich = Enrich(exchange)
    day = datetime.now(timezone.utc) - timedelta(days=1)
    before = 0
    for name in ("cold", "warm"):
        start = time.monotonic()
        for number, trade in enumerate(trades):
            stamp = (day + timedelta(seconds=number * 86000 / count)).isoformat(timespec="milliseconds")[:23] + "Z"
            enrich.offer(trade, number + (count if name == "warm" else 0), stamp)
        while len(enrich.final) < (count if name == "cold" else 2 * count):
            time.sleep(0.01)
        took = time.monotonic() - start
        waits = [enrich.final[key] - enrich.pending[key] for key in enrich.final if (key >= count) == (name == "warm")]
        asked = sum(exchange.requests()[0].values())
        print(f"replay {name}: {took:6.1f} s, {asked - before} requests, from read to enriched {figures(waits)[1]}")
        before = asked
    enrich.end()
    refused = sum(exchange.requests()[1].values())
    print(f"replay: {enrich.states}, cache hits {rate_of(enrich.status())}, refused {refused} of {before}, ", end="")
    print(f"resident {enrich.status()['rss_bytes'] / 2**20:.0f} MiB")
    check(hits_of(enrich.status()) >= 0.8, "cache hit rate of at least 80 %")
    exchange.stop()


def live():
    count, rate, wallets = setting("TRADES", 10000), setting("RATE", 25), setting("WALLETS", 600)
    exchange, other = [Exchange(LATENCY + PUBLISHED, wallets) for _ in range(2)]
    trades = make_trades(exchange, count, wallets)
    enrich, sequential = Enrich(exchange), FixedDelay(other)
    start = time.monotonic() + 0.5
    end = start + count / rate
    waits = []
    worker = threading.Thread(target=lambda: waits.extend(sequential.run(trades, start, rate, end)))
    worker.start()
    results, before = {}, 0
    for name, offset, pace in (("cold", 0, rate), ("warm", count, 4 * rate)):
        begin = max(start, time.monotonic())
        for number, trade in enumerate(trades):
            time.sleep(max(0, begin + number / pace - time.monotonic()))
            enrich.offer(trade, offset + number)
        while len(enrich.final) < offset + count:
            time.sleep(0.01)
        mean, text = figures([enrich.final[key] - enrich.offered[key] for key in range(offset, offset + count)])
        asked = sum(exchange.requests()[0].values())
        results[name] = mean
        print(f"live {name}, {pace}/s:  {text}   {asked - before} requests", flush=True)
        before = asked
    worker.join()
    enrich.end()
    status = enrich.status()
    mean, text = figures(waits)
    print(f"fixed 200 ms, {rate}/s: {text}   {sequential.requests} requests   (waits end with the run)")
    print(f"live: mean {mean / results['cold']:.0f} x lower cold, {mean / results['warm']:.0f} x warm; {enrich.states}")
    check(mean >= 10 * results["cold"], "enriched ten times sooner than with fixed delays")
    hits = ", ".join(f"{kind} {rate_of(status, kind)}" for kind in ("wallets", "markets", "books"))
    print(f"live: cache hits {hits}; refused {sum(exchange.requests()[1].values())} of {before}")
    exchange.stop(), other.stop()


def storm():
    seconds, rate = 20, 100
    refusal = {"do": "status", "status": 429, "retry_after": 2, "body": "html", "until_ms": seconds * 1000}
    faults = [{"on": route, **refusal} for route in ("data", "gamma", "clob")]
    exchange = Exchange(faults + LATENCY, 2000)
    trades = make_trades(exchange, (seconds + 10) * rate, 2000)
    enrich = Enrich(exchange)
    start = time.monotonic() + 0.2
    for number, trade in enumerate(trades):
        time.sleep(max(0, start + number / rate - time.monotonic()))
        enrich.offer(trade, number)
    enrich.end()
    waits = [enrich.pending[number] - enrich.offered[number] for number in range(seconds * rate)]
    requests, refused = exchange.requests()
    print(f"storm: {seconds} s of refusals, {rate} trades/s: pending after {figures(waits)[1]}, longest {max(waits):.3f} s")
    check(sorted(waits)[int(0.99 * len(waits))] < 0.01, "99 % of pending lines within 10 ms")
    print(f"storm: {sum(refused.values())} of {sum(requests.values())} requests refused; {enrich.states}")
    exchange.stop()


def limits():
    seconds = setting("SECONDS_OF_LIMITS", 300)
    if seconds < 180:
        sys.exit("bench-enrich: SECONDS_OF_LIMITS must be at least 180, so that the first third is longer than a minute")
    third = seconds * 1000 // 3
    changes = [{"at_ms": third, "limit": 40}, {"at_ms": 2 * third, "limit": 150}]
    # The last element: the most requests served per 10 s in each third of the time.
    scenarios = [
        ("sliding 150, no Retry-After", {"kind": "sliding"}, (150,) * 3),
        ("sliding 150, Retry-After", {"kind": "sliding", "retry_after": "seconds"}, (150,) * 3),
        ("fixed windows of 150, Retry-After as a date", {"kind": "fixed", "retry_after": "date"}, (150,) * 3),
        ("penalty box, 150, Retry-After", {"kind": "penalty", "retry_after": "seconds"}, (150,) * 3),
        ("penalty box, 150, no Retry-After", {"kind": "penalty"}, (150,) * 3),
        ("throttled by delay, 150", {"kind": "throttle"}, (150,) * 3),
        ("150, then 40, then 150", {"kind": "sliding", "changes": changes}, (150, 40, 150)),
        ("penalty box, 6, Retry-After", {"kind": "penalty", "limit": 6, "retry_after": "seconds"}, (6,) * 3),
        ("sliding 150 shared with 5/s", {"kind": "sliding", "others": 5}, (100,) * 3),
    ]
    scenarios = [one for one in scenarios if os.environ.get("SCENARIO", "") in one[0]]
    dice = random.Random(SEED)
    stamp = (datetime.now(timezone.utc) - timedelta(hours=1)).isoformat(timespec="milliseconds")[:23] + "Z"
    running = []
    for name, quota, possible in scenarios:
        fault = {"on": "data/v2/positions", "do": "quota", "limit": 150, "window_ms": 10000, **quota}
        exchange = Exchange(LATENCY + [fault], 50)
        enrich = Enrich(exchange, "--deadline", "1h", "--final-only")

        def feed(enrich=enrich):
            number = 0
            try:
                while True:
                    wallet = "0x%040x" % dice.getrandbits(160)
                    enrich.offer(Trade(wallet, "0xc0", "7", 10000, "BUY"), number, stamp)
                    number += 1
            except (BrokenPipeError, ValueError):
                pass

        threading.Thread(target=feed, daemon=True).start()
        running.append((name, exchange, enrich, possible))

    def served_and_refused(exchange):
        asked, refused = (of.get("data/v2/positions", 0) for of in exchange.requests())
        return asked - refused, refused

    def figures(served, refused, possible):
        return f"{100 * served / possible:6.1f} % {100 * refused / max(1, served + refused):5.2f} %"

    time.sleep(60)
    early = [served_and_refused(exchange) for _, exchange, _, _ in running]
    time.sleep(seconds - 60)
    print(f"limits: {seconds} s each; percent of the possible requests served, percent refused; then the same without the first minute")
    for (name, exchange, enrich, possible), first in zip(running, early):
        last = served_and_refused(exchange)
        enrich.process.kill()
        in_all, in_the_first_minute = sum(possible) / 3 * seconds / 10, possible[0] * 6
        whole = figures(*last, in_all)
        rest = figures(last[0] - first[0], last[1] - first[1], in_all - in_the_first_minute)
        check(last[1] < (0.07 if possible[0] < 10 else 0.02) * sum(last), f"{name}: few refusals")
        print(f"limits: {name:45s} {whole}  {rest}   ({last[1]} of {sum(last)})", flush=True)
    for _, exchange, _, _ in running:
        exchange.stop()


class Tail:
    """Counts the states in pm-enrich's output without parsing lines, because there are millions."""

    def __init__(self, pipe):
        self.pending, self.states = 0, dict.fromkeys(("enriched", "partial", "failed", "skipped"), 0)
        self.thread = threading.Thread(target=self.read, args=(pipe,), daemon=True)
        self.thread.start()

    def read(self, pipe):
        rest = b""
        while chunk := os.read(pipe.fileno(), 1 << 20):
            chunk = rest + chunk
            whole = chunk.rfind(b"\n") + 1
            rest = chunk[whole:]
            self.pending += chunk.count(b'"enrichment":"pending"', 0, whole)
            for state in self.states:
                self.states[state] += chunk.count(b'"enrichment":"%s"' % state.encode(), 0, whole)

    @property
    def final(self):
        return sum(self.states.values())


def memory():
    """Every fifth trade is a wallet's first, until all wallets have traded. The others are of drawn wallets (Zipf)."""
    count, wallets, most_open = setting("TRADES", 1000000), setting("WALLETS", 200000), 1000
    exchange = Exchange([], 300, strangers=True)
    dice = random.Random(SEED)
    known = ["0x%040x" % dice.getrandbits(160) for _ in range(wallets)]
    markets = [market for market in exchange.get("/control/markets") if market["live"]]
    weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(wallets)))
    enrich = Enrich(exchange, "--unlimited", reads=False)
    tail = Tail(enrich.process.stdout)
    every, start, samples, number = max(1, count // wallets), time.monotonic(), [], 0
    while number < count:
        while number - tail.final > most_open - 100:
            time.sleep(0.001)
        lines = []
        for wallet in dice.choices(known, cum_weights=weights, k=100):
            if number % every == 0 and number // every < wallets:
                wallet = known[number // every]
            market = dice.choice(markets)
            trade = Trade(wallet, market["condition_id"], dice.choice(market["assets"]), 1000 + number % 9000, "BUY")
            lines.append(trade.line(number))
            number += 1
        enrich.process.stdin.write(b"".join(lines))
        enrich.process.stdin.flush()
        if number % max(100, count // 20) < 100:
            seconds, asked = time.monotonic() - start, sum(exchange.requests()[0].values())
            samples.append((number, enrich.memory()[0]))
            print(f"memory: {number:8d} trades, {seconds:5.0f} s, {asked:8d} requests, {samples[-1][1]:5.1f} MiB", flush=True)
    while tail.final < count:
        time.sleep(0.01)
    most = enrich.memory()[1]
    enrich.process.stdin.close()
    tail.thread.join()
    enrich.process.wait()
    half = samples[len(samples) // 2 :]
    mean = [sum(column) / len(half) for column in zip(*half)]
    slope = sum((n - mean[0]) * (m - mean[1]) for n, m in half) / sum((n - mean[0]) ** 2 for n, _ in half)
    asked = sum(exchange.requests()[0].values())
    print(f"memory: most {most:.1f} MiB; in the second half {100000 * slope:+.2f} MiB per 100,000 trades; {tail.states}, ", end="")
    print(f"{wallets} wallets, cache hits {rate_of(enrich.status())}, {asked} requests in {time.monotonic() - start:.0f} s")
    exchange.stop()
    check(most < 64 and slope * 100000 < 0.5, "memory is constant and below 64 MiB")


for part in sys.argv[1:]:
    {"replay": replay, "live": live, "storm": storm, "limits": limits, "memory": memory}[part]()
sys.exit(1 if MISSED else 0)
