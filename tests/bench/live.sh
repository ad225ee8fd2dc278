#!/bin/bash
# What watching costs: the same work untraced and under several tracers, in one run, as a table.
#
#   tests/bench/live.sh [-w WORKLOADS] [-t TOOLS] [-s SCALE] [-r ROUNDS] [-o RESULTS]
#
# WORKLOADS  of: dd getppid redis fork find nginx            (a list with commas; all of them)
# TOOLS      of: none floor both clock data idle container one native latency print strace perf bpftrace sysdig
# SCALE      how much work, 1 is a run of some minutes, 0.1 one of a minute
# ROUNDS     repetitions, interleaved                         (3)
# RESULTS    a file that keeps the raw figures
#
# Slowdown is that of the least time on the clock, since whatever else the machine does only adds to it; the rest are
# medians. CPU slowdown is that of the processor time of the workload's own processes (servers left out), which other
# load on the machine disturbs less. For redis see redis.sh, too. What the tools are, tools.sh tells.
set -u
workloads=dd,getppid,redis,fork,find,nginx
tools=none,floor,both,clock,data,idle,container,one,native,latency,print,strace,perf,bpftrace,sysdig
scale=1 rounds=3 results=
. "$(dirname "$0")/tools.sh"
# Time a tracer has to get ready.
warm=${WARM:-1.5}

while getopts w:t:s:r:o: option; do
	case $option in
	w) workloads=$OPTARG ;;
	t) tools=$OPTARG ;;
	s) scale=$OPTARG ;;
	r) rounds=$OPTARG ;;
	o) results=$OPTARG ;;
	*) usage ;;
	esac
done

[ -n "$results" ] || results=$dir/results
: >"$results"

# count N: N times the scale, at least 1
count() { awk -v n="$1" -v s="$scale" 'BEGIN { n = int(n * s); print n < 1 ? 1 : n }'; }

# The servers, and for each workload its command and the processes that strace has to follow.
start_nginx() {
	has nginx && { has wrk || has ab; } || return 1
	nginx_port=$(free_port 28080)
	mkdir -p "$dir/www" && printf '%01024d' 0 >"$dir/www/index.html"
	# nginx's workers leave root, and must still find the page.
	chmod 755 "$dir" "$dir/www"
	cat >"$dir/nginx.conf" <<-CONF
		worker_processes 1; daemon off; pid $dir/nginx.pid; error_log /dev/null;
		events { worker_connections 512; }
		http { access_log off; client_body_temp_path $dir/b; proxy_temp_path $dir/p; fastcgi_temp_path $dir/f;
		       uwsgi_temp_path $dir/u; scgi_temp_path $dir/s;
		       server { listen 127.0.0.1:$nginx_port; root $dir/www; } }
	CONF
	nginx -c "$dir/nginx.conf" >/dev/null 2>&1 &
	nginx_pid=$!
	started="$started $nginx_pid"
	wait_for "$nginx_port"
}
work_of() { # WORKLOAD: sets command and follow
	follow=
	case $1 in
	dd) command=(dd if=/dev/zero of=/dev/null bs=1 "count=$(count 1000000)" status=none) ;;
	getppid) command=("$dir/getppid" "$(count 3000000)") ;;
	redis) command=(redis-benchmark -p "$redis_port" -q -c 50 -t 'set,get' -n "$(count 200000)"); follow=$redis_pid ;;
	fork) command=(sh -c 'n=$1; while [ "$n" -gt 0 ]; do sh -c true; n=$((n - 1)); done' sh "$(count 5000)") ;;
	find) command=(sh -c 'n=$1; while [ "$n" -gt 0 ]; do find /usr -printf "" ; n=$((n - 1)); done' sh "$(count 3)") ;;
	nginx)
		follow="$nginx_pid $(pgrep -P "$nginx_pid" | tr '\n' ' ')"
		if has wrk; then command=(wrk -t1 -c10 "-d$(count 5)s" "http://127.0.0.1:$nginx_port/")
		else command=(ab -q -n "$(count 50000)" -c 10 "http://127.0.0.1:$nginx_port/"); fi ;;
	esac
}

measure() { # WORKLOAD TOOL
	local workload=$1 tool=$2 meter tracer_pid pid n elapsed spent status cpu peak
	work_of "$workload"
	tracer_of "$tool"
	rm -f "$dir"/work "$dir"/work.pid "$dir"/cost "$dir"/capture* "$dir"/out "$dir"/err
	"$dir/meter" -g "$dir/work" "${command[@]}" >/dev/null 2>&1 &
	meter=$!
	started="$started $meter"
	for n in $(seq 200); do [ -s "$dir/work.pid" ] && break; sleep 0.01; done
	pid=$(cat "$dir/work.pid")
	tracer_pid=
	if [ ${#tracer[@]} -gt 0 ]; then
		if [ "$tool" = strace ]; then
			for n in ${follow:-$pid}; do tracer+=(-p "$n"); done
		fi
		# Only printing to /dev/null is printing to /dev/null; the others have a place for their words.
		local out=$dir/out
		[ "$tool" = print ] && out=/dev/null
		"$dir/meter" "$dir/cost" "${tracer[@]}" >"$out" 2>"$dir/err" &
		tracer_pid=$!
		started="$started $tracer_pid"
		sleep "$warm"
		if ! kill -0 "$tracer_pid" 2>/dev/null; then
			say "$tool did not start: $(tail -n 2 "$dir/err" | tr '\n' ' ')"
			tracer_pid=
		fi
	fi
	kill -USR1 "$meter"
	wait "$meter"
	if [ -n "$tracer_pid" ]; then
		kill -INT "$tracer_pid" 2>/dev/null
		wait "$tracer_pid"
	fi
	started=${started%" $meter"*}
	read -r elapsed spent _ status <"$dir/work"
	[ "$status" = 0 ] || say "$workload under $tool ended with status $status"
	cpu=- peak=-
	[ -s "$dir/cost" ] && read -r _ cpu peak _ <"$dir/cost"
	echo "$workload $tool $elapsed $cpu $peak $(seen_lost "$tool") $spent" >>"$results"
}

wanted=
for workload in ${workloads//,/ }; do
	case $workload in
	redis) start_redis || { say "SKIP: redis: redis-server and redis-benchmark are not installed"; continue; } ;;
	nginx) start_nginx || { say "SKIP: nginx: nginx, and wrk or ab, are not installed"; continue; } ;;
	dd | getppid | fork | find) ;;
	*) say "no workload $workload"; exit 2 ;;
	esac
	wanted="$wanted $workload"
done
find_able ${tools//,/ }
servers=$started
# Once for nothing before each group: files come into the cache, from which the workload before may have driven them.
for round in $(seq "$rounds"); do
	for workload in $wanted; do
		say "round $round: warming up: $workload"
		measure "$workload" none
		started=$servers
		sed -i '$d' "$results"
		for tool in $able; do
			say "round $round: $workload, $tool"
			measure "$workload" "$tool"
			started=$servers
		done
	done
done

# Time until the first event is out.
for n in 1 2 3; do
	"$dir/meter" "$dir/first" "$cscope" -n 1 -- true >/dev/null 2>&1
	read -r elapsed _ <"$dir/first"
	echo "$elapsed"
done | sort -n | awk 'NR == 2 { first = $1 } END { printf "\nFirst event after %.2f s (start and end of the program included).\n", first }' >"$dir/start"

awk '
	function median(list, n, values, count, i, j, t) {
		count = split(list, values, " ")
		for (i = 1; i <= count; i++) for (j = i + 1; j <= count; j++)
			if (values[j] + 0 < values[i] + 0) { t = values[i]; values[i] = values[j]; values[j] = t }
		return values[int((count + 1) / 2)]
	}
	function least(list, n, values, count, i) {
		count = split(list, values, " ")
		for (i = 2; i <= count; i++) if (values[i] + 0 < values[1] + 0) values[1] = values[i]
		return values[1]
	}
	function number(value, form) { return value == "-" ? "-" : sprintf(form, value) }
	{
		key = $1 " " $2
		if (!(key in time)) { order[++rows] = key; w[key] = $1; t[key] = $2 }
		time[key] = time[key] " " $3; cpu[key] = cpu[key] " " $4; peak[key] = peak[key] " " $5
		seen[key] = seen[key] " " $6; spent[key] = spent[key] " " $8
		if ($7 != "-") lost[key] += $7; else lost[key] = "-"
	}
	END {
		print "| workload | tracer | seconds | slowdown | CPU slowdown | events/s | lost | tracer CPU s | CPU us/event | peak MiB |"
		print "|---|---|---|---|---|---|---|---|---|---|"
		for (i = 1; i <= rows; i++) {
			key = order[i]; s = least(time[key]); base = least(time[w[key] " none"])
			work = median(spent[key]); alone = median(spent[w[key] " none"])
			c = median(cpu[key]); p = median(peak[key]); e = median(seen[key])
			printf("| %s | %s | %.2f | %s | %s | %s | %s | %s | %s | %s |\n", w[key], t[key], s,
				base > 0 ? sprintf("%.2fx", s / base) : "-", alone > 0 ? sprintf("%.2fx", work / alone) : "-",
				e == "-" || e < 1000 ? "-" : sprintf("%d", e / s), t[key] == "none" ? "-" : lost[key],
				number(c, "%.2f"), c == "-" || e == "-" || e < 1000 ? "-" : sprintf("%.2f", c * 1e6 / e),
				p == "-" ? "-" : sprintf("%.0f", p / 1024))
		}
	}' "$results"
cat "$dir/start" "$dir/missing" 2>/dev/null
exit 0
