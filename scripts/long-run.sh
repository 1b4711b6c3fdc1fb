#!/usr/bin/env bash
#
# long-run.sh: runs the tests that take too long for test.sh, which runs only a sample of them.
#
#     scripts/long-run.sh [PART ...]       (default: every part)
#
#     faults         200 random fault scripts of the simulated exchange, by seed
#     kills          kill -9 of pm-ingest at 200 random times
#     refusal        a feed that is refused for 600 seconds: delays of the trades that are polled
#     reconnections  100 reconnections, and detection of freezes at the default intervals
#     storms         200 runs of pm-alert against receivers that reject, fail, hang and disconnect, by seed
#     viewers        1,000 viewers of the live page that do not read, and their effect on other viewers
#     simulation     1,000,000 seeds of pm-ingest's deciding parts in virtual time, in a release build
#     load           the whole suite, ten times, while stress-ng takes the machine
#     soak           a day of messages through pm-ingest: memory and descriptors
#     store-kills    kill -9 of pm-store at 300 random times on each database, and of PostgreSQL's processes at 300
#     volume         a million trades into each database, 0.01 % of them poison and 5 % duplicates
#     relay          200 random scripts of kills and freezes of hosts and NATS servers, by seed
#     enrichment     hidden quotas over real HTTP, and memory over a day of a million trades of 200,000 wallets
#
# Environment: PM_SEED      first seed, to repeat a run               (default: 1)
#              PM_LONG_RUN  number of rounds, or seconds              (default: that of each part)
#              PM_JOBS      seeds in parallel; they mostly wait       (default: 4)

set -euo pipefail
cd "$(dirname "$0")/.."

seed=${PM_SEED:-1}
jobs=${PM_JOBS:-4}

# tests ROUNDS SEED FILTER: runs tests one at a time. Unlike swift test, several of these can run in parallel.
tests() {
    local bundle=("$(swift build --show-bin-path)"/*PackageTests.xctest)
    PM_LONG_RUN=$1 PM_SEED=$2 "${bundle[0]}" --testing-library swift-testing --no-parallel --filter "$3"
}

# spread ROUNDS FILTER: runs this number of seeds, several in parallel.
spread() {
    local rounds=${PM_LONG_RUN:-$1} job share running=() status=0
    for ((job = 0; job < jobs; job++)); do
        share=$((rounds * (job + 1) / jobs - rounds * job / jobs))
        ((share == 0)) || tests "$share" $((seed + rounds * job / jobs)) "$2" &
        running+=($!)
    done
    for job in "${running[@]}"; do wait "$job" || status=$?; done
    return "$status"
}

faults() { spread 200 FaultScriptTests; }
storms() { spread 200 StormTests; }
relay() { scripts/nats-server.sh >/dev/null && spread 200 RandomFaultTests; }
kills() { tests "${PM_LONG_RUN:-200}" "$seed" JournaledTests/killedAtAnyMoment; }
refusal() { tests "${PM_LONG_RUN:-600}" "$seed" RefusedFeedTests; }
reconnections() { tests "${PM_LONG_RUN:-100}" "$seed" EndingTests; }
simulation() {
    local rounds=${PM_LONG_RUN:-1000000} job share running=() status=0 bundle
    swift build -c release --build-tests
    bundle=("$(swift build -c release --show-bin-path)"/*PackageTests.xctest)
    for ((job = 0; job < jobs; job++)); do
        share=$((rounds * (job + 1) / jobs - rounds * job / jobs))
        PM_LONG_RUN=$share PM_SEED=$((seed + rounds * job / jobs)) "${bundle[0]}" \
            --testing-library swift-testing --filter SimulationTests &
        running+=($!)
    done
    for job in "${running[@]}"; do wait "$job" || status=$?; done
    return "$status"
}

# A test that fails here depends on the machine's speed.
load() {
    local round stress status=0
    command -v stress-ng >/dev/null || {
        echo "long-run.sh: load needs stress-ng: apt-get install stress-ng" >&2
        return 69
    }
    for ((round = 0; round < ${PM_LONG_RUN:-10}; round++)); do
        stress-ng --quiet --cpu 0 --io 1 --vm 1 --vm-bytes 128M &
        stress=$!
        swift test --skip-build --experimental-maximum-parallelization-width 3 || status=$?
        kill "$stress"
        wait "$stress" 2>/dev/null || true
    done
    return "$status"
}
viewers() { tests 1 "$seed" SlowViewerTests; }
soak() { scripts/soak.sh; }
store-kills() { PM_KILL_ROUNDS=${PM_LONG_RUN:-300} tests 1 "$seed" StorageTests.KillTests; }
volume() { PM_VOLUME_ROWS=${PM_LONG_RUN:-1000000} tests 1 "$seed" StorageTests.VolumeTests; }
enrichment() {
    swift build -c release --product pm-exchange
    swift build -c release --product pm-enrich
    scripts/bench-enrich.sh limits memory
}

all=(faults kills refusal reconnections storms relay viewers simulation load soak store-kills volume enrichment)
parts=("$@")
((${#parts[@]})) || parts=("${all[@]}")
for part in "${parts[@]}"; do
    [[ " ${all[*]} " == *" $part "* ]] || {
        echo "usage: long-run.sh [PART ...]   (${all[*]})" >&2
        exit 64
    }
done

scripts/setup.sh test
swift build --build-tests
for part in "${parts[@]}"; do
    SECONDS=0
    "$part"
    echo "long-run.sh: $part: $SECONDS s"
done
