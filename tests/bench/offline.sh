#!/bin/bash
# Reading a capture: cscope against sysdig on the same file in one run, as a markdown table. Each figure is the
# least of several runs that take turns, because other work on the machine only adds; the file is in the page cache.
#
#   tests/bench/offline.sh CSCOPE [CAPTURE]     RUNS=3  SYSDIG=sysdig
#
# Without CAPTURE one of about 3 million events is made of the test capture file.pairs.scap.gz.
set -eu
export LC_ALL=C
cscope=${1:?usage: offline.sh CSCOPE [CAPTURE]}
here=$(cd "$(dirname "$0")/../.." && pwd)
sysdig=${SYSDIG:-sysdig}
runs=${RUNS:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

file=${2:-}
if [ -z "$file" ]; then
    captures=${CSCOPE_CAPTURES:-$here/../shared/captures}
    file=$work/big.scap
    (cd "$here" && cargo run --quiet --release -p cscope-capture --example multiply -- \
        "$captures/file.pairs.scap.gz" "$file" 100)
fi
cat "$file" >/dev/null

command -v "$sysdig" >/dev/null || { echo "SKIP: $sysdig is not installed, nothing to compare with" >&2; exit 0; }

# measure NAME PROGRAM ARGUMENT...: appends "CPU-ms wall-ms" to the file NAME.
measure() {
    local name=$1 TIMEFORMAT='%3U %3S %3R'
    shift
    { time "$@" >/dev/null 2>"$work/errors"; } 2>"$work/time" || {
        cat "$work/errors" >&2
        exit 1
    }
    awk '{ print ($1 + $2) * 1000, $3 * 1000 }' "$work/time" >>"$work/$name"
}

# least NAME COLUMN
least() {
    cut -d ' ' -f "$2" "$work/$1" | sort -n | head -n 1
}

# memory PROGRAM ARGUMENT...: KiB at the peak
memory() {
    /usr/bin/time -f '%M' -o "$work/time" "$@" >/dev/null 2>&1
    cat "$work/time"
}

# row TITLE ARGUMENT...
row() {
    title=$1
    shift
    rm -f "$work/ours" "$work/theirs"
    i=0
    while [ $i -lt "$runs" ]; do
        measure ours "$cscope" -r "$file" "$@"
        measure theirs "$sysdig" -r "$file" "$@"
        i=$((i + 1))
    done
    awk -v title="$title" \
        -v oc="$(least ours 1)" -v ow="$(least ours 2)" -v om="$(memory "$cscope" -r "$file" "$@")" \
        -v tc="$(least theirs 1)" -v tw="$(least theirs 2)" -v tm="$(memory "$sysdig" -r "$file" "$@")" 'BEGIN {
            printf "| `%s` | %d | %d | %.1fx | %d | %d | %.1fx | %.1f | %.1f |\n",
                title, oc, tc, tc / oc, ow, tw, tw / ow, om / 1024, tm / 1024
        }'
}

echo "| | CPU ms | sysdig | ratio | wall ms | sysdig | ratio | MiB | sysdig |"
echo "|---|---|---|---|---|---|---|---|---|"
row "proc.name=nomatch" proc.name=nomatch
row "fd.name contains /etc" fd.name contains /etc
row "(everything)"
row "-j" -j
row "-p '%evt.num %proc.name'" -p '%evt.num %proc.name'
row "-c topfiles_bytes" -c topfiles_bytes
row "-c topscalls" -c topscalls
row "-c fdcount_by fd.sport" -c fdcount_by fd.sport
