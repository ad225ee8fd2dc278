/* Calls of the x32 numbering, by a program that needs no library: its addresses fit in 32 bits. Exit status 3 where the
 * kernel has no such calls. */

enum {
	X32 = 0x40000000,
	OPENAT = X32 | 257,
	CLOSE = X32 | 3,
	WRITEV = X32 | 516, /* a number of its own, and structs of 32 bits */
	EXIT = 60,
	O_WRONLY_CREAT = 0101,
};

struct vector {
	unsigned base, length;
};

static long call(long nr, long a, long b, long c, long d)
{
	register long r10 asm("r10") = d;
	long result;

	asm volatile("syscall" : "=a"(result) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
	return result;
}

static char text[] = "from x32";

void _start(void)
{
	long fd = call(OPENAT, -100, (long)"/tmp/x32-file", O_WRONLY_CREAT, 0600);
	struct vector vector[2] = {{(unsigned)(long)text, 4}, {(unsigned)(long)text + 4, 4}};

	if (fd < 0)
		call(EXIT, 3, 0, 0, 0);
	call(WRITEV, fd, (long)vector, 2, 0);
	call(CLOSE, fd, 0, 0, 0);
	call(EXIT, 0, 0, 0, 0);
}
