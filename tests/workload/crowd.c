/* Many processes: 200 at once, and 4,000 one after the other. */
#include "record.h"
#include <sys/stat.h>

#define AT_ONCE 200
#define WRITES 20
#define SHORT_LIVED 4000

static void member(int n, int wait)
{
	char text[64], c;
	struct stat st;

	/* All start together, when the last end of the pipe is closed. */
	U(read, wait, &c, 1);
	char *name = fmt("crowd-%d", n);
	long fd = C(open, name, O_CREAT | O_WRONLY | O_TRUNC, 0644);
	fstat((int)fd, &st);
	char *t = fdt(fd, fmt("<f>%s", in_work(name)));
	ev("fd=%s name=%s flags=%s mode=0644 dev=%s ino=%lu", t, rel(name), file_flags(PO_CREAT | PO_WRONLY | PO_TRUNC | PO_CREATED),
	   devt(st.st_dev), st.st_ino);
	for (int i = 0; i < WRITES; i++) {
		int len = sprintf(text, "member %d writes line %d", n, i);
		C(write, fd, text, len);
		ev("res=%d data=%s fd=%s size=%d", len, text, t, len);
	}
	C(close, fd);
	ev("res=0 fd=%s", t);
}

void crowd_group(void)
{
	static long pids[AT_ONCE];
	uint64_t t0 = now();
	long parent = getpid();
	int p[2];

	U(pipe, p);
	for (int n = 0; n < AT_ONCE; n++) {
		pids[n] = C(fork);
		if (pids[n] == 0) {
			new_thread();
			ev_clone("fork", 0, parent, 0);
			U(close, p[1]);
			member(n, p[0]);
			U(exit_group, n);
		}
		ev_clone("fork", pids[n], 0, 0);
	}
	U(close, p[1]);
	for (int n = 0; n < AT_ONCE; n++)
		ended(WHERE, pids[n], t0, n << 8);
	U(close, p[0]);
}

void storm_group(void)
{
	short_lived = 1;
	for (int n = 0; n < SHORT_LIVED; n++) {
		uint64_t t0 = now();
		long pid = C(fork);
		if (pid == 0)
			U(exit_group, n % 251);
		ev_clone("fork", pid, 0, 0);
		ended(WHERE, pid, t0, n % 251 << 8);
	}
}
