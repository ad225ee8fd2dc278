/* Unix sockets, messages with control data, and several messages in one call. */
#include "record.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

/* The ends of a unix socket are kernel addresses nobody outside can know. */
#define ENDS ANY "->" ANY

static char *ut(long fd, const char *path)
{
	return fdt(fd, fmt("<u>" ENDS "%s", path));
}

void unix_group(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX}, missing = {.sun_family = AF_UNIX}, hidden = {.sun_family = AF_UNIX};
	int pair[2], none[2];
	char buf[64];

	/* Relative, as a socket path may only have 108 bytes. */
	strcpy(addr.sun_path, "sock");
	strcpy(missing.sun_path, "no-sock");
	strcpy(hidden.sun_path + 1, "hidden-name");

	C(socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
	ev("res=0 fd1=%s fd2=%s source=" ANY " peer=" ANY " domain=1(AF_LOCAL|AF_UNIX) type=1 proto=0",
	   fdt(pair[0], "<u>" ANY), fdt(pair[1], "<u>" ANY));
	C(socketpair, AF_INET, SOCK_STREAM, 0, none);
	ev("res=-95(EOPNOTSUPP) fd1=? fd2=? source=? peer=? domain=2(AF_INET) type=1 proto=0");
	C(write, pair[0], "to the other", 12);
	ev("res=12 data=to the other fd=%s size=12", fdt(pair[0], "<u>" ANY));
	C(recvfrom, pair[1], buf, sizeof(buf), 0, 0, 0);
	ev("res=12 data=to the other tuple=" ENDS " fd=%s size=64", fdt(pair[1], "<u>" ENDS));
	U(close, pair[0]);
	U(close, pair[1]);

	long server = C(socket, AF_UNIX, SOCK_STREAM, 0);
	ev("fd=%s domain=1(AF_LOCAL|AF_UNIX) type=1 proto=0 flags=0(O_NONE)", fdt(server, "<u>"));
	C(bind, server, &addr, sizeof(addr));
	ev("res=0 addr=sock fd=%s", fdt(server, "<u>sock"));
	C(listen, server, 3);
	ev("res=0 fd=%s backlog=3", fdt(server, "<u>sock"));
	long client = U(socket, AF_UNIX, SOCK_STREAM, 0);
	C(connect, client, &missing, sizeof(missing));
	ev("res=-2(ENOENT) tuple=NULL fd=%s addr=no-sock", fdt(client, "<u>"));
	C(connect, client, &addr, sizeof(addr));
	ev("res=0 tuple=" ENDS " sock fd=%s addr=sock", ut(client, " sock"));
	long got = C(accept, server, 0, 0);
	ev("fd=%s tuple=" ENDS " sock queuepct=# queuelen=# queuemax=3", ut(got, " sock"));
	C(sendto, client, "ping", 4, 0, 0, 0);
	ev("res=4 data=ping fd=%s size=4 tuple=" ENDS " sock", ut(client, " sock"));
	C(recvfrom, got, buf, sizeof(buf), 0, 0, 0);
	ev("res=4 data=ping tuple=" ENDS " fd=%s size=64", ut(got, " sock"));
	U(close, got);
	U(close, client);
	U(close, server);

	server = C(socket, AF_UNIX, SOCK_DGRAM, 0);
	ev("fd=%s domain=1(AF_LOCAL|AF_UNIX) type=2 proto=0 flags=0(O_NONE)", fdt(server, "<u>"));
	C(bind, server, &hidden, sizeof(sa_family_t) + 12);
	ev("res=0 addr=" ANY "hidden-name fd=%s", fdt(server, "<u>" ANY "hidden-name"));
	client = U(socket, AF_UNIX, SOCK_DGRAM, 0);
	C(sendto, client, "one packet", 10, 0, &hidden, sizeof(sa_family_t) + 12);
	ev("res=10 data=one packet fd=%s size=10 tuple=" ANY, fdt(client, "<u>" ANY));
	C(recvfrom, server, buf, sizeof(buf), 0, 0, 0);
	ev("res=10 data=one packet tuple=" ANY " fd=%s size=64", fdt(server, "<u>" ANY));
	C(bind, client, &addr, sizeof(addr));
	ev("res=-98(EADDRINUSE) addr=sock fd=%s", fdt(client, "<u>" ANY));
	U(close, client);
	U(close, server);
	U(unlink, "sock");
}

static void rights(void)
{
	int pair[2];
	char buf[64], far[8];
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec out[] = {{"some ", 5}, {"text", 4}}, in[] = {{far, 5}, {buf, 50}};
	struct msghdr msg = {.msg_iov = out, .msg_iovlen = 2, .msg_control = &control, .msg_controllen = sizeof(control)};

	U(socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
	long file = U(open, "passed", O_RDWR | O_CREAT, 0644);
	memset(&control, 0, sizeof(control));
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	*(int *)CMSG_DATA(c) = (int)file;
	C(sendmsg, pair[0], &msg, 0);
	ev("res=9 data=some text fd=%s size=9 tuple=" ENDS, fdt(pair[0], "<u>" ANY));
	U(close, file);
	msg.msg_iov = in;
	memset(&control, 0, sizeof(control));
	C(recvmsg, pair[1], &msg, 0);
	ev("res=9 size=# data=some text tuple=" ENDS " msgcontrol=%s fd=%s", dots(&control, (long)msg.msg_controllen),
	   fdt(pair[1], "<u>" ENDS));
	/* The descriptor that came is the file. */
	int came = *(int *)CMSG_DATA(c);
	C(write, came, "via rights", 10);
	ev("res=10 data=via rights fd=%s size=10", fdt(came, fmt("<f>%s", in_work("passed"))));
	U(close, came);
	C(recvmsg, pair[1], &msg, MSG_DONTWAIT);
	ev("res=-11(EAGAIN) size=? data=NULL tuple=? msgcontrol=NULL fd=%s", fdt(pair[1], "<u>" ENDS));
	C(sendmsg, 999, &msg, 0);
	ev("res=-9(EBADF) data=? fd=999 size=? tuple=NULL");
	U(close, pair[0]);
	U(close, pair[1]);
}

static void several(void)
{
	int port = 25000 + getpid() % 5000;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in from = to;
	char one[16], two[16];
	struct iovec out[] = {{"first", 5}, {"second!", 7}}, in[] = {{one, 16}, {two, 16}};
	struct mmsghdr sent[] = {{.msg_hdr = {.msg_iov = out, .msg_iovlen = 1}}, {.msg_hdr = {.msg_iov = out + 1, .msg_iovlen = 1}}};
	struct mmsghdr got[] = {{.msg_hdr = {.msg_iov = in, .msg_iovlen = 1}}, {.msg_hdr = {.msg_iov = in + 1, .msg_iovlen = 1}}};

	long server = U(socket, AF_INET, SOCK_DGRAM, 0), client = U(socket, AF_INET, SOCK_DGRAM, 0);
	U(bind, server, &to, sizeof(to));
	U(connect, client, &to, sizeof(to));
	socklen_t len = sizeof(from);
	getsockname((int)client, (void *)&from, &len);
	char *there = fmt("127.0.0.1:%d->127.0.0.1:%d", ntohs(from.sin_port), port);
	char *ct = fdt(client, fmt("<4u>%s", there));

	/* One event for each message, its result being the bytes of the message. */
	uint64_t t0 = now();
	C(sendmmsg, client, sent, 2, 0);
	called(WHERE, "sendmmsg", t0, 5);
	ev("res=5 fd=%s size=5 data=first tuple=%s", ct, there);
	res_is(7);
	ev("res=7 fd=%s size=7 data=second! tuple=%s", ct, there);
	t0 = now();
	C(recvmmsg, server, got, 2, 0, 0);
	called(WHERE, "recvmmsg", t0, 5);
	ev("res=5 fd=%ld(<4u>" ANY " size=" ANY " data=first tuple=" ANY " msgcontrol=NULL", server);
	res_is(7);
	ev("res=7 fd=%ld(<4u>" ANY " size=" ANY " data=second! tuple=" ANY " msgcontrol=NULL", server);
	C(sendmmsg, 999, sent, 1, 0);
	ev("res=-9(EBADF) fd=999 size=? data=? tuple=NULL");
	C(recvmmsg, server, got, 2, MSG_DONTWAIT, 0);
	ev("res=-11(EAGAIN) fd=%ld(<4u>" ANY " size=? data=? tuple=? msgcontrol=?", server);
	U(close, client);
	U(close, server);
}

void msg_group(void)
{
	rights();
	several();
}
