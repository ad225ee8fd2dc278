#!/bin/bash
# What watching costs a busy server: how many requests of redis-benchmark redis answers while tracers come and go.
#
#   tests/bench/redis.sh [-t TOOLS] [-n TURNS] [-o RESULTS]
#
# TOOLS      those of live.sh; the first is the measure of the others   (none,floor,clock,container,native,latency,bpftrace)
# TURNS      how often each has its second, in an order that changes    (20)
# RESULTS    a file that keeps the raw figures
#
# On a machine that others share, runs of one tool after the other differ by more than what is to be measured. Here one
# redis-benchmark of 50 connections runs all the time, each turn compares all of the tools within seconds, and of how much
# is kept of the requests the mean is shown with its standard error.
set -u
tools=none,floor,clock,container,native,latency,bpftrace turns=20 results=
. "$(dirname "$0")/tools.sh"

while getopts t:n:o: option; do
	case $option in
	t) tools=$OPTARG ;;
	n) turns=$OPTARG ;;
	o) results=$OPTARG ;;
	*) usage ;;
	esac
done
[ -n "$results" ] || results=$dir/results
: >"$results"

start_redis || { say "SKIP: redis-server and redis-benchmark are not installed"; exit 0; }
follow=$redis_pid
find_able ${tools//,/ }
redis-benchmark -p "$redis_port" -q -c 50 -l -t 'set,get' -n 1000000 >/dev/null 2>&1 &
client=$!
started="$started $client"
exec 3<>"/dev/tcp/127.0.0.1/$redis_port"

# Requests that redis has answered since it was started.
requests() {
	local line rest n=
	printf 'INFO stats\r\n' >&3
	read -r -u 3 line
	line=${line%$'\r'}
	read -r -N "$((${line#$} + 2))" -u 3 rest
	n=${rest#*total_commands_processed:}
	echo "${n%%$'\r'*}"
}
# Seconds of processor time of a process, in hundredths.
spent() { # PID
	local line fields
	[ -n "$1" ] && read -r line <"/proc/$1/stat" && read -r -a fields <<<"${line##*) }" || { echo 0; return; }
	echo "$((fields[11] + fields[12]))"
}
# Time, requests, and the processor time of the client, the server and the tracer.
look() { # PID of the tracer
	echo "$EPOCHREALTIME $(requests) $(spent "$client") $(spent "$redis_pid") $(spent "$1")"
}

sleep 1
for turn in $(seq "$turns"); do
	say "turn $turn of $turns"
	for tool in $(shuf -e $able); do
		tracer_of "$tool"
		[ "$tool" = strace ] && tracer+=(-p "$follow")
		pid=
		rm -f "$dir"/capture*
		if [ ${#tracer[@]} -gt 0 ]; then
			out=$dir/out
			[ "$tool" = print ] && out=/dev/null
			# What a script starts beside itself ignores interrupts unless told otherwise.
			env --default-signal=INT "${tracer[@]}" >"$out" 2>"$dir/err" 3>&- &
			pid=$!
			started="$started $pid"
			sleep "${WARM:-1}"
			kill -0 "$pid" 2>/dev/null || { say "$tool did not start: $(tail -n 2 "$dir/err")"; exit 1; }
		else
			sleep 0.2
		fi
		before=$(look "$pid")
		sleep 1
		after=$(look "$pid")
		if [ -n "$pid" ]; then
			kill -INT "$pid"
			wait "$pid"
			started=${started%" $pid"}
		fi
		kill -0 "$client" 2>/dev/null || { say "redis-benchmark ended"; exit 1; }
		read -r _ lost <<<"$(seen_lost "$tool")"
		echo "$turn $tool $before $after $lost" >>"$results"
	done
done

awk -v tools="$able" '
	{
		seconds = $8 - $3; n = $9 - $4
		rate[$1, $2] = n / seconds
		done[$2] += n; time[$2] += seconds
		client[$2] += $10 - $5; server[$2] += $11 - $6; tracer[$2] += $12 - $7
		lost[$2] = $13 == "-" ? "-" : lost[$2] + $13
		if ($1 > turns) turns = $1
	}
	END {
		count = split(tools, names, " ")
		print "| tracer | requests/s | keeps | client CPU us/request | server CPU us/request | tracer CPUs | lost |"
		print "|---|---|---|---|---|---|---|"
		for (i = 1; i <= count; i++) {
			t = names[i]; sum = squares = 0
			for (turn = 1; turn <= turns; turn++) {
				r = rate[turn, t] / rate[turn, names[1]]
				sum += r; squares += r * r
			}
			mean = sum / turns
			error = turns > 1 ? sqrt(((squares - sum * mean) / (turns - 1)) / turns) : 0
			printf("| %s | %d | %s | %.2f | %.2f | %s | %s |\n", t, done[t] / time[t],
				i == 1 ? "1" : sprintf("%.3f +- %.3f", mean, error),
				client[t] * 1e4 / done[t], server[t] * 1e4 / done[t],
				t == "none" ? "-" : sprintf("%.2f", tracer[t] / 100 / time[t]), t == "none" ? "-" : lost[t])
		}
	}' "$results"
cat "$dir/missing" 2>/dev/null
exit 0
