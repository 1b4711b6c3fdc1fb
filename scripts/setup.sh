#!/usr/bin/env bash
#
# setup.sh: installs the Debian packages that are missing.
#
#     setup.sh run     what building and running the stages takes
#     setup.sh test    that, and what the tests take besides
#
# It asks dpkg first and does nothing when nothing is missing. What it installs it names before it does so; sudo is
# used where we are not root. A Swift toolchain, 6.2 or later, must be there already: https://swift.org/install.

set -euo pipefail

run=(libwebsockets-dev libcurl4-openssl-dev libpq-dev libsqlite3-dev libssl-dev zlib1g-dev pkg-config jq)
test=(postgresql pgbouncer sqlite3 chromium fonts-dejavu-core mandoc openssl gzip nghttp2-server python3 shellcheck)

case ${1:-} in
run) wanted=("${run[@]}") ;;
test) wanted=("${run[@]}" "${test[@]}") ;;
*)
    echo "usage: setup.sh run|test" >&2
    exit 64
    ;;
esac

if ! command -v swift >/dev/null; then
    echo "setup.sh: no swift on the PATH; a toolchain is at https://swift.org/install" >&2
    exit 69
fi

# Ubuntu's chromium package is a wrapper around a snap; where that cannot be had, the page's tests are skipped.
missing=()
for package in "${wanted[@]}"; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [[ $status == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
    command -v sudo >/dev/null || {
        echo "setup.sh: these packages are missing, and there is neither root nor sudo: ${missing[*]}" >&2
        exit 69
    }
    as_root=(sudo)
fi
echo "setup.sh: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq >&2
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
