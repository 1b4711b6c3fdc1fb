#!/usr/bin/env python3
"""Writes a recording of trades with a fixed seed: recordings.py KIND COUNT > FILE

KIND  frames   RTDS frames as `pm-ingest --record` keeps them, one trade each
      plain    the same frames as they were received, one a line
      rows     rows of the Data API, one a line
      market   frames of the market channel as `--record` keeps them: 9 % are trades, the others books and price changes
      books    the same without the trades
      records  records as pm-ingest emits them
      bare     records without wallet, market and asset, of which nothing can be looked up
"""

import random
import sys

WORDS = "Will the incumbent win rain record above below Series game market close high vote open cup day".split()


def hexes(count, seed):
    return [f"0x{seed.getrandbits(4 * count):0{count}x}" for _ in range(997)]


def main(kind, count):
    seed = random.Random(20261201)
    wallets, conditions, assets = hexes(40, seed), hexes(64, seed), [str(seed.getrandbits(255)) for _ in range(997)]
    titles = [" ".join(seed.choices(WORDS, k=seed.randint(4, 9))) + "?" for _ in range(997)]
    books = [
        ",".join(f'{{"price":"0.{level:03d}","size":"{seed.randint(1, 10**7) / 100}"}}' for level in range(1, 9))
        for _ in range(97)
    ]
    out, lines = sys.stdout, []
    for n in range(count):
        at, wallet = 1790272257000 + n * 20, wallets[n * 31 % 997]
        market, price, size = n * n % 997, 1 + n * 7919 % 989, 1 + int(seed.paretovariate(0.6) * 100) % 10**9
        slug, side = f"market-{market}", ("BUY", "SELL")[n & 1]
        time = f"2026-09-{24 + at // 86400000 % 6}T{at // 3600000 % 24:02d}:{at // 60000 % 60:02d}:{at // 1000 % 60:02d}.{at % 1000:03d}Z"
        amounts = f'"price":{price / 1000},"size":{size // 100}.{size % 100:02d}'
        if kind in ("market", "books"):
            if kind == "market" and n % 100 < 9:
                frame = f'{{"market":"{conditions[market]}","asset_id":"{assets[market]}","price":"{price / 1000}","size":"{size / 100}","fee_rate_bps":"0","side":"{side}","timestamp":"{at}","event_type":"last_trade_price","transaction_hash":"0x{n:064x}"}}'
            elif n % 100 < 50:
                frame = f'{{"market":"{conditions[market]}","asset_id":"{assets[market]}","timestamp":"{at}","hash":"{n:040x}","bids":[{books[n % 97]}],"asks":[{books[n % 89]}],"tick_size":"0.001","event_type":"book","last_trade_price":"0.5"}}'
            else:
                frame = f'{{"market":"{conditions[market]}","price_changes":[{{"asset_id":"{assets[market]}","price":"{price / 1000}","size":"{size / 100}","side":"{side}","hash":"{n:040x}","best_bid":"0.1","best_ask":"0.2"}}],"timestamp":"{at}","event_type":"price_change"}}'
        else:
            row = f'"asset":"{assets[market]}","conditionId":"{conditions[market]}","eventSlug":"event-{market % 97}","icon":"https://example.com/icons/{market}.png","name":"Trader{wallet[2:6]}","outcome":"Yes","outcomeIndex":{n & 1},{amounts},"proxyWallet":"{wallet}","pseudonym":"Quiet-Otter","side":"{side}","slug":"{slug}","timestamp":{at // 1000},"title":"{titles[market]}","transactionHash":"0x{n:064x}"'
            frame = f'{{"connection_id":"gbeUfqcrWeIKABx0A=","payload":{{{row},"bio":"","profileImage":""}},"timestamp":{at},"topic":"activity","type":"trades"}}'
        if kind == "rows":
            lines.append(f"{{{row}}}\n")
        elif kind == "plain":
            lines.append(frame + "\n")
        elif kind == "bare":
            lines.append(
                f'{{"kind":"trade","id":"{n:032x}","seq":{n + 1},"feed":"activity","via":"replay","time":"{time}","received_at":"{time}","tx_hash":"0x{n:064x}","side":"{side}","outcome":"Yes","title":"{titles[market]}","slug":"{slug}","icon":"https://example.com/icons/{market}.png",{amounts},"value":{price * size // 100000}}}\n'
            )
        elif kind == "records":
            value = price * size
            lines.append(
                f'{{"kind":"trade","id":"{n:032x}","seq":{n + 1},"feed":"activity","via":"replay","time":"{time}","received_at":"{time}","asset_id":"{assets[market]}","condition_id":"{conditions[market]}","tx_hash":"0x{n:064x}","wallet":"{wallet}","side":"{side}","outcome":"Yes","outcome_index":{n & 1},"title":"{titles[market]}","slug":"{slug}","event_slug":"event-{market % 97}","icon":"https://example.com/icons/{market}.png","name":"Trader{wallet[2:6]}","pseudonym":"Quiet-Otter",{amounts},"value":{value // 100000}.{value % 100000:05d}}}\n'
            )
        else:
            feed, text = ("activity" if kind == "frames" else "market"), frame.replace('"', '\\"')
            lines.append(f'{{"kind":"frame","received_at":"{time}","feed":"{feed}","connection":1,"frame":"{text}"}}\n')
        if len(lines) == 10000:
            out.write("".join(lines))
            lines.clear()
    out.write("".join(lines))


if len(sys.argv) != 3 or sys.argv[1] not in ("frames", "plain", "rows", "market", "books", "records", "bare"):
    sys.exit(__doc__)
main(sys.argv[1], int(sys.argv[2]))
