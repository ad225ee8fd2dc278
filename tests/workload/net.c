/* Internet and netlink sockets. */
#include "record.h"
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

static int port_base;

static struct sockaddr_in v4(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static struct sockaddr_in6 v6(int port)
{
	return (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
}

static int local_port(long fd)
{
	struct sockaddr_in6 a;
	socklen_t len = sizeof(a);

	getsockname((int)fd, (void *)&a, &len);
	return ntohs(a.sin6_port);
}

static void options(long fd, char *t)
{
	int one = 1, value = 0;
	socklen_t len = sizeof(value);
	struct timeval timeout = {5, 0};
	uint64_t cookie = 0;

	C(setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &one, 4);
	ev("res=0 fd=%s level=1(SOL_SOCKET) optname=2(SO_REUSEADDR) val=1 optlen=4", t);
	C(setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	ev("res=0 fd=%s level=1(SOL_SOCKET) optname=20(SO_RCVTIMEO) val=5000000000(5s) optlen=16", t);
	C(setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &one, 4);
	ev("res=0 fd=%s level=2(SOL_TCP) optname=0(UNKNOWN) val=.... optlen=4", t);
	long res = C(setsockopt, fd, 99, 5, &one, 4);
	ev("res=%s fd=%s level=0(UNKNOWN) optname=0(UNKNOWN) val=.... optlen=4", er(res), t);
	C(getsockopt, fd, SOL_SOCKET, SO_TYPE, &value, &len);
	ev("res=0 fd=%s level=1(SOL_SOCKET) optname=3(SO_TYPE) val=1 optlen=4", t);
	C(getsockopt, fd, SOL_SOCKET, SO_ERROR, &value, &len);
	ev("res=0 fd=%s level=1(SOL_SOCKET) optname=4(SO_ERROR) val=0 optlen=4", t);
	len = 8;
	C(getsockopt, fd, SOL_SOCKET, 57, &cookie, &len);
	ev("res=0 fd=%s level=1(SOL_SOCKET) optname=53(SO_COOKIE) val=%lu optlen=8", t, cookie);
	C(getsockopt, 999, SOL_SOCKET, SO_TYPE, &value, &len);
	ev("res=-9(EBADF) fd=999 level=1(SOL_SOCKET) optname=3(SO_TYPE) val=? optlen=?");
}

static void tcp4(void)
{
	struct sockaddr_in addr = v4(port_base), peer;
	socklen_t len = sizeof(peer);
	char buf[256];

	long server = C(socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ev("fd=%s domain=2(AF_INET) type=524289 proto=0 flags=%s", fdt(server, "<4>"), file_flags(PO_CLOEXEC));
	options(server, fdt(server, "<4>"));
	C(bind, server, &addr, sizeof(addr));
	char *bound = fmt("<4t>127.0.0.1:%d", port_base);
	ev("res=0 addr=127.0.0.1:%d fd=%s", port_base, fdt(server, bound));
	C(listen, server, 7);
	ev("res=0 fd=%s backlog=7", fdt(server, bound));
	C(accept4, 999, 0, 0, 0);
	ev("fd=-9(EBADF) tuple=NULL queuepct=0 queuelen=0 queuemax=0 flags=0");

	long client = C(socket, AF_INET, SOCK_STREAM, IPPROTO_TCP);
	ev("fd=%s domain=2(AF_INET) type=1 proto=6 flags=0(O_NONE)", fdt(client, "<4>"));
	C(connect, client, &addr, sizeof(addr));
	int cp = local_port(client);
	char *there = fmt("127.0.0.1:%d->127.0.0.1:%d", cp, port_base), *back = fmt("127.0.0.1:%d->127.0.0.1:%d", port_base, cp);
	char *ct = fdt(client, fmt("<4t>%s", there));
	ev("res=0 tuple=%s fd=%s addr=127.0.0.1:%d", there, ct, port_base);
	long got = C(accept, server, &peer, &len);
	char *st = fdt(got, fmt("<4t>%s", there));
	ev("fd=%s tuple=%s queuepct=# queuelen=# queuemax=7", st, there);
	C(getsockname, got, &peer, &len);
	ev_name("getsockname");
	C(getpeername, got, &peer, &len);
	ev_name("getpeername");

	C(sendto, client, "GET / HTTP/1.0\r\n\r\n", 18, 0, 0, 0);
	ev("res=18 data=GET / HTTP/1.0.... fd=%s size=18 tuple=%s", ct, there);
	C(recvfrom, got, buf, sizeof(buf), 0, 0, 0);
	ev("res=18 data=GET / HTTP/1.0.... tuple=%s fd=%s size=256", there, st);
	C(sendto, got, "answer", 6, MSG_NOSIGNAL, 0, 0);
	ev("res=6 data=answer fd=%s size=6 tuple=%s", st, back);
	C(read, client, buf, sizeof(buf));
	ev("res=6 data=answer fd=%s size=256", ct);
	C(write, client, "more", 4);
	ev("res=4 data=more fd=%s size=4", ct);
	C(recvfrom, got, buf, 2, MSG_PEEK, 0, 0);
	ev("res=2 data=mo tuple=%s fd=%s size=2", there, st);
	C(recvfrom, client, buf, sizeof(buf), MSG_DONTWAIT, 0, 0);
	ev("res=-11(EAGAIN) data=NULL tuple=? fd=%s size=256", ct);
	C(shutdown, client, SHUT_WR);
	ev("res=0 fd=%s how=1(SHUT_WR)", ct);
	C(sendto, client, "too late", 8, MSG_NOSIGNAL, 0, 0);
	ev("res=-32(EPIPE) data=too late fd=%s size=8 tuple=" ANY, ct);
	C(shutdown, 999, SHUT_RDWR);
	ev("res=-9(EBADF) fd=999 how=2(SHUT_RDWR)");
	C(close, client);
	ev("res=0 fd=%s", ct);

	/* A connection that is under way when the call returns. */
	client = C(socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ev("fd=%s domain=2(AF_INET) type=2049 proto=0 flags=%s", fdt(client, "<4>"), file_flags(PO_NONBLOCK));
	long res = C(connect, client, &addr, sizeof(addr));
	there = fmt("127.0.0.1:%d->127.0.0.1:%d", local_port(client), port_base);
	ct = fdt(client, fmt("<4t>%s", there));
	ev("res=%s tuple=%s fd=%s addr=127.0.0.1:%d", er(res), there, ct, port_base);
	struct pollfd p = {.fd = (int)client, .events = POLLOUT};
	C(poll, &p, 1, 1000);
	ev("res=1 fds=%ld:44 timeout=1000", client);
	int error = -1;
	len = 4;
	C(getsockopt, client, SOL_SOCKET, SO_ERROR, &error, &len);
	ev("res=0 fd=%s level=1(SOL_SOCKET) optname=4(SO_ERROR) val=0 optlen=4", ct);
	long second = C(accept4, server, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK);
	ev("fd=%s tuple=%s queuepct=# queuelen=# queuemax=7 flags=%s", fdt(second, fmt("<4t>%s", there)), there, ANY);
	C(connect, client, &addr, sizeof(addr));
	ev("res=0 tuple=%s fd=%s addr=127.0.0.1:%d", there, ct, port_base);
	C(connect, client, &addr, sizeof(addr));
	ev("res=-106(EISCONN) tuple=" ANY " fd=%s addr=127.0.0.1:%d", ct, port_base);
	U(close, client);
	U(close, second);
	U(close, got);
	U(close, server);

	client = U(socket, AF_INET, SOCK_STREAM, 0);
	C(connect, client, &addr, sizeof(addr));
	ev("res=-111(ECONNREFUSED) tuple=" ANY " fd=%ld(<4" ANY " addr=127.0.0.1:%d", client, port_base);
	C(connect, client, &addr, 3);
	ev("res=-22(EINVAL) tuple=" ANY " fd=%ld(<4" ANY " addr=?", client);
	C(listen, 999, 1);
	ev("res=-9(EBADF) fd=999 backlog=1");
	U(close, client);
	C(socket, 77, SOCK_STREAM, 0);
	ev("fd=-97(EAFNOSUPPORT) domain=77 type=1 proto=0 flags=0(O_NONE)");
}

/* A connection that is under way when connect returns, and one that fails later. */
static void later(void)
{
	struct sockaddr_in addr = v4(port_base + 7), closed = v4(port_base + 8);
	int error = 0;
	socklen_t len = sizeof(error);

	long server = U(socket, AF_INET, SOCK_STREAM, 0);
	U(bind, server, &addr, sizeof(addr));
	U(listen, server, 3);
	long fd = U(socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	long res = C(connect, fd, &addr, sizeof(addr));
	char *there = fmt("127.0.0.1:%d->127.0.0.1:%d", local_port(fd), port_base + 7);
	ev("res=%s tuple=%s fd=%s addr=127.0.0.1:%d", er(res), there, fdt(fd, fmt("<4t>%s", there)), port_base + 7);
	struct pollfd ready = {.fd = (int)fd, .events = POLLOUT};
	poll(&ready, 1, 1000);
	C(getsockopt, fd, SOL_SOCKET, SO_ERROR, &error, &len);
	ev("res=0 fd=%s level=1(SOL_SOCKET) optname=4(SO_ERROR) val=0 optlen=4", fdt(fd, fmt("<4t>%s", there)));
	C(connect, fd, &addr, sizeof(addr));
	C(write, fd, "after all", 9);
	ev("res=9 data=after all fd=%s size=9", fdt(fd, fmt("<4t>%s", there)));
	U(close, fd);
	fd = U(socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	C(connect, fd, &closed, sizeof(closed));
	ev_name("connect");
	ready.fd = (int)fd;
	poll(&ready, 1, 1000);
	C(getsockopt, fd, SOL_SOCKET, SO_ERROR, &error, &len);
	ev("res=0 fd=%ld" ANY " level=1(SOL_SOCKET) optname=4(SO_ERROR) val=-111(ECONNREFUSED) optlen=4", fd);
	U(close, fd);
	U(close, server);
}

static void tcp6(void)
{
	struct sockaddr_in6 addr = v6(port_base + 1);
	char buf[64];

	long server = C(socket, AF_INET6, SOCK_STREAM, 0);
	ev("fd=%s domain=10(AF_INET6) type=1 proto=0 flags=0(O_NONE)", fdt(server, "<6>"));
	if (C(bind, server, &addr, sizeof(addr)) < 0)
		return skip("IPv6 loopback", -99);
	ev("res=0 addr=::1:%d fd=%s", port_base + 1, fdt(server, fmt("<6t>::1:%d", port_base + 1)));
	U(listen, server, 5);
	long client = U(socket, AF_INET6, SOCK_STREAM, 0);
	C(connect, client, &addr, sizeof(addr));
	char *there = fmt("::1:%d->::1:%d", local_port(client), port_base + 1);
	char *ct = fdt(client, fmt("<6t>%s", there));
	ev("res=0 tuple=%s fd=%s addr=::1:%d", there, ct, port_base + 1);
	long got = C(accept, server, 0, 0);
	char *st = fdt(got, fmt("<6t>%s", there));
	ev("fd=%s tuple=%s queuepct=# queuelen=# queuemax=5", st, there);
	C(sendto, client, "six", 3, 0, 0, 0);
	ev("res=3 data=six fd=%s size=3 tuple=%s", ct, there);
	C(recvfrom, got, buf, sizeof(buf), 0, 0, 0);
	ev("res=3 data=six tuple=%s fd=%s size=64", there, st);
	U(close, got);
	U(close, client);
	U(close, server);
}

static void udp(void)
{
	struct sockaddr_in to = v4(port_base + 2), from = v4(port_base + 3), peer;
	socklen_t len = sizeof(peer);
	char buf[64];

	long server = C(socket, AF_INET, SOCK_DGRAM, IPPROTO_UDP);
	ev("fd=%s domain=2(AF_INET) type=2 proto=17 flags=0(O_NONE)", fdt(server, "<4>"));
	C(bind, server, &to, sizeof(to));
	ev("res=0 addr=127.0.0.1:%d fd=%s", port_base + 2, fdt(server, fmt("<4u>127.0.0.1:%d", port_base + 2)));
	long client = U(socket, AF_INET, SOCK_DGRAM, 0);
	C(connect, client, &to, sizeof(to));
	char *there = fmt("127.0.0.1:%d->127.0.0.1:%d", local_port(client), port_base + 2);
	ev("res=0 tuple=%s fd=%s addr=127.0.0.1:%d", there, fdt(client, fmt("<4u>%s", there)), port_base + 2);
	C(sendto, client, "datagram", 8, 0, &to, sizeof(to));
	ev("res=8 data=datagram fd=%s size=8 tuple=%s", fdt(client, fmt("<4u>%s", there)), there);
	C(recvfrom, server, buf, sizeof(buf), 0, &peer, &len);
	ev("res=8 data=datagram tuple=%s fd=%s size=64", there, fdt(server, fmt("<4u>%s", there)));
	C(sendto, client, "", 0, 0, 0, 0);
	ev("res=0 data=NULL fd=%s size=0 tuple=%s", fdt(client, fmt("<4u>%s", there)), there);
	C(recvfrom, server, buf, sizeof(buf), 0, 0, 0);
	ev("res=0 data=NULL tuple=%s fd=%s size=64", ANY, fdt(server, fmt("<4u>%s", there)));
	C(sendto, client, "no buffer", 9, 0x7fff0000, &to, 2);
	ev("res=" ANY " data=no buffer fd=%s size=9 tuple=?", fdt(client, fmt("<4u>%s", there)));
	U(close, client);

	/* One that sends before anything bound or connected it: the kernel picks the port while it sends. */
	client = U(socket, AF_INET, SOCK_DGRAM, 0);
	C(sendto, client, "from nowhere", 12, 0, &to, sizeof(to));
	int port = local_port(client);
	ev("res=12 data=from nowhere fd=%ld(<4u>" ANY ":%d->127.0.0.1:%d) size=12 tuple=" ANY ":%d->127.0.0.1:%d", client, port,
	   port_base + 2, port, port_base + 2);
	C(recvfrom, server, buf, sizeof(buf), 0, &peer, &len);
	ev("res=12 data=from nowhere tuple=127.0.0.1:%d->127.0.0.1:%d fd=%ld(<4u>127.0.0.1:%d->127.0.0.1:%d) size=64", port, port_base + 2,
	   server, port, port_base + 2);
	U(close, client);

	/* Two ends that are both bound. */
	client = U(socket, AF_INET, SOCK_DGRAM, 0);
	C(bind, client, &from, sizeof(from));
	ev("res=0 addr=127.0.0.1:%d fd=%s", port_base + 3, fdt(client, fmt("<4u>127.0.0.1:%d", port_base + 3)));
	there = fmt("127.0.0.1:%d->127.0.0.1:%d", port_base + 3, port_base + 2);
	C(sendto, client, "datagram", 8, 0, &to, sizeof(to));
	ev("res=8 data=datagram fd=%ld(<4u>127.0.0.1:" ANY "->127.0.0.1:" ANY ") size=8 tuple=%s", client, there);
	C(recvfrom, server, buf, sizeof(buf), 0, &peer, &len);
	ev("res=8 data=datagram tuple=%s fd=%s size=64", there, fdt(server, fmt("<4u>%s", there)));
	U(close, client);
	U(close, server);
}

static void netlink(void)
{
	struct {
		struct nlmsghdr head;
		struct rtgenmsg body;
	} ask = {.head = {.nlmsg_len = sizeof(ask), .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK};
	static char buf[16384];

	long fd = C(socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	ev("fd=%s domain=16(AF_ROUTE|AF_NETLINK) type=3 proto=0 flags=0(O_NONE)", fdt(fd, "<n>"));
	C(bind, fd, &addr, sizeof(addr));
	ev("res=0 addr=family 16 fd=%s", fdt(fd, "<n>"));
	C(sendto, fd, &ask, sizeof(ask), 0, &addr, sizeof(addr));
	ev("res=%zu data=%s fd=%s size=%zu tuple=" ANY, sizeof(ask), dots(&ask, sizeof(ask)), fdt(fd, "<n>"), sizeof(ask));
	long res = C(recvfrom, fd, buf, sizeof(buf), 0, 0, 0);
	ev("res=%ld data=%s tuple=" ANY " fd=%s size=16384", res, dots(buf, res), fdt(fd, "<n>"));
	U(close, fd);
}

void net_group(void)
{
	/* Ten of its own; of the groups that bind ports each has a range, below those that the kernel picks from. */
	port_base = 10000 + getpid() % 1000 * 10;
	tcp4();
	later();
	tcp6();
	udp();
	netlink();
}
