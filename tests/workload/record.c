/* The record, and the texts that go into it. */
#include "record.h"
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define REGION (256ul << 20)

struct region {
	uint64_t used; /* bytes behind this header */
	char text[];
};

static struct region *region;
static __thread struct {
	const char *where, *name;
	uint64_t t0, t1;
	long res;
	int tid;
} last;

const char *work, *program;
int short_lived;

uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void record_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, REGION) < 0)
		exit((perror(path), 2));
	region = mmap(NULL, REGION, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (region == MAP_FAILED)
		exit((perror("mmap"), 2));
	close(fd);
	new_thread();
}

void new_thread(void)
{
	last.tid = (int)U(gettid);
}

void as_thread(long tid)
{
	last.tid = (int)tid;
}

/* Takes `len` bytes of the region and fills them. */
static void append(const char *text, size_t len)
{
	uint64_t at = __atomic_fetch_add(&region->used, len, __ATOMIC_RELAXED);

	if (at + len + sizeof(*region) > REGION) {
		fputs("the record is full\n", stderr);
		_exit(3);
	}
	memcpy(region->text + at, text, len);
}

char *fmt(const char *format, ...)
{
	static __thread char ring[128 << 10];
	static __thread size_t at;
	va_list args;
	int len;

	if (sizeof(ring) - at < (24 << 10))
		at = 0;
	char *text = ring + at;
	va_start(args, format);
	len = vsnprintf(text, 24 << 10, format, args);
	va_end(args);
	at += (size_t)len + 1;
	return text;
}

char *er(long res)
{
	static const struct { int code; const char *name; } restart[] = {
		{512, "ERESTARTSYS"}, {513, "ERESTARTNOINTR"}, {514, "ERESTARTNOHAND"}, {516, "ERESTART_RESTARTBLOCK"},
	};

	if (res >= 0 || res < -4095)
		return fmt("%ld", res);
	for (size_t i = 0; i < sizeof(restart) / sizeof(*restart); i++)
		if (restart[i].code == -res)
			return fmt("%ld(%s)", res, restart[i].name);
	const char *name = strerrorname_np((int)-res);
	return name ? fmt("%ld(%s)", res, name) : fmt("%ld", res);
}

char *fdt(long fd, const char *text)
{
	return fd < 0 || !text ? er(fd) : fmt("%ld(%s)", fd, text);
}

char *pidt(long pid)
{
	return pid <= 0 ? er(pid) : fmt("%ld(calls)", pid);
}

char *in_work(const char *name)
{
	return fmt("%s/%s", work, name);
}

char *rel(const char *name)
{
	return *name == '/' || !*name ? fmt("%s", name) : fmt("%s(%s/%s)", name, work, name);
}

char *dots(const void *data, long len)
{
	char text[4 * SNAPLEN];
	long n = len < SNAPLEN ? len : SNAPLEN;

	if (n <= 0)
		return "NULL";
	for (long i = 0; i < n; i++) {
		unsigned char c = ((const unsigned char *)data)[i];
		text[i] = c >= 0x20 && c < 0x7f ? (char)c : '.';
	}
	return fmt("%.*s", (int)n, text);
}

struct name {
	const char *text;
	unsigned bit;
};

/* The rule of the format: in table order, an entry whose bits are all still set is named and its bits are done. */
static char *names(unsigned bits, const struct name *table, const char *number)
{
	char text[512] = "";
	unsigned left = bits;

	for (; table->text; table++) {
		if (table->bit != bits && (!table->bit || (left & table->bit) != table->bit))
			continue;
		if (*text)
			strcat(text, "|");
		strcat(text, table->text);
		if (table->bit == bits)
			break;
		left &= ~table->bit;
	}
	return *text ? fmt("%s(%s)", number, text) : fmt("%s", number);
}

char *file_flags(unsigned bits)
{
	static const struct name table[] = {
		{"O_LARGEFILE", PO_LARGEFILE}, {"O_DIRECTORY", PO_DIRECTORY}, {"O_DIRECT", PO_DIRECT}, {"O_TRUNC", PO_TRUNC},
		{"O_SYNC", PO_SYNC}, {"O_NONBLOCK", PO_NONBLOCK}, {"O_EXCL", PO_EXCL}, {"O_DSYNC", PO_DSYNC},
		{"O_APPEND", PO_APPEND}, {"O_CREAT", PO_CREAT}, {"O_RDWR", PO_RDWR}, {"O_WRONLY", PO_WRONLY},
		{"O_RDONLY", PO_RDONLY}, {"O_CLOEXEC", PO_CLOEXEC}, {"O_NONE", 0}, {"O_TMPFILE", PO_TMPFILE},
		{"O_F_CREATED", PO_CREATED}, {0},
	};

	return names(bits, table, fmt("%u", bits));
}

char *clone_flags(unsigned bits)
{
	static const struct name table[] = {
		{"CLONE_FILES", PC_FILES}, {"CLONE_FS", PC_FS}, {"CLONE_IO", PC_IO}, {"CLONE_NEWIPC", PC_NEWIPC},
		{"CLONE_NEWNET", PC_NEWNET}, {"CLONE_NEWNS", PC_NEWNS}, {"CLONE_NEWPID", PC_NEWPID},
		{"CLONE_NEWUTS", PC_NEWUTS}, {"CLONE_PARENT_SETTID", PC_PARENT_SETTID}, {"CLONE_SIGHAND", PC_SIGHAND},
		{"CLONE_SYSVSEM", PC_SYSVSEM}, {"CLONE_THREAD", PC_THREAD}, {"CLONE_VM", PC_VM},
		{"CLONE_NEWUSER", PC_NEWUSER}, {"CLONE_CHILD_CLEARTID", PC_CHILD_CLEARTID},
		{"CLONE_CHILD_SETTID", PC_CHILD_SETTID}, {"CLONE_SETTLS", PC_SETTLS}, {"CLONE_VFORK", PC_VFORK},
		{"CLONE_NEWCGROUP", PC_NEWCGROUP}, {"CLONE_CHILD_IN_PIDNS", PC_CHILD_IN_PIDNS}, {0},
	};

	return names(bits, table, fmt("%u", bits));
}

char *mode_text(unsigned mode)
{
	static const struct name table[] = {
		{"S_IXOTH", 01}, {"S_IWOTH", 02}, {"S_IROTH", 04}, {"S_IXGRP", 010}, {"S_IWGRP", 020}, {"S_IRGRP", 040},
		{"S_IXUSR", 0100}, {"S_IWUSR", 0200}, {"S_IRUSR", 0400}, {"S_ISVTX", 01000}, {"S_ISGID", 02000},
		{"S_ISUID", 04000}, {"S_IFREG", 0100000}, {"S_IFCHR", 020000}, {"S_IFBLK", 060000}, {"S_IFIFO", 010000}, {0},
	};

	return names(mode, table, fmt("%#o", mode));
}

char *devt(uint64_t dev)
{
	return fmt("%lX", dev & 0xffffffff);
}

long do_call(const char *where, const char *name, long nr, const long *args)
{
	last.where = where;
	last.name = name;
	last.t0 = now();
	last.res = raw_call(nr, args);
	last.t1 = now();
	return last.res;
}

long do_generic(const char *where, const char *name, long nr, const long *args)
{
	long res = do_call(where, name, nr, args);

	ev_name(name);
	return res;
}

void called(const char *where, const char *name, uint64_t t0, long res)
{
	last.where = where;
	last.name = name;
	last.t0 = t0;
	last.t1 = now();
	last.res = res;
}

void res_is(long res)
{
	last.res = res;
}

/* Writes `text` as the inside of a JSON string. */
static char *escape(char *to, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			to += sprintf(to, "\\u%04x", c);
		else
			*to++ = (char)c;
	}
	return to;
}

static __thread char line[160 << 10];

static char *head(const char *event)
{
	char *to = line + sprintf(line, "{\"case\":\"%s\",\"call\":\"%s\",\"event\":\"", last.where, last.name);

	to = escape(to, event);
	return to + sprintf(to, "\",\"tid\":%d,\"res\":%ld,\"t0\":%lu,\"t1\":%lu,\"args\":", last.tid, last.res, last.t0, last.t1);
}

void ev_name(const char *event)
{
	char *to = head(event);

	to += sprintf(to, "null}\n");
	append(line, (size_t)(to - line));
}

static void ev_list(const char *event, const char *format, va_list args)
{
	static __thread char text[64 << 10];
	char list[1024];
	char *to = head(event), *next = text;

	/* A blank of the format followed by `name=` begins a parameter; those of substituted values do not. */
	snprintf(list, sizeof(list), "%s", format);
	for (char *c = list; *c; c++) {
		size_t word = *c == ' ' ? strspn(c + 1, "abcdefghijklmnopqrstuvwxyz_0123456789") : 0;
		if (word && c[1 + word] == '=')
			*c = '\x01';
	}
	vsnprintf(text, sizeof(text), list, args);
	*to++ = '[';
	while (next && *next) {
		char *name = strsep(&next, "\x01");
		char *value = strchr(name, '=');
		if (!value)
			exit((fprintf(stderr, "%s: no `=` in %s\n", last.where, name), 2));
		*value++ = 0;
		to += sprintf(to, "%s[\"%s\",\"", to[-1] == '[' ? "" : ",", name);
		to = escape(to, value);
		to += sprintf(to, "\"]");
	}
	to += sprintf(to, "]}\n");
	append(line, (size_t)(to - line));
}

void ev(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ev_list(last.name, format, args);
	va_end(args);
}

void evn(const char *event, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ev_list(event, format, args);
	va_end(args);
}

void ev_clone_of(const char *event, long res, long tid, long pid, long ptid, unsigned flags)
{
	static char self[4096], arguments[4096];
	struct rlimit limit;

	if (!*self) {
		/* Read once: fork keeps it. */
		int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
		ssize_t len = read(fd, self, sizeof(self) - 1);
		close(fd);
		ssize_t first = (ssize_t)strlen(self) + 1;
		for (ssize_t i = first; i < len; i++)
			arguments[i - first] = self[i] >= 0x20 && self[i] < 0x7f ? self[i] : '.';
	}
	getrlimit(RLIMIT_NOFILE, &limit);
	/* The child of a vfork has always ended when its parent goes on. */
	char *result = (short_lived || !strcmp(event, "vfork")) && res > 0 ? fmt("%ld" ANY, res) : pidt(res);
	evn(event, "res=%s exe=%s args=%s tid=%s pid=%s ptid=%s cwd=" ANY " fdlimit=%ld pgft_maj=# pgft_min=# vm_size=# vm_rss=# "
	    "vm_swap=# comm=calls cgroups=%s flags=%s uid=%d gid=%d vtid=%s vpid=%s pidns_init_start_ts=#",
	    result, self, *arguments ? arguments : "NULL", pidt(tid), pidt(pid), ptid ? pidt(ptid) : "?",
	    (long)limit.rlim_cur, ANY "=/" ANY, clone_flags(flags), (int)geteuid(), (int)getegid(), pidt(tid), pidt(pid));
}

void ev_clone(const char *event, long res, long ptid, unsigned flags)
{
	ev_clone_of(event, res, last.tid, getpid(), ptid, flags);
}

void ended(const char *where, long pid, uint64_t since, int status)
{
	int got = -1, signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	long self = last.tid;

	do_generic(where, "wait4", SYS_wait4, ARGS(pid, &got, 0, 0));
	if (got != status)
		fprintf(stderr, "%s: the child ended with status %#x, not %#x\n", where, got, status);
	as_thread(pid);
	called(where, "procexit", since, 0);
	ev("status=%s ret=%s sig=%s core=%d reaper_tid=0", er(got), er(WIFEXITED(got) ? WEXITSTATUS(got) : 0),
	   signal ? fmt("%d(SIG%s)", signal, sigabbrev_np(signal)) : "0", WCOREDUMP(got) ? 1 : 0);
	as_thread(self);
}

void in_child(const char *where, void (*body)(void))
{
	long parent = getpid();
	long pid = do_call(where, "fork", SYS_fork, ARGS());

	if (pid == 0) {
		new_thread();
		ev_clone("fork", 0, parent, 0);
		body();
		U(exit_group, 0);
	}
	ev_clone("fork", pid, 0, 0);
	ended(where, pid, last.t0, 0);
}

void skip(const char *what, long res)
{
	fprintf(stderr, "SKIP: %s: %s\n", what, er(res));
}
