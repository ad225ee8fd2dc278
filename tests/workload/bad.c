/* Calls with arguments that are wrong, strange or only half there. */
#include "record.h"
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define PAGE 4096l
#define NOWHERE ((void *)0xdead000)

/* Two pages of which only the first is mapped; the result points `n` bytes before its end. */
static char *edge(long n)
{
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(p + PAGE, PAGE);
	return p + PAGE - n;
}

static void pointers(void)
{
	C(open, NOWHERE, O_RDONLY, 0);
	ev("fd=-14(EFAULT) name=<NA> flags=1(O_RDONLY) mode=0 dev=0 ino=0");
	C(openat, AT_FDCWD, 0, O_RDONLY, 0);
	ev("fd=-14(EFAULT) dirfd=-100(AT_FDCWD) name=<NA> flags=1(O_RDONLY) mode=0 dev=0 ino=0");
	C(openat2, AT_FDCWD, "x", NOWHERE, 24);
	ev("fd=-14(EFAULT) dirfd=-100(AT_FDCWD) name=%s flags=? mode=? resolve=? dev=? ino=?", rel("x"));
	C(stat, NOWHERE, 0);
	ev("res=-14(EFAULT) path=<NA>");
	C(stat, work, NOWHERE);
	ev("res=-14(EFAULT) path=%s", work);
	C(rename, "something", NOWHERE);
	ev("res=-14(EFAULT) oldpath=%s newpath=<NA>", rel("something"));
	C(mkdir, NOWHERE, 0700);
	ev("res=-14(EFAULT) path=<NA> mode=1C0");
	C(chdir, NOWHERE);
	ev("res=-14(EFAULT) path=<NA>");
	long fd = U(open, "bad", O_RDWR | O_CREAT | O_TRUNC, 0644);
	char *t = fdt(fd, fmt("<f>%s", in_work("bad")));
	C(write, fd, NOWHERE, 100);
	ev("res=-14(EFAULT) data=NULL fd=%s size=100", t);
	U(write, fd, "0123456789", 10);
	C(pread64, fd, NOWHERE, 10, 0);
	evn("pread", "res=-14(EFAULT) data=NULL fd=%s size=10 pos=0", t);
	C(writev, fd, NOWHERE, 2);
	ev("res=-14(EFAULT) data=? fd=%s size=?", t);
	struct iovec v[] = {{"good", 4}, {NOWHERE, 4}};
	U(lseek, fd, 0, SEEK_SET);
	long res = C(writev, fd, v, 2);
	ev("res=%s data=good fd=%s size=8", er(res), t);
	C(nanosleep, NOWHERE, 0);
	ev("res=-14(EFAULT) interval=?");
	C(poll, NOWHERE, 1, 0);
	ev("res=-14(EFAULT) fds=? timeout=0");
	C(connect, 999, NOWHERE, 16);
	ev("res=" ANY " tuple=NULL fd=999 addr=" ANY);
	C(bind, 999, NOWHERE, 16);
	ev("res=" ANY " addr=" ANY " fd=999");
	C(sendmsg, 999, NOWHERE, 0);
	ev("res=" ANY " data=? fd=999 size=? tuple=NULL");
	U(close, fd);

	/* Half of it is there. */
	char *p = edge(6);
	memcpy(p, "mapped", 6);
	fd = U(open, "half", O_RDWR | O_CREAT | O_TRUNC, 0644);
	t = fdt(fd, fmt("<f>%s", in_work("half")));
	res = C(write, fd, p, 50);
	ev("res=%s data=mapped fd=%s size=50", er(res), t);
	U(lseek, fd, 0, SEEK_SET);
	struct iovec w[] = {{p, 6}, {p + 6, 10}};
	res = C(writev, fd, w, 2);
	ev("res=%s data=mapped fd=%s size=16", er(res), t);
	C(open, p, O_RDONLY, 0);
	ev("fd=-14(EFAULT) name=" ANY " flags=1(O_RDONLY) mode=0 dev=0 ino=0");
	U(munmap, p - (PAGE - 6), PAGE);
	p = edge(5);
	memcpy(p, "half", 5);
	struct stat st;
	C(stat, p, &st);
	ev("res=0 path=%s", rel("half"));
	/* A list of buffers that itself ends where memory ends. */
	struct iovec *list = (struct iovec *)edge(2 * sizeof(struct iovec));
	list[0] = (struct iovec){"listed ", 7};
	list[1] = (struct iovec){"twice", 5};
	C(writev, fd, list, 2);
	ev("res=12 data=listed twice fd=%s size=12", t);
	C(writev, fd, list, 3);
	ev("res=-14(EFAULT) data=? fd=%s size=?", t);
	U(close, fd);
}

static void names(void)
{
	static char deep[4200];
	struct stat st;

	C(open, "", O_RDONLY, 0);
	ev("fd=-2(ENOENT) name= flags=1(O_RDONLY) mode=0 dev=0 ino=0");
	C(unlink, "");
	ev("res=-2(ENOENT) path=");
	C(execve, "", 0, 0);
	ev("res=-2(ENOENT) exe=" ANY " args=? tid=%s pid=%s ptid=? cwd=" ANY " fdlimit=# pgft_maj=# pgft_min=# vm_size=# vm_rss=# vm_swap=# comm=calls "
	   "cgroups=? env=? tty=# vpgid=? loginuid=" ANY " flags=? cap_inheritable=? cap_permitted=? cap_effective=? exe_ino=# exe_ino_ctime=? "
	   "exe_ino_mtime=? uid=0(root) trusted_exepath=%s pgid=? gid=0(root) filename=", pidt(getpid()), pidt(getpid()), program);

	/* 4,095 bytes are the longest path; every directory part is `./`. */
	while (strlen(deep) < 4089)
		strcat(deep, "./");
	strcat(deep, "bad");
	while (strlen(deep) < 4095)
		memmove(deep + 1, deep, strlen(deep) + 1), deep[0] = '.', deep[1] = '/';
	C(stat, deep, &st);
	ev("res=0 path=%s(" ANY ")", deep);
	strcat(deep, "x");
	C(stat, deep, &st);
	ev("res=-36(ENAMETOOLONG) path=%.300s" ANY, deep);
	memset(deep, 'n', 4199);
	C(open, deep, O_RDONLY, 0);
	ev("fd=-36(ENAMETOOLONG) name=%.300s" ANY " flags=1(O_RDONLY) mode=0 dev=0 ino=0", deep);

	static const char *const odd[] = {
		"not-utf8-\xff\xfe\xc3", "esc-\x1b[31mred\x1b[0m", "new\nline", "tab\tand\rreturn", "quote\"back\\slash",
		"bidi-\xe2\x80\xae" "txt", "caf\xc3\xa9", "blank at end ", "del-\x7f-c1-\xc2\x9b", "a=b fd=9",
	};
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		long fd = C(open, odd[i], O_WRONLY | O_CREAT, 0644);
		fstat((int)fd, &st);
		ev("fd=%s name=%s flags=%s mode=0644 dev=%s ino=%lu", fdt(fd, fmt("<f>%s", in_work(odd[i]))), rel(odd[i]),
		   file_flags(PO_WRONLY | PO_CREAT | PO_CREATED), devt(st.st_dev), st.st_ino);
		C(close, fd);
		ev("res=0 fd=%s", fdt(fd, fmt("<f>%s", in_work(odd[i]))));
		C(unlink, odd[i]);
		ev("res=0 path=%s", rel(odd[i]));
	}
}

static void deleted(void)
{
	static char buf[4096];

	U(mkdir, "doomed", 0755);
	C(chdir, "doomed");
	ev("res=0 path=doomed");
	U(rmdir, in_work("doomed"));
	C(getcwd, buf, sizeof(buf));
	ev("res=-2(ENOENT) path=" ANY);
	C(open, "lost", O_WRONLY | O_CREAT, 0644);
	ev("fd=-2(ENOENT) name=lost" ANY " flags=%s mode=0644 dev=0 ino=0", file_flags(PO_WRONLY | PO_CREAT));
	C(chdir, work);
	ev("res=0 path=%s", work);
}

static void racing(void)
{
	/* The name changes under the call's feet: what counts is what the kernel opened. */
	static char name[] = "race-one";
	long fd = C(open, name, O_WRONLY | O_CREAT, 0644);
	struct stat st;

	fstat((int)fd, &st);
	ev("fd=%s name=%s flags=%s mode=0644 dev=%s ino=%lu", fdt(fd, fmt("<f>%s", in_work("race-one"))), rel("race-one"),
	   file_flags(PO_WRONLY | PO_CREAT | PO_CREATED), devt(st.st_dev), st.st_ino);
	memcpy(name + 5, "two", 3);
	C(close, fd);
	ev("res=0 fd=%s", fdt(fd, fmt("<f>%s", in_work("race-one"))));
}

void bad_group(void)
{
	pointers();
	names();
	in_child(WHERE, deleted);
	racing();
}
