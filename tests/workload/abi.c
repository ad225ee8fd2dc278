/* Calls through the 32-bit gate, and numbers that are no call. */
#include "record.h"
#include <sys/mman.h>

static long int80(long nr, long a, long b, long c)
{
	long res;

	__asm__ volatile("int $0x80" : "=a"(res) : "0"(nr), "b"(a), "c"(b), "d"(c) : "r8", "r9", "r10", "r11", "memory");
	return (int)res;
}

/* Whether the kernel takes 32-bit calls: the gate is a fault where it does not. */
static int gate(void)
{
	long pid = U(fork), status = 0;

	if (pid == 0) {
		int80(20, 0, 0, 0);
		U(exit_group, 0);
	}
	U(wait4, pid, &status, 0, 0);
	return status == 0;
}

void abi_group(void)
{
	if (!gate())
		return skip("int 0x80", -ENOSYS);
	/* 32-bit calls take 32-bit addresses. */
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	uint64_t t0;
	long res;

	t0 = now();
	res = int80(20, 0, 0, 0);
	called(WHERE, "getpid", t0, res);
	ev_name("getpid");
	strcpy(low, "thirty-two");
	t0 = now();
	res = int80(8, (long)low, 0600, 0);
	called(WHERE, "creat", t0, res);
	ev("fd=%s name=%s mode=0600 dev=" ANY " ino=# creat_flags=0", fdt(res, fmt("<f>%s", in_work("thirty-two"))), rel("thirty-two"));
	long fd = res;
	strcpy(low + 100, "written by 32 bits");
	t0 = now();
	res = int80(4, fd, (long)low + 100, 18);
	called(WHERE, "write", t0, res);
	ev("res=18 data=written by 32 bits fd=%s size=18", fdt(fd, fmt("<f>%s", in_work("thirty-two"))));
	/* Number 5 is open here and fstat there. */
	t0 = now();
	res = int80(5, (long)low, O_RDONLY, 0);
	called(WHERE, "open", t0, res);
	ev("fd=%s name=%s flags=1(O_RDONLY) mode=0 dev=" ANY " ino=#", fdt(res, fmt("<f>%s", in_work("thirty-two"))), rel("thirty-two"));
	U(close, res);
	t0 = now();
	res = int80(6, fd, 0, 0);
	called(WHERE, "close", t0, res);
	ev("res=0 fd=%s", fdt(fd, fmt("<f>%s", in_work("thirty-two"))));
	t0 = now();
	res = int80(10, (long)low, 0, 0);
	called(WHERE, "unlink", t0, res);
	ev("res=0 path=%s", rel("thirty-two"));
	strcpy(low + 200, "no-such-directory");
	t0 = now();
	res = int80(40, (long)low + 200, 0, 0);
	called(WHERE, "rmdir", t0, res);
	ev("res=-2(ENOENT) path=%s", rel("no-such-directory"));
	munmap(low, 4096);
}
