#!/usr/bin/env python3
"""Runs the benchmarks of scripts/bench.sh and prints their table; see there."""

import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.environ["PM_BENCH_DATA"]


class Benchmark:
    """Commands that are run in turn over the same records, the first one ours."""

    def __init__(self, name, kind, count, ours, peers=(), goal="", unit="records/s"):
        self.name, self.kind, self.count, self.goal, self.unit = name, kind, count, goal, unit
        self.commands = [ours, *(peer for peer in peers if shutil.which(peer[1][0]))]


def recording(kind, count):
    path = f"{DATA}/{kind}-{count}.jsonl"
    if not os.path.exists(path):
        with open(path + ".new", "wb") as file:
            subprocess.run([sys.executable, f"{HERE}/recordings.py", kind, str(count)], stdout=file, check=True)
        os.rename(path + ".new", path)
    return path


def run(command, path):
    """Returns wall seconds, processor seconds and the most memory in MiB. The output goes to a file: grep stops at the
    first match when it goes to /dev/null."""
    with open(path, "rb") as source, open(f"{DATA}/output", "wb") as output:
        start = time.monotonic()
        child = subprocess.Popen(command, stdin=source, stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} failed with status {child.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def benchmarks(bin, count):
    python = sys.executable
    select = 'select(.kind != "trade" or (.value >= 1000 and .price <= 0.97))'
    ingest = [f"{bin}/pm-ingest", "--replay", "-", "--log-level", "error"]
    filter = f"{bin}/pm-filter"
    script = ("python3 with orjson", [python, f"{HERE}/replay.py"])
    return [
        Benchmark("replay", "frames", count, ("pm-ingest --replay", ingest), [script],
                  "300,000 frames/s; 9 × the script", "frames/s"),
        Benchmark("replay-rows", "rows", count, ("pm-ingest --replay", ingest), [], "", "rows/s"),
        Benchmark("market", "market", count, ("pm-ingest --replay", ingest), [], "", "frames/s"),
        Benchmark("market-books", "books", count, ("pm-ingest --replay", ingest), [], "2,000,000 frames/s", "frames/s"),
        Benchmark("filter", "records", count, ("pm-filter", [filter]),
                  [("grep -c -F", ["grep", "-c", "-F", '"value":1']), ("jq", ["jq", "-c", select]),
                   ("gojq", ["gojq", "-c", select]),
                   ("Miller", ["mlr", "--json", "filter", "$value >= 1000 && $price <= 0.97"])],
                  "0.7 of grep"),
        Benchmark("filter-all", "records", count, ("pm-filter --min-value 0 --max-price 1",
                  [filter, "--min-value", "0", "--max-price", "1"]), [], "800,000 records/s"),
        Benchmark("enrich", "bare", count, ("pm-enrich", [f"{bin}/pm-enrich", "--log-level", "error"]), [],
                  "150,000 records/s when nothing is requested"),
        Benchmark("chain", "frames", count, ("pm-ingest and pm-filter",
                  ["sh", "-c", f'"{bin}/pm-ingest" --replay - | "{filter}" --min-value 0 --max-price 1']), [],
                  "150,000 trades/s", "trades/s"),
    ]


def measure(benchmark, rounds):
    """Runs the commands in turn, so that other load meets all of them."""
    path, results = recording(benchmark.kind, benchmark.count), [[] for _ in benchmark.commands]
    for round in range(rounds + 1):
        for (name, command), result in zip(benchmark.commands, results):
            slow = name in ("jq", "gojq", "Miller")
            if round > 0 and not (slow and round > 1):
                result.append(run(command, path))
            elif round == 0 and not slow:
                run(command, path)  # to fill the file cache
    return results


def rows(benchmark, results):
    ours = statistics.median(cpu for _, cpu, _ in results[0])
    for (name, _), result in zip(benchmark.commands, results):
        cpu = [cpu for _, cpu, _ in result]
        middle = statistics.median(cpu)
        spread = f"{min(cpu) / middle:.2f} to {max(cpu) / middle:.2f}"
        wall = statistics.median(wall for wall, _, _ in result)
        memory = max(memory for _, _, memory in result)
        ratio = "" if result is results[0] else f"{middle / ours:.2f}"
        goal = benchmark.goal if result is results[0] else ""
        yield (benchmark.name, name, f"{benchmark.count / middle:,.0f}", f"{benchmark.count / wall:,.0f}",
               spread, ratio, f"{memory:.0f}", goal)


def table(head, lines):
    return "\n".join(["| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *lines]])


def start_up(bin):
    lines = []
    for name in ("pm-ingest", "pm-filter", "pm-enrich"):
        command = [f"{bin}/{name}"] + (["--replay", "-"] if name == "pm-ingest" else [])
        runs = [run(command, "/dev/null") for _ in range(40)]
        lines.append((name, f"{1000 * statistics.median(wall for wall, _, _ in runs):.1f}",
                      f"{max(memory for _, _, memory in runs):.1f}", f"{os.path.getsize(f'{bin}/{name}') / 2**20:.1f}"))
    return table(("program", "start and end, ms", "MiB", "file, MiB"), lines)


def scaling(bin, most):
    """Returns µs of processor time per record, for each program, by number of records."""
    programs = {"pm-ingest": ("frames", [f"{bin}/pm-ingest", "--replay", "-"]), "pm-filter": ("records", [f"{bin}/pm-filter"])}
    counts = [10**power for power in range(4, 8) if 10**power <= most]
    return counts, {
        name: [statistics.median(run(command, recording(kind, count))[1] for _ in range(3)) / count * 1e6 for count in counts]
        for name, (kind, command) in programs.items()
    }


def plot(counts, lines):
    top = 1.2 * max(max(values) for values in lines.values())
    x = lambda index: 60 + 440 * index / max(1, len(counts) - 1)
    y = lambda value: 240 - 200 * value / top
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="620" height="290" font-family="sans-serif" font-size="12">',
             '<rect width="620" height="290" fill="white"/><path d="M60 30V240H520" fill="none" stroke="#555"/>',
             '<text x="60" y="20">processor time per record, µs</text><text x="430" y="280">records in one run</text>']
    parts += [f'<text x="{x(i) - 12}" y="260">{count:.0e}</text>' for i, count in enumerate(counts)]
    parts += [f'<text x="20" y="{y(top * part) + 4}">{top * part:.1f}</text>' for part in (0, 0.5, 1)]
    for (name, values), colour in zip(lines.items(), ("#1f77b4", "#d62728")):
        points = " ".join(f"{x(i):.0f},{y(value):.0f}" for i, value in enumerate(values))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{x(len(values) - 1) + 6:.0f}" y="{y(values[-1]) + 4:.0f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def instructions(bin):
    """Counts instructions per record with callgrind: a figure that other load does not change."""
    count, lines, failed = 2000, [], False
    cases = [("pm-ingest", "frames", ["--replay", "-"], 82000), ("pm-ingest", "market", ["--replay", "-"], 7500),
             ("pm-filter", "records", [], 6500)]
    for program, kind, arguments, most in cases:
        figures = []
        for records in (count, 2 * count):
            with open(recording(kind, records), "rb") as source:
                text = subprocess.run(
                    ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"{bin}/{program}", *arguments],
                    stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True).stderr
            figures.append(int(re.search(r"Collected : (\d+)", text)[1]))
        # The difference leaves out what a start costs.
        each = (figures[1] - figures[0]) / count
        failed = failed or each > most
        lines.append((program, kind, f"{each:,.0f}", f"{most:,}"))
    return table(("program", "input", "instructions a record", "bound"), lines), failed


def main():
    bin, rounds, count, names = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    head = ("benchmark", "program", "a second of processor time", "a second", "spread", "× ours", "MiB", "goal")
    all = benchmarks(bin, count)
    chosen = [benchmark for benchmark in all if not names or benchmark.name in names]
    unknown = set(names) - {benchmark.name for benchmark in all} - {"instructions", "start", "scaling"}
    if unknown:
        sys.exit(f"unknown benchmark {', '.join(unknown)}; choose from {', '.join(b.name for b in all)}, start, scaling, instructions")
    failed = False
    if chosen:
        print(table(head, [row for benchmark in chosen for row in rows(benchmark, measure(benchmark, rounds))]), "\n")
    if not names or "start" in names:
        print(start_up(bin), "\n")
    if not names or "scaling" in names:
        counts, lines = scaling(bin, int(os.environ.get("PM_BENCH_MOST", "1000000")))
        print(table(("µs per record", *(f"{count:,}" for count in counts)),
                    [(name, *(f"{value:.2f}" for value in values)) for name, values in lines.items()]), "\n")
        with open(os.environ.get("PM_BENCH_PLOT", f"{DATA}/scaling.svg"), "w") as file:
            file.write(plot(counts, lines))
    if (not names or "instructions" in names) and shutil.which("valgrind"):
        text, failed = instructions(bin)
        print(text, "\n")
    return failed


sys.exit(main())
