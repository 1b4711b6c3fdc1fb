#!/usr/bin/env bash
#
# bench.sh: measures the speed of the stages beside what people would use instead, and writes docs/BENCHMARKS.md.
#
#     scripts/bench.sh                  all benchmarks, and docs/BENCHMARKS.md
#     scripts/bench.sh NAME...          these only, on standard output; an unknown name lists them
#     scripts/bench.sh --against REV    replay and filter of this tree and of a commit, in turn: about three minutes
#
# The commands of a benchmark run in turn over the same file, so that other load meets all of them; figures are medians of
# the processor time. A peer that is not installed has no row: apt-get install jq gojq miller valgrind, and pip install
# orjson. The data is made from a fixed seed by scripts/bench/recordings.py.
#
# `instructions` counts instructions per record with callgrind, which other load does not change, and fails above a bound.
#
# Environment: PM_BIN           directory of the programs      (default .build/release)
#              PM_BENCH_DATA    directory of the data          (default: a new one in /tmp)
#              PM_BENCH_COUNT   records in a file              (default 200000)
#              PM_BENCH_ROUNDS  rounds                         (default 5)
#              PM_BENCH_MOST    records of the longest file of `scaling`  (default 1000000; each 10^6 take 1 GB)

set -euo pipefail
cd "$(dirname "$0")/.."
bin=${PM_BIN:-.build/release}
rounds=${PM_BENCH_ROUNDS:-5}
count=${PM_BENCH_COUNT:-200000}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export PM_BENCH_DATA=${PM_BENCH_DATA:-$scratch}

if [ "${1:-}" = --against ]; then
    revision=$(git rev-parse --verify "${2:?--against needs a commit, such as HEAD~1}^{commit}")
    git worktree add -q --detach "$scratch/tree" "$revision"
    trap 'git worktree remove --force "$scratch/tree"; rm -rf "$scratch"' EXIT
    for program in pm-ingest pm-filter; do
        swift build -c release --product "$program" --package-path "$scratch/tree" >&2
        swift build -c release --product "$program" >&2
    done
    for round in 1 2 3; do
        echo "round $round: this tree"
        python3 scripts/bench/run.py "$bin" 1 "$count" replay market filter-all
        echo "round $round: $revision"
        python3 scripts/bench/run.py "$scratch/tree/.build/release" 1 "$count" replay market filter-all
    done
    exit
fi

if [ $# -gt 0 ]; then
    python3 scripts/bench/run.py "$bin" "$rounds" "$count" "$@"
    exit
fi

export PM_BENCH_PLOT=docs/scaling.svg
status=0
python3 scripts/bench/run.py "$bin" "$rounds" "$count" >"$scratch/tables" || status=$?
{
    printf '# Benchmarks\n\n'
    printf 'Written by scripts/bench.sh on %s, commit %s.\n' "$(date -u +%F)" "$(git rev-parse --short HEAD)"
    printf 'Machine: %s, %s processors, %s, %s.\n' "$(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs)" "$(nproc)" \
        "$(uname -sr)" "$(swift --version 2>/dev/null | head -1)"
    printf 'Medians of %s rounds of %s records; the processor time is what other load on the machine hardly changes.\n\n' \
        "$rounds" "$count"
    cat "$scratch/tables"
    printf '![Processor time per record by number of records](scaling.svg)\n'
} >docs/BENCHMARKS.md
exit "$status"
