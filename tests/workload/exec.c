/* Programs starting. What has to appear for a successful exec is recorded by the program that was started. */
#include "record.h"
#include <libgen.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char started[32];

/* Where, the beginning of the call and what it names go to the new program as arguments. */
static char **arguments(const char *how, const char *where, const char *filename)
{
	static char *argv[8];

	sprintf(started, "%lu", now());
	argv[0] = "calls-exec";
	argv[1] = "-t";
	argv[2] = (char *)how;
	argv[3] = (char *)where;
	argv[4] = started;
	argv[5] = (char *)filename;
	return argv;
}

static char **environment(void)
{
	static char *env[4];

	env[0] = fmt("CALLS_RECORD=%s", getenv("CALLS_RECORD"));
	env[1] = fmt("CALLS_WORK=%s", work);
	env[2] = "LAST=one two";
	return env;
}

static char *join(const char *bytes, long len)
{
	char *text = malloc(8192);

	for (long i = 0; i < len && i < 8191; i++)
		text[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.';
	text[len < 8191 ? len : 8191] = 0;
	return text;
}

static long slurp(const char *path, char *to, long size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long len = read(fd, to, (size_t)size);

	close(fd);
	return len;
}

/* calls -t HOW WHERE T0 FILENAME ..., and as interpreter of a script calls -s SCRIPT WHERE T0 FILENAME */
int exec_target(int argc, char **argv)
{
	static char args[65536], env[65536], self[4096];
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	struct rlimit limit;
	struct stat st;
	char login[16] = "";

	if (argc < 6)
		return 2;
	const char *how = !strcmp(argv[1], "-s") ? "script" : argv[2], *where = argv[3], *t0 = argv[4], *filename = argv[5];
	work = getenv("CALLS_WORK");
	record_open(getenv("CALLS_RECORD"));
	long args_len = slurp("/proc/self/cmdline", args, sizeof(args)), env_len = slurp("/proc/self/environ", env, sizeof(env));
	long first = (long)strlen(args) + 1;
	slurp("/proc/self/loginuid", login, sizeof(login) - 1);
	readlink("/proc/self/exe", self, sizeof(self) - 1);
	stat(self, &st);
	syscall(SYS_capget, &head, data);
	getrlimit(RLIMIT_NOFILE, &limit);
	long pid = getpid(), longest = 4096;
	called(where, !strcmp(how, "at") ? "execveat" : "execve", strtoul(t0, NULL, 10), 0);
	/* The name is that of the file as it was named, not where a link leads. */
	const char *comm = !strcmp(how, "at") ? "calls" : basename(strdup(filename)), *me = fmt("%ld(%s)", pid, comm);
	/* A successful execveat is seen as the execve that it ends as, or under its own name. */
	evn(!strcmp(how, "at") ? "execve" ANY : "execve",
	    "res=0 exe=%s args=%s tid=%s pid=%s ptid=%d(calls) cwd=" ANY " fdlimit=%ld pgft_maj=# pgft_min=# vm_size=# vm_rss=# vm_swap=# comm=%s "
	    "cgroups=%s env=%s tty=# vpgid=%d" ANY " loginuid=%s flags=" ANY " cap_inheritable=%lX cap_permitted=%lX cap_effective=%lX exe_ino=%lu "
	    "exe_ino_ctime=20" ANY " exe_ino_mtime=20" ANY " uid=0(root) trusted_exepath=%s pgid=%d" ANY " gid=0(root) filename=%s",
	    args, args_len - first > longest - first ? fmt("%.2000s" ANY, join(args + first, 2000)) : join(args + first, args_len - first), me, me,
	    getppid(), (long)limit.rlim_cur, comm, ANY "=/" ANY, join(env, env_len), getpgrp(),
	    *login && strcmp(login, "4294967295") ? fmt("%s" ANY, login) : "-1(<NONE>)",
	    data[0].inheritable | (uint64_t)data[1].inheritable << 32, data[0].permitted | (uint64_t)data[1].permitted << 32,
	    data[0].effective | (uint64_t)data[1].effective << 32, st.st_ino, self, getpgrp(),
	    !strcmp(how, "at") ? "?" : !strncmp(filename, "./", 2) ? fmt("%s(%s%s)", filename, work, filename + 1) : filename);
	return !strcmp(how, "script") ? 14 : 13;
}

static void run(const char *where, void (*body)(void), int code)
{
	uint64_t t0 = now();
	long pid = do_call(where, "fork", SYS_fork, ARGS());

	if (pid == 0) {
		new_thread();
		body();
		U(exit_group, 99);
	}
	ev_clone("fork", pid, 0, 0);
	ended(where, pid, t0, code << 8);
}

static void plain(void)
{
	U(execve, program, arguments("plain", WHERE, program), environment());
}

static void through_link(void)
{
	U(symlink, program, "link-to-calls");
	/* The name is the one of the link, the path the one of the file. */
	U(execve, "./link-to-calls", arguments("link", WHERE, "./link-to-calls"), environment());
}

static void script(void)
{
	char *text = fmt("#!%s -s\n", program);
	int fd = open("script", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	/* The kernel puts interpreter, its argument and the script in front of our arguments. */
	write(fd, text, strlen(text));
	close(fd);
	char **argv = arguments("", WHERE, "./script");
	U(execve, "./script", argv + 2, environment());
}

static void at(void)
{
	long fd = U(open, program, O_RDONLY | O_CLOEXEC, 0);

	U(execveat, fd, "", arguments("at", WHERE, ""), environment(), AT_EMPTY_PATH);
}

static void many(void)
{
	static char *argv[310];
	char **few = arguments("many", WHERE, program);

	for (int i = 0; i < 300; i++)
		argv[i] = i < 6 ? few[i] : fmt("arg%d", i);
	U(execve, program, argv, environment());
}

static void huge(void)
{
	static char *argv[8], text[30000];

	memset(text, 'h', sizeof(text) - 1);
	memcpy(argv, arguments("huge", WHERE, program), 6 * sizeof(*argv));
	argv[6] = text;
	U(execve, program, argv, environment());
}

static void *thread(void *unused)
{
	(void)unused;
	U(execve, program, arguments("thread", WHERE, program), environment());
	return NULL;
}

static void from_thread(void)
{
	pthread_t t;

	pthread_create(&t, NULL, thread, NULL);
	for (;;)
		pause();
}

static void after_vfork(void)
{
	char **argv = arguments("vfork", WHERE, program), **env = environment();
	long pid = raw_call(SYS_vfork, ARGS());

	if (pid == 0) {
		raw_call(SYS_execve, ARGS(program, argv, env));
		raw_call(SYS_exit_group, ARGS(98));
	}
	int status = 0;
	U(wait4, pid, &status, 0, 0);
	U(exit_group, status >> 8);
}

static void failing(void)
{
	char *argv[] = {"wanted", "this", NULL}, *env[] = {"A=b", NULL};

	C(execve, "./does-not-exist", argv, env);
	ev("res=-2(ENOENT) exe=wanted args=this. tid=%s pid=%s ptid=%s cwd=" ANY " fdlimit=# pgft_maj=# pgft_min=# vm_size=# vm_rss=# vm_swap=# "
	   "comm=calls cgroups=" ANY "=/" ANY " env=A=b. tty=# vpgid=" ANY " loginuid=" ANY " flags=" ANY " cap_inheritable=" ANY
	   " cap_permitted=" ANY " cap_effective=" ANY " exe_ino=# exe_ino_ctime=20" ANY " exe_ino_mtime=20" ANY " uid=0(root) trusted_exepath=%s "
	   "pgid=" ANY " gid=0(root) filename=%s", pidt(getpid()), pidt(getpid()), pidt(getppid()), program, ANY "./does-not-exist" ANY);
	C(execveat, AT_FDCWD, "./neither-does-this", argv, env, 0);
	ev("res=-2(ENOENT) exe=wanted args=this. tid=%s pid=%s ptid=%s cwd=" ANY " fdlimit=# pgft_maj=# pgft_min=# vm_size=# vm_rss=# vm_swap=# "
	   "comm=calls cgroups=" ANY "=/" ANY " env=A=b. tty=# vpgid=" ANY " loginuid=" ANY " flags=" ANY " cap_inheritable=" ANY
	   " cap_permitted=" ANY " cap_effective=" ANY " exe_ino=# exe_ino_ctime=20" ANY " exe_ino_mtime=20" ANY " uid=0(root) trusted_exepath=%s "
	   "pgid=" ANY " gid=0(root)", pidt(getpid()), pidt(getpid()), pidt(getppid()), program);
	U(exit_group, 0);
}

void exec_group(void)
{
	run(WHERE, plain, 13);
	run(WHERE, through_link, 13);
	run(WHERE, script, 14);
	run(WHERE, at, 13);
	run(WHERE, many, 13);
	run(WHERE, huge, 13);
	run(WHERE, from_thread, 13);
	run(WHERE, after_vfork, 13);
	run(WHERE, failing, 0);
}
