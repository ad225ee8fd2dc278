/* Moving data through descriptors. */
#include "record.h"
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>

static const char text[] = "The quick brown fox jumps over the lazy dog, again and again, until the line is much longer than eighty.";

static void files(void)
{
	char buf[8192];
	long res, pos = 0;
	long fd = U(open, "data", O_RDWR | O_CREAT | O_TRUNC, 0644);
	long copy = U(open, "copy", O_RDWR | O_CREAT | O_TRUNC, 0644);
	char *t = fdt(fd, fmt("<f>%s", in_work("data")));
	char *ct = fdt(copy, fmt("<f>%s", in_work("copy")));

	res = C(write, fd, text, sizeof(text) - 1);
	ev("res=%ld data=%s fd=%s size=%zu", res, dots(text, res), t, sizeof(text) - 1);
	res = C(write, fd, "x\0y\n\x1b[31m\xff", 10);
	ev("res=10 data=x.y..[31m. fd=%s size=10", t);
	C(write, fd, "unused", 0);
	ev("res=0 data=NULL fd=%s size=0", t);
	C(write, 555, "into nothing", 12);
	ev("res=-9(EBADF) data=into nothing fd=555 size=12");
	C(lseek, fd, 4, SEEK_SET);
	ev("res=4 fd=%s offset=4 whence=0(SEEK_SET)", t);
	C(lseek, fd, -2, SEEK_CUR);
	ev("res=2 fd=%s offset=-2 whence=1(SEEK_CUR)", t);
	res = C(lseek, fd, 0, SEEK_END);
	ev("res=%ld fd=%s offset=0 whence=2(SEEK_END)", res, t);
	C(lseek, fd, 0, 77);
	ev("res=-22(EINVAL) fd=%s offset=0 whence=77", t);
	C(lseek, fd, 0, SEEK_SET);
	ev("res=0 fd=%s offset=0 whence=0(SEEK_SET)", t);
	C(read, fd, buf, 9);
	ev("res=9 data=The quick fd=%s size=9", t);
	res = C(read, fd, buf, sizeof(buf));
	ev("res=%ld data=%s fd=%s size=8192", res, dots(buf, res), t);
	C(read, fd, buf, 10);
	ev("res=0 data=NULL fd=%s size=10", t);
	C(read, 555, buf, 10);
	ev("res=-9(EBADF) data=NULL fd=555 size=10");
	C(pread64, fd, buf, 5, 4);
	evn("pread", "res=5 data=quick fd=%s size=5 pos=4", t);
	C(pwrite64, fd, "QUICK", 5, 4);
	evn("pwrite", "res=5 data=QUICK fd=%s size=5 pos=4", t);
	C(pread64, fd, buf, 5, -1);
	evn("pread", "res=-22(EINVAL) data=NULL fd=%s size=5 pos=-1", t);

	char one[4], two[8], three[100];
	struct iovec in[] = {{one, 4}, {two, 5}, {three, 100}};
	struct iovec out[] = {{"first ", 6}, {"", 0}, {"second ", 7}, {"third", 5}};
	U(lseek, fd, 0, SEEK_SET);
	res = C(readv, fd, in, 3);
	ev("res=%ld size=109 data=%s fd=%s", res, dots(fmt("The QUICK%.*s", 100, three), res), t);
	U(lseek, fd, 0, SEEK_SET);
	C(writev, fd, out, 4);
	ev("res=18 data=first second third fd=%s size=18", t);
	C(preadv, fd, in, 2, 6, 0);
	ev("res=9 size=9 data=second th fd=%s pos=6", t);
	C(pwritev, fd, out, 3, 20, 0);
	ev("res=13 data=first second  fd=%s size=13 pos=20", t);
	C(writev, fd, out, -1);
	ev("res=-22(EINVAL) data=? fd=%s size=?", t);
	G(preadv2, fd, in, 2, 0, 0, 0);
	G(pwritev2, fd, out, 4, 0, 0, 0);

	C(sendfile, copy, fd, &pos, 11);
	ev("res=11 offset=" ANY " out_fd=%s in_fd=%s size=11", ct, t);
	C(sendfile, copy, 555, 0, 11);
	ev("res=-9(EBADF) offset=0 out_fd=%s in_fd=555 size=11", ct);
	long from = 3, to = 40;
	C(copy_file_range, fd, &from, copy, &to, 7, 0);
	ev("res=7 fdout=%s offout=%s fdin=%s offin=%s len=7", ct, ANY, t, ANY);
	U(close, copy);
	U(close, fd);
}

static void pipes(void)
{
	int p[2], q[2];
	struct stat st;
	char buf[64];

	C(pipe, p);
	fstat(p[0], &st);
	ev("res=0 fd1=%s fd2=%s ino=%lu", fdt(p[0], "<p>"), fdt(p[1], "<p>"), st.st_ino);
	C(pipe2, q, O_CLOEXEC | O_NONBLOCK);
	fstat(q[0], &st);
	ev("res=0 fd1=%s fd2=%s ino=%lu flags=%s", fdt(q[0], "<p>"), fdt(q[1], "<p>"), st.st_ino,
	   file_flags(PO_CLOEXEC | PO_NONBLOCK));
	C(pipe, 0);
	ev("res=-14(EFAULT) fd1=? fd2=? ino=?");
	C(pipe2, q, 0x7fffffff);
	ev("res=-22(EINVAL) fd1=? fd2=? ino=? flags=?");
	C(write, p[1], "through the pipe", 16);
	ev("res=16 data=through the pipe fd=%s size=16", fdt(p[1], "<p>"));
	G(tee, p[0], q[1], 16, 0);
	C(splice, q[0], 0, p[1], 0, 7, 3);
	ev("res=7 fd_in=%s fd_out=%s size=7 flags=3(SPLICE_F_MOVE|SPLICE_F_NONBLOCK)", fdt(q[0], "<p>"), fdt(p[1], "<p>"));
	C(splice, 444, 0, p[1], 0, 7, 0);
	ev("res=-9(EBADF) fd_in=444 fd_out=%s size=7 flags=0", fdt(p[1], "<p>"));
	struct iovec v = {"spliced", 7};
	G(vmsplice, p[1], &v, 1, 0);
	C(read, p[0], buf, sizeof(buf));
	ev("res=30 data=through the pipethroughspliced fd=%s size=64", fdt(p[0], "<p>"));
	U(read, q[0], buf, sizeof(buf));
	C(read, q[0], buf, sizeof(buf));
	ev("res=-11(EAGAIN) data=NULL fd=%s size=64", fdt(q[0], "<p>"));
	long flags = C(fcntl, q[0], F_GETFL, 0);
	ev("res=%s fd=%s cmd=4(F_GETFL) arg=0", fdt(flags, 0), fdt(q[0], "<p>"));
	C(ioctl, p[0], 0x541B, buf);
	ev("res=0 fd=%s request=541B argument=%lX", fdt(p[0], "<p>"), (long)buf);
	C(ioctl, 444, 0x5401, 0);
	ev("res=-9(EBADF) fd=444 request=5401 argument=0");
	for (int i = 0; i < 2; i++) {
		U(close, p[i]);
		U(close, q[i]);
	}
}

static void big(void)
{
	/* Writes and reads over 64 KiB: only the first bytes are captured, the result says all. */
	size_t size = 1 << 20;
	char *buf = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long fd = U(open, "big", O_RDWR | O_CREAT | O_TRUNC, 0644);
	char *t = fdt(fd, fmt("<f>%s", in_work("big")));

	memset(buf, 'B', size);
	C(write, fd, buf, 65537);
	ev("res=65537 data=%s fd=%s size=65537", dots(buf, 65537), t);
	C(write, fd, buf, size);
	ev("res=1048576 data=%s fd=%s size=1048576", dots(buf, (long)size), t);
	C(pread64, fd, buf, size, 0);
	evn("pread", "res=1048576 data=%s fd=%s size=1048576 pos=0", dots(buf, (long)size), t);
	munmap(buf, size);
	U(close, fd);
}

void io_group(void)
{
	files();
	pipes();
	big();
}
