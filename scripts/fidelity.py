"""Runs the public Polymarket clients against pm-exchange; scripts/fidelity.sh installs them and starts this."""

import asyncio
import dataclasses
import json
import subprocess
import sys
import tempfile
import time
import urllib.request

import websockets
from polymarket import environments
from polymarket.clients.public import PublicClient
from polymarket.models.clob.market_events import parse_market_event
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import BookParams, PricesHistoryParams

try:
    from polymarket_apis.clients.data_client import PolymarketDataClient
    from polymarket_apis.clients.gamma_client import PolymarketGammaClient
except ImportError:
    PolymarketDataClient = PolymarketGammaClient = None


class Exchange:
    """A simulator with 2,000 trades, all of them visible."""

    def __init__(self, path, scenario="{}"):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(scenario)
            file.flush()
            self.process = subprocess.Popen(
                [path, "serve", "--until-stdin-ends", "--paused", "--seed", "3", "--scenario", file.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            line = self.process.stdout.readline()
        self.urls = json.loads(line)
        self.control("burst?n=2000", "POST")
        while (figures := self.control("stats"))["visible"] < figures["trades"]:
            time.sleep(0.1)
        self.wallets = self.control("wallets?limit=1000")
        self.markets = self.control("markets")

    def control(self, command, method="GET"):
        request = urllib.request.Request(f"{self.urls['control']}/{command}", method=method)
        return json.loads(urllib.request.urlopen(request).read())

    def wallet(self, is_wanted):
        return next(wallet for wallet in self.wallets if is_wanted(wallet))

    def some(self, module, live=True, count=1):
        found = [m for m in self.markets if m["module"] == module and m["live"] == live]
        return found[:count]

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Checks:
    """Counts the calls, and prints those that fail."""

    def __init__(self):
        self.passed = self.failed = 0

    def run(self, name, call):
        try:
            result = call()
        except Exception as error:  # any error of a model or of a client is a finding
            self.failed += 1
            cause = error.__cause__ or ""
            print(f"FAIL {name}: {type(error).__name__}: {error} {cause}"[:1000])
            return None
        self.passed += 1
        return result

    def require(self, name, condition):
        self.run(name, lambda: None if condition else (_ for _ in ()).throw(AssertionError("not true")))


def walk(paginator):
    return [item for page in paginator for item in page.items]


def check_wallet(checks, client, wallet):
    """Calls every route of one wallet, and checks that its figures add up."""
    user, name = wallet["address"], wallet["character"]
    for direction in ["DESC", "ASC"]:
        checks.run(
            f"activity {name} {direction}",
            lambda: walk(client.list_activity(user=user, sort_direction=direction, page_size=50)),
        )
    for status in ["REDEEMABLE", "REDEEMABLE_LOST", "MERGEABLE"]:
        for sort in ["CURRENT_VALUE", "PRICE", "TOKENS", "TIMESTAMP", "TOTAL_PNL"]:
            checks.run(
                f"positions {name} {status} {sort}",
                lambda: walk(client.list_positions(user=user, status=status, sort_by=sort, page_size=9)),
            )
    held = checks.run(f"positions {name}", lambda: walk(client.list_positions(user=user, page_size=20)))
    closed = checks.run(
        f"positions {name} CLOSED",
        lambda: walk(client.list_positions(user=user, status="CLOSED", page_size=20)),
    )
    total = sum(row.total_pnl for row in held) + sum(row.realized_pnl for row in closed)
    checks.require(f"profit of {name}", abs(float(total) - wallet["profit"]) < 1e-6)
    checks.run(f"trades {name}", lambda: walk(client.list_trades(user=user, taker_only=False, page_size=90)))
    stats = checks.run(f"stats {name}", lambda: client.get_user_stats(user=user))
    if stats and stats.all_time_pnl:
        point = stats.all_time_pnl
        checks.require(f"position_pnl {name}", point.position_pnl == point.realized_pnl + point.unrealized_pnl)
        checks.require(f"settled_pnl {name}", point.settled_pnl == point.realized_pnl + point.wallet_income)
        checks.require(f"economic_pnl {name}", point.economic_pnl == point.position_pnl + point.wallet_income)
    checks.run(f"value {name}", lambda: client.get_portfolio_value(user=user))
    checks.run(f"pnl {name}", lambda: client.get_user_pnl(user=user, interval="max", fidelity="1d"))
    checks.run(f"volume {name}", lambda: client.get_user_volume(user=user))
    checks.run(
        f"standing {name}", lambda: client.get_trader_leaderboard_standing(user=user, window="week")
    )
    checks.run(f"profile {name}", lambda: client.get_public_profile(user))


def check_combos(checks, client, user):
    checks.run("combo activity", lambda: walk(client.list_combo_activity(user=user, page_size=1)))
    for status in [None, "OPEN", "PARTIAL", "RESOLVED_WIN", "RESOLVED_LOSS", "REDEEMABLE"]:
        checks.run(
            f"combo positions {status}",
            lambda: walk(client.list_combo_positions(user=user, status=status, page_size=1)),
        )


def check_data(checks, client, exchange):
    ctf, v2, combo = exchange.some("v1_ctf", count=5), exchange.some("binary"), exchange.some("combo", False)
    resolved = exchange.some("v1_ctf", False, 10)
    checks.run("trades", lambda: walk(client.list_trades(taker_only=False, page_size=500)))
    for market in ctf + v2 + combo:
        condition = market["condition_id"]
        width = -2 if market["module"] != "v1_ctf" else None
        checks.run(
            f"trades of {market['module']}",
            lambda: walk(client.list_trades(condition_id=condition[:width], taker_only=False)),
        )
    market = resolved[0]["condition_id"]
    checks.run("positions by condition", lambda: walk(client.list_positions(condition_id=market, page_size=5)))
    checks.run("holders", lambda: walk(client.list_market_holders(condition_ids=[market], page_size=2)))
    checks.run(
        "holders with profit", lambda: walk(client.list_market_holders(condition_ids=market, include_pnl=True))
    )
    known = ctf + v2 + combo + resolved[:1]
    tokens = checks.run(
        "tokens", lambda: client.get_token_references(asset_ids=[m["assets"][0] for m in known])
    )
    checks.require("tokens are complete", len(tokens or ()) == len(known))
    checks.run(
        "tokens by condition",
        lambda: client.get_token_references(condition_ids=[m["condition_id"] for m in known]),
    )
    ids = [m["condition_id"] for m in resolved + ctf]
    checks.run("resolutions", lambda: client.get_resolutions(condition_ids=ids))
    checks.run("open interest", lambda: client.get_open_interests(condition_ids=ids[:3]))
    checks.run("open interest of all", lambda: client.get_open_interests())
    for interval in ["1h", "1d", "1w", "1m", "max"]:
        for market in ctf[:1] + v2 + resolved[:1]:
            checks.run(
                f"prices {interval}",
                lambda: walk(client.list_price_history(asset_id=market["assets"][0], interval=interval)),
            )
    for window in ["day", "week", "month", "all"]:
        checks.run(
            f"leaderboard {window}",
            lambda: walk(client.list_trader_leaderboard(window=window, sort_by="VOLUME", page_size=60)),
        )
    for wallet in exchange.wallets:
        checks.run("stats", lambda: client.get_user_stats(user=wallet["address"]))
        checks.run("profile", lambda: client.get_public_profile(wallet["address"]))
    checks.run("stats of an unknown wallet", lambda: client.get_user_stats(user="0x" + "0" * 39 + "1"))


def check_gamma(checks, client):
    for closed in [False, True]:
        checks.run(
            "markets",
            lambda: walk(client.list_markets(closed=closed, order="volume", ascending=False, page_size=50)),
        )
        checks.run("events", lambda: walk(client.list_events(closed=closed, page_size=20)))
    for version in ["v1", "v2"]:
        checks.run(f"markets {version}", lambda: walk(client.list_markets(version=version)))
    market = walk(client.list_markets(page_size=50))[0]
    checks.run("market", lambda: client.get_market(id=market.id))
    checks.run("market by slug", lambda: client.get_market(slug=market.slug))
    checks.run("event", lambda: client.get_event(id=market.events[0].id))
    checks.run("event by slug", lambda: client.get_event(slug=market.events[0].slug))


def check_clob(checks, client, exchange):
    clob = ClobClient(exchange.urls["clob"], chain_id=137)
    for market in exchange.some("v1_ctf", count=3) + exchange.some("binary"):
        assets = market["assets"]
        checks.run("book", lambda: client.get_order_book(asset_id=assets[0]))
        checks.run("books", lambda: client.get_order_books(asset_ids=assets))
        checks.run("clob book", lambda: clob.get_order_book(assets[0]))
        checks.run("clob books", lambda: clob.get_order_books([BookParams(token_id=a) for a in assets]))
        checks.run("clob market", lambda: clob.get_clob_market_info(market["condition_id"]))
        history = PricesHistoryParams(market=assets[0], interval="1d", fidelity=60)
        checks.run("clob prices", lambda: clob.get_prices_history(history))


def check_version_1(checks, path):
    """Calls version 1 and the lists by offset, in a world without features newer than these clients' models."""
    if PolymarketDataClient is None:
        return
    exchange = Exchange(path, '{"combo_share": 0, "v2_share": 0}')
    # These clients drop the path of a base URL, and the simulator has all services on one port.
    data, gamma = PolymarketDataClient(), PolymarketGammaClient()
    data._build_url = lambda endpoint: exchange.urls["data"] + endpoint
    gamma._build_url = lambda endpoint: exchange.urls["gamma"] + endpoint
    checks.run("v1 trades", lambda: data.get_trades(taker_only=False, limit=500))
    for name in ["whale", "degen", "maker"]:
        user = exchange.wallet(lambda wallet: wallet["character"] == name)["address"]
        checks.run(f"v1 positions {name}", lambda: data.get_positions(user=user, size_threshold=0))
        checks.run(f"v1 closed positions {name}", lambda: data.get_closed_positions(user=user))
        checks.run(f"v1 activity {name}", lambda: data.get_activity(user=user, limit=500))
        checks.run(f"v1 value {name}", lambda: data.get_value(user=user))
        checks.run(f"v1 traded {name}", lambda: data.get_total_markets_traded(user=user))
    checks.run("gamma markets by offset", lambda: gamma.get_markets(limit=50, closed=False))
    checks.run("gamma events by offset", lambda: gamma.get_events(limit=20))
    exchange.stop()


async def check_market_channel(checks, exchange):
    """Validates the frames of the market channel with the SDK's models."""
    assets = [a for m in exchange.some("v1_ctf", count=60) + exchange.some("binary", count=9) for a in m["assets"]]
    types = set()
    async with websockets.connect(exchange.urls["market"]) as socket:
        await socket.send(json.dumps({"type": "market", "assets_ids": assets, "custom_feature_enabled": True}))
        await socket.recv()
        await asyncio.to_thread(exchange.control, "burst?n=300", "POST")
        try:
            while True:
                frame = json.loads(await asyncio.wait_for(socket.recv(), 2))
                for event in frame if isinstance(frame, list) else [frame]:
                    if event["event_type"] == "price_change" and "price_changes" not in event:
                        continue  # the flat form of 2025, which the SDK does not read
                    types.add(event["event_type"])
                    checks.run(f"frame {event['event_type']}", lambda: parse_market_event(event))
        except TimeoutError:
            pass
    checks.require("all frames of a trade came", types >= {"book", "last_trade_price", "price_change"})


def main(path):
    exchange, checks = Exchange(path), Checks()
    urls = exchange.urls
    config = dataclasses.replace(
        environments.PRODUCTION._config,
        clob_url=urls["clob"],
        gamma_url=urls["gamma"],
        data_url=urls["data"],
        rpc_url=urls["polygon"],
    )
    client = PublicClient(environment=environments._create_environment(name="simulator", config=config))
    for name in ["whale", "smart", "degen", "fresh", "insider", "maker", "ordinary"]:
        check_wallet(checks, client, exchange.wallet(lambda wallet: wallet["character"] == name))
    check_combos(checks, client, exchange.wallet(lambda wallet: wallet["combos"] > 1)["address"])
    check_data(checks, client, exchange)
    check_gamma(checks, client)
    check_clob(checks, client, exchange)
    check_version_1(checks, path)
    asyncio.run(check_market_channel(checks, exchange))
    exchange.stop()
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


sys.exit(main(sys.argv[1]))
