#!/bin/sh
# Installs what a fresh Debian needs to build cscope; with --tests also what its tests compare it with.
# Packages that are there already are left alone, so this may run again and again.
set -eu

build="gcc make pkg-config clang libelf-dev zlib1g-dev libc6-dev"
tests="qemu-system-x86 strace sysdig zstd docker.io busybox-static tmux libcap2-bin util-linux procps bpftool"

packages=$build
[ "${1-}" = --tests ] && packages="$build $tests"

missing=
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
    sudo=$(command -v sudo) || {
        echo "setup: these packages are missing and only root can install them:$missing" >&2
        exit 1
    }
fi
echo "setup: installing$missing" >&2
$sudo apt-get update -qq
# shellcheck disable=SC2086 # a list of words
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
