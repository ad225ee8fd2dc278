#!/bin/sh
# Everything that is checked: formatting, lints, unit tests, whole-program tests. Tests that need root run for
# real as root; where they cannot run they print a line that begins with SKIP.
set -eu
cd "$(dirname "$0")/.."

sh tests/setup.sh --tests
# Handles of files and numbers of inodes are looked at, and overlayfs has others than the files below it.
if [ "$(id -u)" = 0 ] && [ "$(stat -f -c %T "${TMPDIR:-/tmp}")" = overlayfs ]; then
    plain=$(mktemp -d)
    if mount -t tmpfs -o mode=1777 tmpfs "$plain"; then
        trap 'umount "$plain" && rmdir "$plain"' EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM
        export TMPDIR="$plain"
    else
        rmdir "$plain"
        echo "SKIP: no plain file system can be mounted for temporary files, tests that need one may fail" >&2
    fi
fi
cargo fmt --all --check
cargo clippy --workspace --all-targets --locked -- -D warnings
# The offline reader must build without the probe and its tools.
cargo check --locked -p cscope --no-default-features
if cargo deny --version >/dev/null 2>&1; then
    cargo deny --config .deny.toml check bans licenses sources
else
    echo "SKIP: cargo-deny is not installed, licences and sources of dependencies are not checked" >&2
fi
cargo test --workspace --locked
# The live side on other kernels.
sh tests/kernels.sh "${CARGO_TARGET_DIR:-target}/debug/cscope"
