/* Processes and threads: how they begin and end, what they are asked. */
#include "record.h"
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static void forks(void)
{
	uint64_t t0;
	long pid, self = getpid();
	int pidfd = -1, status;

	/* vfork: the child runs on the stack of its parent, so the call is made here and recorded afterwards. */
	t0 = now();
	pid = raw_call(SYS_vfork, ARGS());
	if (pid == 0)
		raw_call(SYS_exit_group, ARGS(9));
	called(WHERE, "vfork", t0, pid);
	ev_clone("vfork", pid, 0, PC_VM | PC_VFORK);
	as_thread(pid);
	called(WHERE, "vfork", t0, 0);
	ev_clone_of("vfork", 0, pid, pid, self, PC_VM | PC_VFORK);
	new_thread();
	ended(WHERE, pid, t0, 9 << 8);

	t0 = now();
	pid = C(clone, SIGCHLD | CLONE_FS | CLONE_FILES, 0, 0, 0, 0);
	if (pid == 0) {
		new_thread();
		ev_clone("clone", 0, self, PC_FS | PC_FILES);
		U(exit_group, 3);
	}
	ev_clone("clone", pid, 0, PC_FS | PC_FILES);
	ended(WHERE, pid, t0, 3 << 8);

	struct clone_args args = {.flags = CLONE_PIDFD | CLONE_CHILD_CLEARTID, .pidfd = (uint64_t)&pidfd, .exit_signal = SIGCHLD,
				  .child_tid = (uint64_t)&status};
	t0 = now();
	pid = C(clone3, &args, sizeof(args));
	if (pid == 0) {
		new_thread();
		ev_clone("clone3", 0, self, PC_CHILD_CLEARTID);
		U(kill, getpid(), SIGKILL);
	}
	ev_clone("clone3", pid, 0, PC_CHILD_CLEARTID);
	siginfo_t info;
	G(waitid, P_PIDFD, pidfd, &info, WEXITED | WNOWAIT, 0);
	ended(WHERE, pid, t0, SIGKILL);
	U(close, pidfd);
	C(clone3, 0, 64);
	ev("res=-14 exe=? args=? tid=? pid=? ptid=? cwd=? fdlimit=? pgft_maj=? pgft_min=? vm_size=? vm_rss=? vm_swap=? "
	   "comm=calls cgroups=? flags=? uid=0 gid=0 vtid=? vpid=? pidns_init_start_ts=?");

	/* A child in its own pid namespace: the caller sees another number than the child. */
	t0 = now();
	pid = C(clone, SIGCHLD | CLONE_NEWPID, 0, 0, 0, 0);
	if (pid == 0)
		U(exit_group, 0);
	if (pid > 0) {
		evn("clone", "res=%ld" ANY " exe=? args=? tid=%s pid=%s ptid=? cwd=? fdlimit=# pgft_maj=# pgft_min=# vm_size=# vm_rss=# vm_swap=# "
		    "comm=calls cgroups=? flags=%s uid=0 gid=0 vtid=? vpid=? pidns_init_start_ts=#", pid, pidt(self), pidt(self),
		    clone_flags(PC_NEWPID));
		ended(WHERE, pid, t0, 0);
	} else
		skip("clone(CLONE_NEWPID)", pid);

	/* An orphan: its new parent is in the event of the father's death. */
	C(prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	ev("res=0 option=36(PR_SET_CHILD_SUBREAPER) arg2_str=<NA> arg2_int=1");
	int p[2];
	U(pipe, p);
	t0 = now();
	pid = U(fork);
	if (pid == 0) {
		if (U(fork) == 0) {
			U(close, p[1]);
			U(read, p[0], &status, 1);
			U(exit_group, 0);
		}
		U(exit_group, 5);
	}
	U(wait4, pid, 0, 0, 0);
	as_thread(pid);
	called(WHERE, "procexit", t0, 0);
	ev("status=1280 ret=5 sig=0 core=0 reaper_tid=%s", pidt(self));
	new_thread();
	U(close, p[1]);
	U(wait4, -1, 0, 0, 0);
	U(close, p[0]);
	U(prctl, PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);

	G(wait4, -1, 0, WNOHANG, 0);
}

static void *in_thread(void *leader)
{
	uint64_t t0 = now();
	unsigned flags = PC_FILES | PC_FS | PC_SIGHAND | PC_THREAD | PC_VM | PC_SYSVSEM | PC_SETTLS | PC_PARENT_SETTID | PC_CHILD_CLEARTID;

	new_thread();
	long tid = U(gettid);
	called(WHERE, "clone3", t0 - 200000000, 0);
	evn("clone\x02", "res=0 exe=? args=? tid=%s pid=%s ptid=" ANY " cwd=" ANY " fdlimit=# pgft_maj=# pgft_min=# vm_size=# vm_rss=# vm_swap=# "
	    "comm=calls cgroups=" ANY "=/" ANY " flags=%s uid=0 gid=0 vtid=%s vpid=%s pidns_init_start_ts=#", pidt(tid), pidt((long)leader),
	    clone_flags(flags), pidt(tid), pidt((long)leader));
	G(gettid);
	G(getpid);
	C(prctl, PR_SET_NAME, "renamed-thread", 0, 0, 0);
	ev("res=0 option=15(PR_SET_NAME) arg2_str=renamed-thread arg2_int=0");
	int fd = (int)C(open, "by-thread", O_CREAT | O_WRONLY, 0600);
	struct stat st;
	fstat(fd, &st);
	ev("fd=%s name=%s flags=%s mode=0600 dev=%s ino=%lu", fdt(fd, fmt("<f>%s", in_work("by-thread"))), rel("by-thread"),
	   file_flags(PO_CREAT | PO_WRONLY | PO_CREATED), devt(st.st_dev), st.st_ino);
	return (void *)(long)fd;
}

static void threads(void)
{
	pthread_t thread;
	void *fd;

	if (pthread_create(&thread, NULL, in_thread, (void *)(long)getpid()))
		return skip("pthread_create", -EAGAIN);
	pthread_join(thread, &fd);
	/* What a thread opened is open in the whole process. */
	C(write, fd, "by the leader", 13);
	ev("res=13 data=by the leader fd=%s size=13", fdt((long)fd, fmt("<f>%s", in_work("by-thread"))));
	U(close, fd);
}

static void ids(void)
{
	char name[16];

	G(getpid);
	G(gettid);
	G(getppid);
	G(getpgrp);
	G(getpgid, 0);
	G(getsid, 0);
	C(setpgid, 0, 0);
	ev("res=0 pid=0 pgid=0");
	C(setpgid, 2147483646, 1);
	ev("res=-3(ESRCH) pid=2147483646 pgid=1" ANY);
	C(setsid);
	ev("res=-1");
	C(prctl, PR_SET_NAME, "other-name", 0, 0, 0);
	ev("res=0 option=15(PR_SET_NAME) arg2_str=other-name arg2_int=0");
	C(prctl, PR_GET_NAME, name, 0, 0, 0);
	ev("res=0 option=16(PR_GET_NAME) arg2_str=? arg2_int=?");
	U(prctl, PR_SET_NAME, "calls", 0, 0, 0);
	C(prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	ev("res=0 option=4(PR_SET_DUMPABLE) arg2_str=<NA> arg2_int=1");
	C(prctl, 12345, 77, 0, 0, 0);
	ev("res=-22(EINVAL) option=" ANY " arg2_str=<NA> arg2_int=77");
	int subreaper = -1;
	C(prctl, PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
	ev("res=0 option=37(PR_GET_CHILD_SUBREAPER) arg2_str=<NA> arg2_int=0");
	G(getpriority, 0, 0);
	G(setpriority, 0, 0, 0);
	struct rusage usage;
	G(getrusage, 0, &usage);
	G(times, name);
	G(personality, 0xffffffff);
	G(set_tid_address, &subreaper);
	long head = 0, size = 0;
	G(get_robust_list, 0, &head, &size);
	G(set_robust_list, head, size);
	G(kcmp, getpid(), getpid(), KCMP_FILES, 0, 0);
}

static void session(void)
{
	C(setsid);
	ev("res=%s", pidt(getpid()));
}

static void limits(void)
{
	struct rlimit limit, set = {200, 4000};

	C(getrlimit, RLIMIT_CORE, &limit);
	ev("res=0 cur=%ld max=%ld resource=4(RLIMIT_CORE)", (long)limit.rlim_cur, (long)limit.rlim_max);
	C(setrlimit, RLIMIT_NOFILE, &set);
	ev("res=0 cur=200 max=4000 resource=7(RLIMIT_NOFILE)");
	C(getrlimit, RLIMIT_NOFILE, &limit);
	ev("res=0 cur=200 max=4000 resource=7(RLIMIT_NOFILE)");
	set.rlim_cur = 300;
	C(prlimit64, 0, RLIMIT_NOFILE, &set, &limit);
	evn("prlimit", "res=0 newcur=300 newmax=4000 oldcur=200 oldmax=4000 pid=0 resource=7(RLIMIT_NOFILE)");
	C(prlimit64, getpid(), RLIMIT_STACK, 0, &limit);
	evn("prlimit", "res=0 newcur=0 newmax=0 oldcur=%ld oldmax=%ld pid=%d resource=3(RLIMIT_STACK)", (long)limit.rlim_cur,
	    (long)limit.rlim_max, getpid());
	C(getrlimit, 99, &limit);
	ev("res=-22(EINVAL) cur=? max=? resource=" ANY);
	C(setrlimit, RLIMIT_NOFILE, 0);
	ev("res=-14(EFAULT) cur=? max=? resource=7(RLIMIT_NOFILE)");
}

static void traced(void)
{
	long word = 0;
	int status;
	long pid = U(fork);

	if (pid == 0) {
		new_thread();
		long res = C(ptrace, PTRACE_TRACEME, 0, 0, 0);
		ev("res=%s addr=0 data=0 request=1(PTRACE_TRACEME) pid=0", er(res));
		if (res == 0)
			U(kill, getpid(), SIGSTOP);
		U(exit_group, 0);
	}
	U(wait4, pid, &status, 0, 0);
	if (!WIFSTOPPED(status))
		return skip("ptrace, another tracer is there", -EPERM);
	char *p = pidt(pid);
	C(ptrace, PTRACE_PEEKUSER, pid, 8 * 15, &word);
	ev("res=0 addr=78 data=%lX request=4(PTRACE_PEEKUSR) pid=%s", word, p);
	C(ptrace, PTRACE_SETOPTIONS, pid, 0, PTRACE_O_EXITKILL);
	ev("res=0 addr=0 data=100000 request=14(PTRACE_SETOPTIONS) pid=%s", p);
	C(ptrace, PTRACE_CONT, pid, 0, SIGUSR1);
	ev("res=0 addr=0 data=10(SIGUSR1) request=8(PTRACE_CONT) pid=%s", p);
	U(kill, pid, SIGKILL);
	U(wait4, pid, &status, 0, 0);
	C(ptrace, PTRACE_ATTACH, 2147483646, 0, 0);
	ev("res=-3(ESRCH) addr=" ANY " data=" ANY " request=11(PTRACE_ATTACH) pid=2147483646");
}

static void pidfds(void)
{
	long pid = U(fork);

	if (pid == 0) {
		for (;;)
			pause();
	}
	long fd = C(pidfd_open, pid, 0);
	char *t = fdt(fd, fmt("<P>" ANY "%ld", pid));
	ev("fd=%s pid=%s flags=0", t, pidt(pid));
	long got = C(pidfd_getfd, fd, 1, 0);
	ev("fd=%ld" ANY " pid_fd=%s target_fd=1" ANY " flags=0", got, t);
	U(close, got);
	G(pidfd_send_signal, fd, SIGKILL, 0, 0);
	U(wait4, pid, 0, 0, 0);
	U(close, fd);
	C(pidfd_open, -1, 0);
	ev("fd=-22(EINVAL) pid=-1" ANY " flags=0");
	C(pidfd_getfd, 999, 1, 0);
	ev("fd=-9(EBADF) pid_fd=999 target_fd=1" ANY " flags=0");
}

void proc_group(void)
{
	forks();
	threads();
	ids();
	in_child(WHERE, session);
	in_child(WHERE, limits);
	traced();
	pidfds();
}
