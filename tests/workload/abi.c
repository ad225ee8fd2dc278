/* Calls through the 32-bit gate, calls of the x32 numbering. */
#include "record.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/socket.h>

static long gate5(long nr, long a, long b, long c, long d, long e)
{
	long res;

	__asm__ volatile("int $0x80"
			 : "=a"(res)
			 : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "r8", "r9", "r10", "r11", "memory");
	return (int)res;
}

static long int80(long nr, long a, long b, long c)
{
	return gate5(nr, a, b, c, 0, 0);
}

/* Makes a call by the gate that is recorded under `name` when `ev` follows. */
#define I(name, nr, ...)                                                                                              \
	({                                                                                                            \
		const long *a_ = ARGS(__VA_ARGS__);                                                                   \
		uint64_t t0_ = now();                                                                                 \
		long res_ = gate5(nr, a_[0], a_[1], a_[2], a_[3], a_[4]);                                             \
		called(WHERE, #name, t0_, res_);                                                                      \
		res_;                                                                                                 \
	})

/* Structs with 32-bit words. */
static void structs(char *low)
{
	struct { uint32_t base, len; } *vec = (void *)low;
	uint32_t *word = (void *)(low + 64);
	char *name = low + 128, *one = low + 200, *two = low + 300;

	strcpy(name, "wide");
	strcpy(one, "first ");
	strcpy(two, "second");
	long fd = U(open, "wide", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *file = fdt(fd, fmt("<f>%s", in_work("wide")));
	vec[0].base = (uint32_t)(uintptr_t)one;
	vec[0].len = 6;
	vec[1].base = (uint32_t)(uintptr_t)two;
	vec[1].len = 6;
	I(writev, 146, fd, vec, 2);
	ev("res=12 data=first second fd=%s size=12", file);
	I(lseek, 19, fd, -6, SEEK_END);
	ev("res=6 fd=%s offset=-6 whence=2(SEEK_END)", file);
	/* High half of the offset first, then the low one. */
	I(lseek, 140, fd, 1, 5, word, SEEK_SET);
	ev("res=0 fd=%s offset=4294967301 whence=0(SEEK_SET)", file);
	I(pwrite64, 181, fd, one, 5, 2, 1);
	evn("pwrite", "res=5 data=first fd=%s size=5 pos=4294967298", file);
	I(pread64, 180, fd, low + 400, 12, 0, 0);
	evn("pread", "res=12 data=first second fd=%s size=12 pos=0", file);
	I(chown, 212, name, 0, -1);
	ev("res=0 path=%s uid=0" ANY " gid=" ANY, rel("wide"));
	/* Nobody in 16 bits is nobody in 32. */
	I(chown, 182, name, 0xffff, 0);
	ev("res=0 path=%s uid=" ANY " gid=0" ANY, rel("wide"));
	word[0] = 0;
	word[1] = 1000;
	I(nanosleep, 162, word, 0);
	ev("res=0 interval=1000(1e-06s)");
	word[0] = word[1] = 0;
	I(getrlimit, 191, 7, word);
	ev("res=0 cur=%u max=%u resource=7(RLIMIT_NOFILE)", word[0], word[1]);
	word[0] = 0;
	word[1] = 4096;
	word[2] = PROT_READ;
	word[3] = MAP_PRIVATE | MAP_ANONYMOUS;
	word[4] = -1;
	word[5] = 0;
	long at = I(mmap, 90, word);
	/* An address, however high. */
	res_is((uint32_t)at);
	ev("res=%ld vm_size=# vm_rss=# vm_swap=# addr=0 length=4096 prot=1(PROT_READ) flags=10(MAP_PRIVATE|MAP_ANONYMOUS) fd=-1(EPERM) offset=0",
	   (long)(uint32_t)at);
	munmap((void *)(uintptr_t)(uint32_t)at, 4096);
	close((int)fd);
	U(unlink, "wide");
}

/* Calls that one number stands for. */
static void multiplexed(char *low)
{
	uint32_t *arg = (void *)low;
	struct sockaddr_in *to = (void *)(low + 64);
	char *text = low + 128;
	int port = 20000 + getpid() % 5000;

	memset(to, 0, sizeof(*to));
	*to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	strcpy(text, "by one number");
	arg[0] = AF_INET;
	arg[1] = SOCK_DGRAM;
	arg[2] = 0;
	long server = I(socket, 102, 1, arg);
	ev("fd=%s domain=2(AF_INET) type=2 proto=0", fdt(server, "<4>"));
	arg[0] = server;
	arg[1] = (uint32_t)(uintptr_t)to;
	arg[2] = sizeof(*to);
	I(bind, 102, 2, arg);
	ev("res=0 addr=127.0.0.1:%d fd=%s", port, fdt(server, fmt("<4u>127.0.0.1:%d", port)));
	long client = U(socket, AF_INET, SOCK_DGRAM, 0);
	arg[0] = client;
	I(connect, 102, 3, arg);
	ev("res=0 tuple=127.0.0.1:" ANY "->127.0.0.1:%d fd=%s addr=127.0.0.1:%d", port, fdt(client, fmt("<4u>127.0.0.1:" ANY "->127.0.0.1:%d", port)), port);
	arg[1] = (uint32_t)(uintptr_t)text;
	arg[2] = 13;
	arg[3] = 0;
	I(send, 102, 9, arg);
	ev("res=13 data=by one number fd=%s size=13 tuple=" ANY, fdt(client, "<4u>" ANY));
	arg[0] = server;
	arg[1] = (uint32_t)(uintptr_t)low + 256;
	arg[2] = 50;
	I(recv, 102, 10, arg);
	ev("res=13 data=by one number fd=%s size=50 tuple=" ANY, fdt(server, "<4u>" ANY));
	close((int)client);
	close((int)server);

	long sem = I(semget, 117, 2, IPC_PRIVATE, 1, 0600);
	ev("res=%ld key=0 nsems=1 semflg=" ANY, sem);
	struct sembuf *op = (void *)(low + 64);
	*op = (struct sembuf){.sem_num = 0, .sem_op = 1, .sem_flg = 0};
	I(semop, 117, 1, sem, 1, 0, op);
	ev("res=0 nsops=1 sem_num_0=0 sem_op_0=1 sem_flg_0=0 sem_num_1=0 sem_op_1=0 sem_flg_1=0 semid=%ld", sem);
	arg[0] = 0;
	I(semctl, 117, 3, sem, 0, IPC_RMID, arg);
	ev("res=0 semid=%ld semnum=0 cmd=" ANY " val=0", sem);
}

/* A descriptor in a message whose structs have 32-bit words. */
static void rights(char *low)
{
	struct { uint32_t name, name_len, iov, iov_len, control, control_len, flags; } *msg = (void *)low;
	struct { uint32_t base, len; } *vec = (void *)(low + 64);
	struct { uint32_t len; int level, type, fd; } *control = (void *)(low + 96);
	char *text = low + 128;
	int pair[2];

	strcpy(text, "narrow");
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	long file = U(open, "narrow", O_RDWR | O_CREAT, 0644);
	memset(low, 0, 128);
	msg->iov = (uint32_t)(uintptr_t)vec;
	msg->iov_len = 1;
	vec->base = (uint32_t)(uintptr_t)text;
	vec->len = 6;
	msg->control = (uint32_t)(uintptr_t)control;
	msg->control_len = control->len = sizeof(*control);
	control->level = SOL_SOCKET;
	control->type = SCM_RIGHTS;
	control->fd = (int)file;
	I(sendmsg, 370, pair[0], msg, 0);
	ev("res=6 data=narrow fd=%s size=6 tuple=" ANY, fdt(pair[0], "<u>" ANY));
	close((int)file);
	I(recvmsg, 372, pair[1], msg, 0);
	ev("res=6 size=# data=narrow tuple=" ANY " msgcontrol=" ANY " fd=%s", fdt(pair[1], "<u>" ANY));
	long came = control->fd;
	C(write, came, "came", 4);
	ev("res=4 data=came fd=%s size=4", fdt(came, fmt("<f>%s", in_work("narrow"))));
	close((int)came);
	close(pair[0]);
	close(pair[1]);
	U(unlink, "narrow");
}

/* Numbers with bit 30 set. Kernels that lack x32 refuse them, but what was asked for is known. */
static void x32(void)
{
	char path[] = "no-such-file";
	uint64_t t0 = now();
	long res = raw_call(0x40000000 | SYS_unlink, ARGS(path));

	called(WHERE, "unlink", t0, res);
	ev("res=%s path=%s", er(res), rel("no-such-file"));
	t0 = now();
	/* Number 16 of the others: x32 has its own. */
	res = raw_call(0x40000000 | 514, ARGS(0, 0x1234, 0));
	called(WHERE, "ioctl", t0, res);
	ev("res=%s fd=" ANY " request=1234 argument=0", er(res));
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
	structs(low);
	multiplexed(low);
	rights(low);
	munmap(low, 4096);
	x32();
}
