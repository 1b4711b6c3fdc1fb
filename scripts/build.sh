#!/usr/bin/env bash
#
# build.sh: a release build of all programs, with the Swift runtime linked statically and the commit in --version.
#
# The programs are built by one invocation of swift build: each invocation plans the whole package again.

set -euo pipefail
cd "$(dirname "$0")/.."
BUILD_COMMIT=${BUILD_COMMIT:-$(git rev-parse --short=12 HEAD 2>/dev/null || true)} \
    exec swift build -c release --static-swift-stdlib --target Worker "$@"
