#!/usr/bin/env bash
#
# autobahn.sh: Autobahn's fuzzing server against the WebSocket client that pm-ingest listens with.
#
#     scripts/autobahn.sh [CASES]          (default: all; '1.*' or '9.1.1' for some)
#
# Prints how often each verdict was given, and every case that was not well done. The status is 1 when one has failed
# beyond 2.10: of pings that are read together libwebsockets answers the first alone. (2.11 is the same byte by byte, so
# that a client which the scheduler lets wait a millisecond reads them together, too: ours runs at a real-time priority
# where it may.) Compression (12 and 13) is never offered. Where the suite, which needs Python 2.7, cannot be
# installed, says so and leaves with 0.
#
# Environment: PM_AUTOBAHN  where the suite is, or is installed to   (default: .build/autobahn)

set -euo pipefail
cd "$(dirname "$0")/.."
suite=${PM_AUTOBAHN:-$PWD/.build/autobahn}

skip() {
    echo "autobahn.sh: skipped: $1" >&2
    exit 0
}

# pyenv's python2.7 works where its version is named; any other needs no name.
python() { PYENV_VERSION=${PYENV_VERSION:-2.7.18} command python2.7 "$@"; }
python -c '' 2>/dev/null || skip "there is no Python 2.7, which the suite needs"
[[ -d $suite/autobahntestsuite ]] ||
    python -m pip install --quiet --target "$suite" autobahntestsuite ||
    skip "the suite could not be installed"

swift build --product autobahn-client
client=$(swift build --show-bin-path)/autobahn-client

scratch=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null; rm -rf "$scratch"' EXIT

port=$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$scratch/plan.json" <<END
{"url": "ws://127.0.0.1:$port", "outdir": "$scratch/report", "cases": ["${1:-*}"],
 "exclude-cases": [], "exclude-agent-cases": {}}
END
# A folder given to --target has its namespace packages only when it is made a site.
python -c "import site, sys; site.addsitedir('$suite'); sys.path.insert(0, '$suite')
from autobahntestsuite.wstest import run; run()" -m fuzzingserver -u 0 -s "$scratch/plan.json" >"$scratch/server.log" 2>&1 &
server=$!
for _ in {1..100}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    kill -0 "$server" 2>/dev/null || {
        cat "$scratch/server.log" >&2
        exit 69
    }
    sleep 0.1
done

prompt=()
! chrt -f 1 true 2>/dev/null || prompt=(chrt -f 1)
"${prompt[@]}" "$client" "$port"

jq -r '.pm | to_entries | group_by(.value.behavior)[] | "\(length)\t\(.[0].value.behavior)"' "$scratch/report/index.json"
# A verdict on the closing counts like the one on the case.
jq -r '.pm | to_entries[] | select(.value.behavior == "FAILED" or .value.behaviorClose == "FAILED"
       or .value.behaviorClose == "WRONG CODE" or .value.behaviorClose == "UNCLEAN")
       | "\(.key)\t\(.value.behavior)\tclosing: \(.value.behaviorClose)"' "$scratch/report/index.json" |
    sort -V | tee "$scratch/failed"
! grep -vE '^2\.10\b' "$scratch/failed"
