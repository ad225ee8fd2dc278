/* A process that changes users in a user namespace of its own, whose numbers are not those of the host. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int put(int pid, const char *file, const char *text)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	int fd = open(path, O_WRONLY);
	int ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

int main(void)
{
	int ready[2], mapped[2], status = 0;
	char c = 0;

	if (pipe(ready) || pipe(mapped))
		return 1;
	int child = fork();
	if (!child) {
		if (unshare(CLONE_NEWUSER) || write(ready[1], &c, 1) != 1 || read(mapped[0], &c, 1) != 1)
			_exit(1);
		if (syscall(SYS_setgid, 5) || syscall(SYS_setresuid, 0, 0, 0))
			_exit(1);
		getppid();
		if (syscall(SYS_setuid, 7))
			_exit(1);
		getppid();
		syscall(SYS_setuid, 8);
		getppid();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) == 1 && put(child, "uid_map", "0 100000 1000") && put(child, "gid_map", "0 200000 1000"))
		write(mapped[1], &c, 1);
	close(mapped[0]);
	close(mapped[1]);
	waitpid(child, &status, 0);
	return status ? 1 : 0;
}
