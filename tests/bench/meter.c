/*
 * Runs a command and writes what it cost: `seconds cpu_seconds peak_kib status`, in one line of OUT.
 *
 *   meter OUT COMMAND...      runs it
 *   meter -g OUT COMMAND...   prepares it, writes its pid to OUT.pid, and starts it and the clock on SIGUSR1, so that a
 *                             tracer can attach before
 *
 * SIGINT and SIGTERM are passed on to the command. The cost is that of the process and of the children it waited for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t child;
static volatile sig_atomic_t go;

static void pass(int signal)
{
	if (signal == SIGUSR1)
		go = 1;
	else if (child > 0)
		kill(child, signal);
}

static double clock_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	int gate = argc > 1 && !strcmp(argv[1], "-g"), status = 0;
	struct sigaction action = {.sa_handler = pass};
	struct rusage usage;
	sigset_t usr1, old;

	argv += gate;
	if (argc - gate < 3) {
		fputs("usage: meter [-g] OUT COMMAND...\n", stderr);
		return 2;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &old);
	child = fork();
	if (child < 0)
		return perror("fork"), 2;
	if (child == 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		if (gate)
			raise(SIGSTOP);
		/* Shells start background commands with SIGINT ignored. */
		signal(SIGINT, SIG_DFL);
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (gate) {
		char path[4096];
		snprintf(path, sizeof(path), "%s.pid", argv[1]);
		waitpid(child, &status, WUNTRACED);
		FILE *file = fopen(path, "w");
		if (!file)
			return perror(path), 2;
		fprintf(file, "%d\n", child);
		fclose(file);
		while (!go)
			sigsuspend(&old);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	double start = clock_seconds();
	if (gate)
		kill(child, SIGCONT);
	while (wait4(child, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return perror("wait4"), 2;
	double elapsed = clock_seconds() - start;
	FILE *out = fopen(argv[1], "w");
	if (!out)
		return perror(argv[1]), 2;
	fprintf(out, "%.4f %.4f %ld %d\n", elapsed, seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss,
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	fclose(out);
	return 0;
}
