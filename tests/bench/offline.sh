#!/bin/sh
# Reading a capture: cscope against sysdig on the same file in one run, as a markdown table. Each figure is the
# median of several runs that take turns; the file is in the page cache.
#
#   tests/bench/offline.sh CSCOPE [CAPTURE]     RUNS=3  SYSDIG=sysdig
#
# Without CAPTURE one of about 3 million events is made of the test capture file.pairs.scap.gz.
set -eu
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

# measure NAME PROGRAM ARGUMENT...: appends "CPU-seconds wall-seconds KiB" to the file NAME.
measure() {
    name=$1
    shift
    /usr/bin/time -f '%U %S %e %M' -o "$work/time" "$@" >/dev/null 2>"$work/errors" || {
        cat "$work/errors" >&2
        exit 1
    }
    awk '{ print $1 + $2, $3, $4 }' "$work/time" >>"$work/$name"
}

# median NAME COLUMN
median() {
    cut -d ' ' -f "$2" "$work/$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
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
        -v oc="$(median ours 1)" -v ow="$(median ours 2)" -v om="$(median ours 3)" \
        -v tc="$(median theirs 1)" -v tw="$(median theirs 2)" -v tm="$(median theirs 3)" 'BEGIN {
            printf "| `%s` | %.2f | %.2f | %.1fx | %.2f | %.2f | %.1fx | %.1f | %.1f |\n",
                title, oc, tc, tc / (oc > 0 ? oc : 0.01), ow, tw, tw / (ow > 0 ? ow : 0.01), om / 1024, tm / 1024
        }'
}

echo "| | CPU s | sysdig | ratio | wall s | sysdig | ratio | MiB | sysdig |"
echo "|---|---|---|---|---|---|---|---|---|"
row "proc.name=nomatch" proc.name=nomatch
row "fd.name contains /etc" fd.name contains /etc
row "(everything)"
row "-j" -j
row "-p '%evt.num %proc.name'" -p '%evt.num %proc.name'
row "-c topfiles_bytes" -c topfiles_bytes
row "-c topscalls" -c topscalls
row "-c fdcount_by fd.sport" -c fdcount_by fd.sport
