/* Descriptors that are no files, copies of descriptors, and waiting for them. */
#include "record.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <linux/fanotify.h>

static void copies(void)
{
	long fd = U(open, "copied", O_RDWR | O_CREAT, 0644);
	char *name = fmt("<f>%s", in_work("copied"));
	long two = C(dup, fd);
	ev("res=%s oldfd=%s", fdt(two, name), fdt(fd, name));
	C(dup2, fd, 100);
	ev("res=%s oldfd=%s newfd=%s", fdt(100, name), fdt(fd, name), fdt(100, name));
	C(dup3, fd, 101, O_CLOEXEC);
	ev("res=%s oldfd=%s newfd=%s flags=%s", fdt(101, name), fdt(fd, name), fdt(101, name), file_flags(PO_CLOEXEC));
	C(dup, 999);
	ev("res=-9(EBADF) oldfd=999");
	C(dup2, 999, 5000);
	ev("res=-9(EBADF) oldfd=999 newfd=5000");
	C(dup3, fd, fd, 0);
	ev("res=-22(EINVAL) oldfd=%s newfd=%s flags=0(O_NONE)", fdt(fd, name), fdt(fd, name));
	C(fcntl, fd, F_DUPFD, 200);
	ev("res=%s fd=%s cmd=1(F_DUPFD) arg=C8", fdt(200, name), fdt(fd, name));
	C(fcntl, fd, F_DUPFD_CLOEXEC, 201);
	ev("res=%s fd=%s cmd=26(F_DUPFD_CLOEXEC) arg=C9", fdt(201, name), fdt(fd, name));
	C(fcntl, fd, F_SETFD, FD_CLOEXEC);
	ev("res=" ANY " fd=%s cmd=3(F_SETFD) arg=1", fdt(fd, name));
	C(fcntl, fd, F_GETFD, 0);
	ev("res=" ANY " fd=%s cmd=2(F_GETFD) arg=0", fdt(fd, name));
	C(fcntl, fd, F_SETFL, O_APPEND);
	ev("res=" ANY " fd=%s cmd=5(F_SETFL) arg=400", fdt(fd, name));
	struct flock lock = {.l_type = F_WRLCK};
	C(fcntl, fd, F_SETLK, &lock);
	ev("res=" ANY " fd=%s cmd=8(F_SETLK) arg=%lX", fdt(fd, name), (long)&lock);
	C(fcntl, 999, F_GETFD, 0);
	ev("res=-9(EBADF) fd=999 cmd=2(F_GETFD) arg=0");
	C(write, 200, "by a copy", 9);
	ev("res=9 data=by a copy fd=%s size=9", fdt(200, name));
	C(close_range, 200, 201, 0);
	ev("res=0 first=200 last=201 flags=0");
	C(write, 200, "closed", 6);
	ev("res=-9(EBADF) data=closed fd=200 size=6");
	C(close_range, 100, 101, 4);
	ev("res=0 first=100 last=101 flags=4(CLOSE_RANGE_CLOEXEC)");
	C(close_range, 9, 3, 0);
	ev("res=-22(EINVAL) first=9 last=3 flags=0");
	C(close, 100);
	ev("res=0 fd=%s", fdt(100, name));
	U(close, 101);
	U(close, two);
	U(close, fd);
}

static void kinds(void)
{
	uint64_t value = 3, mask = 1ul << (SIGUSR1 - 1) | 1ul << (SIGUSR2 - 1);
	char buf[128];
	long fd;

	fd = C(eventfd, 5);
	ev("res=%s initval=5 flags=0", fdt(fd, "<e>"));
	C(write, fd, &value, 8);
	ev("res=8 data=%s fd=%s size=8", dots(&value, 8), fdt(fd, "<e>"));
	U(close, fd);
	fd = C(eventfd2, 7, EFD_CLOEXEC | EFD_NONBLOCK);
	ev("res=%s flags=%s initval=7", fdt(fd, "<e>"), file_flags(PO_CLOEXEC | PO_NONBLOCK));
	C(eventfd2, 0, 0x100);
	ev("res=-22(EINVAL) flags=? initval=0");
	U(close, fd);
	fd = C(signalfd, -1, &mask, 8);
	ev("res=%s fd=-1(EPERM) mask=? flags=0", fdt(fd, "<s>"));
	U(close, fd);
	fd = C(signalfd4, -1, &mask, 8, O_CLOEXEC);
	ev("res=%s flags=%s fd=-1(EPERM) mask=?", fdt(fd, "<s>"), file_flags(PO_CLOEXEC));
	U(close, fd);
	fd = C(inotify_init);
	ev("res=%s flags=0", fdt(fd, "<i>"));
	long wd = G(inotify_add_watch, fd, work, 0x100);
	G(inotify_rm_watch, fd, wd);
	U(close, fd);
	fd = C(inotify_init1, O_NONBLOCK);
	ev("res=%s flags=%s", fdt(fd, "<i>"), file_flags(PO_NONBLOCK));
	C(read, fd, buf, sizeof(buf));
	ev("res=-11(EAGAIN) data=NULL fd=%s size=128", fdt(fd, "<i>"));
	U(close, fd);
	fd = G(fanotify_init, FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY);
	if (fd >= 0) {
		G(fanotify_mark, fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, work);
		U(close, fd);
	} else {
		skip("fanotify_init", fd);
		G(fanotify_mark, 999, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, work);
	}
	fd = C(memfd_create, "named memory", 3);
	ev("fd=%s name=named memory flags=3(MFD_CLOEXEC|MFD_ALLOW_SEALING)", fdt(fd, "<m>named memory"));
	C(write, fd, "kept", 4);
	ev("res=4 data=kept fd=%s size=4", fdt(fd, "<m>named memory"));
	U(close, fd);
	C(memfd_create, "", 0x80000000);
	ev("fd=-22(EINVAL) name= flags=?");
	fd = C(userfaultfd, O_CLOEXEC);
	ev("res=%s flags=%s", fd < 0 ? er(fd) : fmt("%ld" ANY, fd), file_flags(PO_CLOEXEC));
	U(close, fd);
	fd = G(memfd_secret, 0);
	U(close, fd);
}

static void waits(void)
{
	int p[2];
	struct timespec zero = {0, 0}, ten = {0, 10000000};
	struct timeval zero_us = {0, 0};
	uint64_t mask = 1ul << (SIGUSR1 - 1);
	long fd;

	U(pipe, p);
	U(write, p[1], "x", 1);
	fd = C(epoll_create, 9);
	ev("res=%ld size=9", fd);
	U(close, fd);
	C(epoll_create, 0);
	ev("res=-22(EINVAL) size=0");
	fd = C(epoll_create1, EPOLL_CLOEXEC);
	ev("res=%ld flags=1(EPOLL_CLOEXEC)", fd);
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 42}, got[4];
	G(epoll_ctl, fd, EPOLL_CTL_ADD, p[0], &event);
	C(epoll_wait, fd, got, 4, 100);
	ev("res=1 maxevents=4");
	C(epoll_wait, 999, got, 4, 100);
	ev("res=-9(EBADF) maxevents=4");
	G(epoll_pwait, fd, got, 4, 0, 0, 8);
	G(epoll_pwait2, fd, got, 4, &zero, 0, 8);
	U(close, fd);
	struct pollfd fds[] = {{.fd = p[0], .events = POLLIN}, {.fd = p[1], .events = POLLOUT | POLLIN}, {.fd = -1}};
	C(poll, fds, 2, 0);
	ev("res=2 fds=%d:p1 %d:p4 timeout=0", p[0], p[1]);
	C(poll, fds + 2, 1, 1);
	ev("res=0 fds=" ANY " timeout=1");
	C(poll, 0, 0, 0);
	ev("res=0 fds=? timeout=0");
	C(ppoll, fds, 1, &ten, &mask, 8);
	ev("res=1 fds=%d:p1 timeout=" ANY " sigmask=SIGUSR1", p[0]);
	C(ppoll, fds, 1, 0, 0, 8);
	ev("res=1 fds=%d:p1 timeout=" ANY " sigmask=" ANY, p[0]);
	fd_set set;
	FD_ZERO(&set);
	FD_SET(p[0], &set);
	C(select, p[0] + 1, &set, 0, 0, &zero_us);
	ev("res=1");
	C(select, -1, 0, 0, 0, 0);
	ev("res=-22(EINVAL)");
	G(pselect6, p[0] + 1, &set, 0, 0, &zero, 0);
	U(close, p[0]);
	U(close, p[1]);
}

void fd_group(void)
{
	copies();
	kinds();
	waits();
}
