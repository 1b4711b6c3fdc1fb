"""What people write instead of `pm-ingest --replay`: recorded frames in, records out."""
import sys
import orjson

seen = set()
for line in sys.stdin.buffer:
    kept = orjson.loads(line)
    frame = orjson.loads(kept["frame"])
    if frame.get("topic") != "activity":
        continue
    row = frame["payload"]
    key = (row["transactionHash"], row["asset"], row["proxyWallet"], row["side"], row["size"], row["price"])
    if key not in seen:
        seen.add(key)
        row.update(kind="trade", received_at=kept["received_at"], value=round(row["price"] * row["size"], 6))
        sys.stdout.buffer.write(orjson.dumps(row) + b"\n")
