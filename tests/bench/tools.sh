# What live.sh and redis.sh share: the tracers that are compared, and redis. To be sourced; the tracers that can run are
# in able, what a tracer needs is in the directory dir, and what is in started is stopped at the end.
#
# CSCOPE names the program (target/release/cscope), SYSDIG another sysdig. Needs root and a C compiler; what is
# not installed is left out with a word about it.
#
# The tools:
#   none       nothing, the measure of the others
#   floor      a BPF program that does nothing at the exit of each call, the least that any tracer costs
#   both       likewise at the entry and the exit, the least with latencies
#   clock      the one at the exit reads the clock, the least with times
#   data       likewise, and a word the call points to, the least with what is read and written
#   idle       cscope with a filter that matches nothing
#   container  cscope with a filter on one container that does not exist
#   one        cscope with a filter on one call that the workloads hardly make
#   native     cscope -w to the native form, without latencies
#   latency    cscope -w to the native form, with the latency of each call as is the default
#   print      cscope printing to /dev/null
#   strace     strace -f on the processes of the workload
#   perf       perf trace -a to /dev/null
#   bpftrace   bpftrace counting calls by name of the process
#   sysdig     sysdig -w, modern BPF
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cscope=${CSCOPE:-$here/../../target/release/cscope}
sysdig=${SYSDIG:-sysdig}

say() { echo "${0##*/}: $*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }
# What the header of a script says about its options.
usage() { sed -n '3,/^set /s/^# \{0,1\}//p' "$0" >&2; exit 2; }

if [ "$(id -u)" != 0 ]; then
	say "SKIP: only root can trace"
	exit 0
fi
[ -x "$cscope" ] || { say "no $cscope: cargo build --release"; exit 2; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/cscope-bench.XXXXXX")
started=
cleanup() {
	for pid in $started; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
# What measures, works, and is measured as the least.
cc -O2 -o "$dir/meter" "$here/meter.c" && cc -O2 -o "$dir/getppid" "$here/getppid.c" && cc -O2 -o "$dir/floor" "$here/floor.c" || exit 2

free_port() {
	local port=$1
	while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
	echo "$port"
}
wait_for() { # PORT
	local n
	for n in $(seq 100); do
		(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
		sleep 0.05
	done
	say "nothing listens on port $1"
	return 1
}

start_redis() {
	has redis-server && has redis-benchmark || return 1
	redis_port=$(free_port 26379)
	redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no --dir "$dir" >/dev/null 2>&1 &
	redis_pid=$!
	started="$started $redis_pid"
	wait_for "$redis_port"
}

# The command of each tool; FOLLOW is what strace attaches to.
tracer_of() { # TOOL
	case $1 in
	none) tracer=() ;;
	floor) tracer=("$dir/floor" exit) ;;
	both | clock | data) tracer=("$dir/floor" "$1") ;;
	idle) tracer=("$cscope" 'proc.name=no-such-process') ;;
	container) tracer=("$cscope" 'container.id=0123456789ab') ;;
	one) tracer=("$cscope" 'evt.type=swapoff') ;;
	native) tracer=("$cscope" -w "$dir/capture.scap.zst" "${no_latency[@]}") ;;
	latency) tracer=("$cscope" -w "$dir/capture.scap.zst") ;;
	print) tracer=("$cscope") ;;
	strace) tracer=(strace -f -o /dev/null) ;;
	perf) tracer=(perf trace -a -o /dev/null) ;;
	# It needs tracefs, which not every machine has mounted: a mount of its own, seen by nobody else.
	bpftrace) tracer=(unshare -m sh -c '[ -e /sys/kernel/tracing/events ] || mount -t tracefs none /sys/kernel/tracing
		exec bpftrace -e "tracepoint:raw_syscalls:sys_exit { @[comm] = count(); }"') ;;
	sysdig) tracer=("$sysdig" --modern-bpf -v -w "$dir/capture.scap") ;;
	esac
}
usable() { # TOOL
	case $1 in
	none | floor | both | clock | data) ;;
	native) "$cscope" --doctor >/dev/null 2>&1 && [ ${#no_latency[@]} -gt 0 ] ;;
	idle | container | one | latency | print) "$cscope" --doctor >/dev/null 2>&1 ;;
	strace | perf | bpftrace) has "$1" ;;
	sysdig) has "$sysdig" && timeout 20 "$sysdig" --modern-bpf -n 1 >/dev/null 2>"$dir/why" ;;
	*) return 1 ;;
	esac
}
# The native form holds latencies unless told otherwise.
no_latency=()
"$cscope" --help 2>/dev/null | grep -q -- '--no-latency' && no_latency=(--no-latency)

# Events a tracer saw, and lost, from what it said.
seen_lost() { # TOOL
	case $1 in
	idle | container | one | native | latency | print)
		awk '/ events seen, / { gsub(",", ""); print $2, $6; n = 1 } END { if (!n) print "- -" }' "$dir/err" ;;
	bpftrace) awk '/^@\[/ { n += $NF } END { print n + 0, "-" }' "$dir/out" ;;
	sysdig) awk '/^Driver Events/ { sub(/.*:/, ""); e = $1 } /^Driver Drops/ { sub(/.*:/, ""); d = $1 } END { print e + 0, d + 0 }' "$dir/err" ;;
	*) echo "- -" ;;
	esac
}

# Which of the tools can run here; of the others a word is kept for below the table.
find_able() { # TOOL...
	local tool why
	able=
	for tool; do
		: >"$dir/why"
		if usable "$tool"; then
			able="$able $tool"
		else
			why=$(tail -n 1 "$dir/why")
			say "SKIP: $tool cannot run here${why:+: $why}"
			echo "Not in the table: $tool cannot run here${why:+ ($why)}." >>"$dir/missing"
		fi
	done
}
