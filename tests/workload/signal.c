/* Signals, and calls that signals cut short. */
#include "record.h"
#include <sys/time.h>
#include <time.h>

static void nothing(int signal)
{
	(void)signal;
}

/* Sends SIGUSR1 to this process in a moment, again and again, so that it cannot come too early. */
static void soon(void)
{
	struct itimerval in = {{0, 20000}, {0, 20000}};

	setitimer(ITIMER_REAL, &in, NULL);
}

static void never(void)
{
	struct itimerval off = {{0, 0}, {0, 0}};

	setitimer(ITIMER_REAL, &off, NULL);
}

static void sending(void)
{
	char info[128] = {0};
	char *self = pidt(getpid());

	C(kill, getpid(), 0);
	ev("res=0 pid=%s sig=0", self);
	C(kill, getpid(), SIGUSR1);
	ev("res=0 pid=%s sig=10(SIGUSR1)", self);
	C(kill, 2147483646, SIGTERM);
	ev("res=-3(ESRCH) pid=2147483646 sig=15(SIGTERM)");
	C(tkill, getpid(), SIGUSR1);
	ev("res=0 tid=%s sig=10(SIGUSR1)", self);
	C(tgkill, getpid(), getpid(), SIGUSR2);
	ev("res=0 pid=%s tid=%s sig=12(SIGUSR2)", self, self);
	C(tgkill, getpid(), 2147483646, SIGHUP);
	ev("res=-3(ESRCH) pid=%s tid=2147483646 sig=1(SIGHUP)", self);
	*(int *)info = SIGUSR1;
	*(int *)(info + 8) = -1;
	G(rt_sigqueueinfo, getpid(), SIGUSR1, info);
	G(rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, info);
}

static void masks(void)
{
	uint64_t mask = 1ul << (SIGUSR2 - 1), old = 0, none = 0;
	struct timespec zero = {0, 0}, moment = {1, 0};
	char buf[256];
	stack_t stack;

	G(rt_sigaction, SIGUSR2, 0, buf, 8);
	G(rt_sigprocmask, SIG_BLOCK, &mask, &old, 8);
	U(kill, getpid(), SIGUSR2);
	G(rt_sigpending, &old, 8);
	long fd = C(signalfd4, -1, &mask, 8, O_NONBLOCK);
	ev("res=%s flags=%s fd=-1(EPERM) mask=?", fdt(fd, "<s>"), file_flags(PO_NONBLOCK));
	C(read, fd, buf, 128);
	ev("res=128 data=%s fd=%s size=128", dots(buf, 128), fdt(fd, "<s>"));
	U(close, fd);
	U(kill, getpid(), SIGUSR2);
	G(rt_sigtimedwait, &mask, 0, &moment, 8);
	G(rt_sigtimedwait, &mask, 0, &zero, 8);
	G(rt_sigprocmask, SIG_UNBLOCK, &mask, 0, 8);
	G(sigaltstack, 0, &stack);
	soon();
	G(rt_sigsuspend, &none, 8);
	G(pause);
	never();
}

static void cut(void)
{
	struct timespec second = {1, 5}, left;
	char buf[16];
	int p[2];

	U(pipe, p);
	soon();
	/* The program sees -EINTR; at the tracepoint the kernel's own codes are still there. */
	C(nanosleep, &second, &left);
	res_is(-516);
	ev("res=-516(ERESTART_RESTARTBLOCK) interval=1000000005(1s)");
	G(clock_nanosleep, CLOCK_MONOTONIC, 0, &second, &left);
	C(read, p[0], buf, sizeof(buf));
	res_is(-512);
	ev("res=-512(ERESTARTSYS) data=NULL fd=%s size=16", fdt(p[0], "<p>"));
	never();
	U(close, p[0]);
	U(close, p[1]);
}

void signal_group(void)
{
	/* The kernel's signal handlers without SA_RESTART. */
	struct sigaction action = {.sa_handler = nothing};

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	sending();
	masks();
	cut();
}
