# Runs in the guest, as root, with busybox alone: makes things happen and looks for them in what cscope saw.
set -u
uname -r
failed=0
check() { # WHAT PATTERN: a line of the output matches
	if grep -q "$2" /tmp/out; then
		echo "ok $1"
	else
		echo "FAILED $1: no line like $2"
		failed=1
	fi
}

./cscope --doctor
case $? in
0) ;;
*) exit 77 ;;
esac

# On an idle machine nothing may happen by itself: the event that is waited for is a command's.
./cscope -v -n 1 -- /bin/true >/dev/null 2>/tmp/out
case $(uname -r) in
5.* | 6.[01].* | 6.[01]-*)
	# Kernels before 6.2 cannot load what they are told is a struct.
	if grep 'where the kernel maps it' /tmp/out; then
		echo 'FAILED short data is read directly on a kernel that cannot'
		failed=1
	fi
	;;
*)
	check 'short data is read directly' 'where the kernel maps it'
	check 'callers are looked up' 'looked up in the queue of its CPU'
	;;
esac

# Without type information there is a clear answer.
mount -t tmpfs none /sys/kernel/btf
./cscope -n 1 >/tmp/out 2>&1
status=$?
if [ $status != 1 ]; then
	echo "FAILED cscope ended with status $status without type information"
	failed=1
fi
check 'answer without type information' '/sys/kernel/btf/vmlinux is missing.*CONFIG_DEBUG_INFO_BTF=y'
umount /sys/kernel/btf
# Output there means that the capture has begun.
rm /tmp/out

id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
for groups in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/cpu; do
	[ ! -e $groups/cgroup.procs ] || break
done
echo "control groups in $groups, $(nproc) CPUs"
mkdir -p "$groups/system.slice/docker-$id.scope"
echo 'text in a file' >/tmp/read-me

./cscope --ring-size 64 -p '*%evt.type|%proc.name|%proc.pname|%container.id|%fd.name|%evt.args' >/tmp/out 2>/tmp/err &
tracer=$!
# The first events are its own start; what follows must not come before it listens.
n=0
while [ ! -s /tmp/out ] && [ $n -lt 3000 ]; do
	cat /tmp/read-me >/dev/null
	usleep 100000
	n=$((n + 1))
done
if ! [ -s /tmp/out ]; then
	echo 'FAILED no event at all'
	cat /tmp/err
	CSCOPE_LIBBPF_LOG=1 ./cscope -n 1 -- /bin/true 2>&1 | grep -v '^[0-9]*: R\|^;\|^$' | tail -n 40
	exit 1
fi

# The machine began with one CPU; another one comes now, and goes in the end.
cpu=/sys/devices/system/cpu/cpu1/online
late=
echo 'text for a late CPU' >/tmp/late
if [ -e $cpu ] && echo 1 >$cpu 2>/dev/null && [ "$(cat $cpu)" = 1 ]; then
	late=1
	/bin/taskset 2 /bin/head -n 1 /tmp/late >/dev/null
fi

# Whole paths: busybox runs its own commands inside the shell when only their names are given.
/bin/head -n 1 /tmp/read-me >/tmp/copy
/bin/mv /tmp/copy /tmp/moved
/bin/rm /tmp/moved
/bin/cat /tmp/does-not-exist 2>/dev/null
(exec /bin/sh -c 'exit 42')
/bin/sh -c 'kill -9 $$'
/bin/nc -l -p 7000 -e /bin/cat </dev/null >/dev/null &
# Port 7000, state LISTEN.
n=0
until cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q ':1B58 .* 0A ' || [ $n -ge 600 ]; do
	usleep 100000
	n=$((n + 1))
done
echo 'over the wire' | /bin/nc -w 2 127.0.0.1 7000 >/tmp/answer
/bin/sh -c "echo \$\$ >$groups/system.slice/docker-$id.scope/cgroup.procs; exec /bin/head -n 1 /etc/passwd" >/dev/null
x32=
if [ -x ./x32 ]; then
	./x32
	x32=$?
fi
n=0
while [ $n -lt 200 ]; do
	/bin/true
	n=$((n + 1))
done
/bin/dd if=/dev/zero of=/dev/null bs=1 count=20000 2>/dev/null
usleep 500000
[ -z "$late" ] || echo 0 >$cpu
kill -INT $tracer
wait $tracer
echo "cscope ended with status $?"
cat /tmp/err
echo "$(wc -l </tmp/out) lines"

[ -z "$late" ] || check 'read on a CPU that came later' '^read|head|.*|/tmp/late|.*data=text for a late CPU'
if [ "$x32" = 3 ]; then
	check 'x32 call that this kernel does not take' '^openat|x32|.*fd=-38(ENOSYS) dirfd=-100(AT_FDCWD) .* mode=0600'
elif [ -n "$x32" ]; then
	check 'open of the x32 numbering' '^openat|x32|.*fd=[0-9]*(<f>/tmp/x32-file).*name=/tmp/x32-file'
	check 'x32 call with a number and structs of its own' '^writev|x32|.*/tmp/x32-file.*res=8.*data=from x32'
	check 'close of the x32 numbering' '^close|x32|.*/tmp/x32-file'
fi
check 'open with path and inode' '^open[a-z0-9]*|head|.*|/tmp/read-me|fd=[0-9]*(<f>/tmp/read-me).* ino=[1-9]'
check 'failed open' '^open[a-z0-9]*|cat|.*=-2(ENOENT).*name=/tmp/does-not-exist'
check 'read with data' '^read|head|.*data=text in a file'
check 'rename' '^rename[a-z0-9]*|mv|.*oldpath=/tmp/copy.*newpath=/tmp/moved'
check 'unlink' '^unlink[a-z]*|rm|.*/tmp/moved'
check 'exec with arguments' '^execve|cat|.*exe=/bin/cat args=/tmp/does-not-exist'
check 'exec with environment and name' '^execve|head|.* comm=head cgroups=.* env=.*PATH=/bin'
check 'exit status' '^procexit|sh|.*status=10752 ret=42 sig=0'
check 'death by signal' '^procexit|sh|.*ret=0 sig=9(SIGKILL)'
check 'bind' '^bind|nc|.*:7000'
check 'connect with both ends' '^connect|nc|.*tuple=127.0.0.1:[0-9]*->127.0.0.1:7000'
check 'accept' '^accept[4]*|nc|.*127.0.0.1:7000'
check 'data on a socket' '|nc|.*data=over the wire'
check 'container from the cgroup' '^execve|head|.*|0123456789ab|.*/etc/passwd'
check 'file read in a container' '^read|head|[a-z]*|0123456789ab|/etc/passwd|.*data=root:x:0:0'
forks=$(grep -c '^execve|true|' /tmp/out)
if [ "$forks" -ge 200 ]; then echo "ok $forks programs started"; else echo "FAILED only $forks of 200 programs"; failed=1; fi
writes=$(grep -c '^write|dd|.*size=1' /tmp/out)
if [ "$writes" -ge 20000 ]; then echo "ok $writes writes"; else echo "FAILED only $writes of 20000 writes"; failed=1; fi
if grep -q ' 0 lost' /tmp/err; then echo 'ok nothing lost'; else echo 'FAILED events were lost'; failed=1; fi

if [ $failed != 0 ]; then
	echo 'What there was (event, process, parent, container):'
	cut -d'|' -f1-4 /tmp/out | sort | uniq -c | sort -rn | head -n 30
fi

# A file written there is read there, and says the same.
./cscope -w /tmp/capture.scap.zst -- /bin/head -n 1 /tmp/read-me >/dev/null 2>/tmp/err
./cscope -r /tmp/capture.scap.zst -p '*%evt.type|%proc.name|%fd.name|%evt.args' >/tmp/out 2>>/tmp/err
check 'capture file' '^read|head|/tmp/read-me|.*data=text in a file'

# Threads whose numbers end alike are timed apart.
echo 4194304 >/proc/sys/kernel/pid_max
n=0
while [ $n -lt 5 ]; do
	./cscope -w /tmp/alike.scap.zst -- /bin/sh -c '/bin/sleep 4 & a=$!
		echo $((a + 65535)) >/proc/sys/kernel/ns_last_pid
		/bin/sleep 1 & echo $a $! >/tmp/alike; wait' 2>/tmp/err
	read -r first second </tmp/alike
	# A thread of the kernel's may have taken the number.
	[ $((second - first)) != 65536 ] || break
	n=$((n + 1))
done
if [ $((second - first)) != 65536 ]; then
	echo "FAILED numbers $first and $second do not end alike"
	failed=1
fi
./cscope -r /tmp/alike.scap.zst -p '*%evt.type|%proc.pid|%evt.latency.s' 'evt.type contains nanosleep' >/tmp/out 2>>/tmp/err
check 'time of the first thread' "^[a-z_]*nanosleep|$first|[4-7]\$"
check 'time of the one whose number ends alike' "^[a-z_]*nanosleep|$second|[12]\$"
exit $failed
