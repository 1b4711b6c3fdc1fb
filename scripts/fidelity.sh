#!/usr/bin/env bash
#
# fidelity.sh: runs the public Polymarket clients against the exchange simulator.
#
#     scripts/fidelity.sh
#
# Calls every route that the simulator serves and the clients know, walks each listing to its end, and validates each
# answer and frame with the clients' own models. Prints one line for each failure, and the counts at the end. The status
# is 1 if anything failed. The clients are installed from PyPI into a virtual environment. If they cannot be installed,
# the script prints the reason and exits with 0.
#
# Environment: PM_FIDELITY  the virtual environment   (default: .build/fidelity)

set -euo pipefail
cd "$(dirname "$0")/.."
venv=${PM_FIDELITY:-$PWD/.build/fidelity}

skip() {
    echo "fidelity.sh: skipped: $1" >&2
    exit 0
}

# The official SDK needs Python 3.11; polymarket-apis, which knows version 1 of the Data API, needs 3.12.
if [[ ! -x $venv/bin/python ]]; then
    for python in python3.13 python3.12 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[23]*/bin/python python3 none; do
        # A name on the PATH may be a stand-in for an interpreter that is not installed.
        "$python" -m venv "$venv" 2>/dev/null && break
    done
    [[ -x $venv/bin/pip ]] || skip "a virtual environment could not be made (Debian: python3-venv)"
fi
"$venv/bin/pip" install --quiet polymarket-client==0.14.0 py-clob-client-v2==1.2.1 ||
    skip "the clients could not be installed"
"$venv/bin/pip" install --quiet polymarket-apis==2.3.0 2>/dev/null ||
    echo "fidelity.sh: without polymarket-apis, which needs Python 3.12" >&2

swift build --product pm-exchange
"$venv/bin/python" scripts/fidelity.py "$(swift build --show-bin-path)/pm-exchange"
