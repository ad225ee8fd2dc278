#!/bin/sh
# Live smoke test on other kernels: boots Debian's kernels under QEMU's software emulation with nothing but
# busybox, cscope and a script in memory, and looks at what cscope saw there.
#
#   tests/kernels.sh [CSCOPE [KERNEL...]]
#
# CSCOPE is the program (target/release/cscope or target/debug/cscope), KERNEL a metapackage of the distribution
# or the path of a kernel image. Kernels are downloaded, never installed, and kept in target/kernels.
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
cache=${CARGO_TARGET_DIR:-$top/target}/kernels

program=${1-}
for path in "$top/target/release/cscope" "$top/target/debug/cscope"; do
	[ -n "$program" ] || { [ -x "$path" ] && program=$path; }
done
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- linux-image-amd64 linux-image-6.12-cloud-amd64

skip() {
	echo "SKIP: other kernels: $*" >&2
	exit 0
}
[ "$(uname -m)" = x86_64 ] || skip "only written for x86-64"
for tool in qemu-system-x86_64 busybox; do
	command -v "$tool" >/dev/null || skip "$tool is not installed (qemu-system-x86, busybox-static)"
done
ldd "$(command -v busybox)" >/dev/null 2>&1 && skip "busybox is not static (busybox-static)"
[ -n "$program" ] && [ -x "$program" ] || {
	echo "kernels.sh: no cscope: cargo build" >&2
	exit 2
}

work=$(mktemp -d "${TMPDIR:-/tmp}/cscope-kernels.XXXXXX") || exit 2
emulator=
cleanup() {
	[ -z "$emulator" ] || kill "$emulator" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# Prints the path of the kernel image of a metapackage.
image_of() {
	case $1 in
	*/*)
		echo "$1"
		return
		;;
	esac
	package=$(apt-cache depends "$1" 2>/dev/null | awk '/Depends:/ { print $2; exit }')
	[ -n "$package" ] || return 1
	if [ ! -e "$cache/$package/done" ]; then
		mkdir -p "$cache/$package" && cd "$cache/$package" || return 1
		apt-get download -qq "$package" >&2 2>/dev/null || return 1
		dpkg-deb --fsys-tarfile ./*.deb | tar -x --wildcards './boot/vmlinuz-*' || return 1
		rm -f ./*.deb
		: >done
	fi
	echo "$cache/$package"/boot/vmlinuz-*
}

# Programs of the x32 numbering need no library, only a kernel that takes their calls: Debian's do when told to.
if command -v cc >/dev/null; then
	mkdir -p "$work/root/t"
	cc -O1 -static -nostdlib -fno-stack-protector -fno-pie -no-pie -o "$work/root/t/x32" "$here/kernels/x32.c" || exit 2
else
	echo "SKIP: other kernels: no cc, calls of the x32 numbering are not made there" >&2
fi

# The guest: busybox, the program with its libraries, the script.
root=$work/root
mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/t" "$root/etc"
cp "$(command -v busybox)" "$root/bin/busybox"
ln -s busybox "$root/bin/sh"
echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
cp "$here/kernels/guest.sh" "$root/t/guest.sh"
# Debug information would fill the guest's memory.
strip -o "$root/t/cscope" "$program" 2>/dev/null || cp "$program" "$root/t/cscope"
ldd "$program" | grep -o '/[^ )]*' | while read -r library; do
	mkdir -p "$root/${library%/*}"
	cp -L "$library" "$root/$library"
done
cat >"$root/init" <<'INIT'
#!/bin/sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tracefs none /sys/kernel/tracing
mount -t bpf none /sys/fs/bpf
mount -t tmpfs none /tmp
case "$(cat /proc/cmdline)" in
*control-groups=v1*)
	mount -t tmpfs none /sys/fs/cgroup
	for controller in memory cpu; do
		mkdir /sys/fs/cgroup/$controller
		mount -t cgroup -o $controller none /sys/fs/cgroup/$controller
	done
	;;
*) mount -t cgroup2 none /sys/fs/cgroup ;;
esac
ip link set lo up
cd /t
sh ./guest.sh >/dev/ttyS1 2>&1
echo GUEST_RC=$? >/dev/ttyS1
sleep 0.3
poweroff -f
INIT
chmod +x "$root/init"
(cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$work/initramfs" || exit 2

# boot KERNEL CPUS PARAMETER...: the guest on this kernel.
boot() {
	kernel=$1
	cpus=$2
	shift 2
	image=$(image_of "$kernel")
	if [ -z "$image" ] || [ ! -e "$image" ]; then
		echo "SKIP: kernel $kernel: not to be had here" >&2
		return
	fi
	echo "== $kernel: ${image##*/}, $cpus CPUs, $*"
	rm -f "$work/out" "$work/console"
	# One thread: emulation on several panicked once. KVM is not tried, it behaves differently where it is half there.
	timeout 1500 qemu-system-x86_64 -M q35 -accel tcg,thread=single -cpu max -smp "$cpus" -m 1024 -nodefaults -display none \
		-no-reboot -serial "file:$work/console" -serial "file:$work/out" -kernel "$image" -initrd "$work/initramfs" \
		-append "console=ttyS0 quiet panic=-1 maxcpus=1 $*" </dev/null &
	emulator=$!
	wait "$emulator"
	emulator=
	tr -d '\r' <"$work/out" 2>/dev/null
	status=$(tr -d '\r' <"$work/out" 2>/dev/null | sed -n 's/^GUEST_RC=//p')
	if [ "$status" = 77 ]; then
		echo "SKIP: kernel $kernel: cscope says that it cannot capture there" >&2
	elif [ "$status" != 0 ]; then
		echo "FAILED on $kernel: ${status:-the guest did not finish}"
		[ -n "$status" ] || tail -n 30 "$work/console"
		failed=1
	fi
}

failed=0
for kernel in "$@"; do
	boot "$kernel" 2 syscall.x32=y
done
# A machine of one CPU with control groups of the first version only.
boot "$1" 1 control-groups=v1
exit "$failed"
