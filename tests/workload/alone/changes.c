/* A thread that is of no interest for a while, changes often, and then is. */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	for (int changes = 250; changes < 260; changes++) {
		if (!fork()) {
			for (int n = 0; n < 20; n++) {
				syscall(SYS_getppid);
				usleep(2000);
			}
			for (int n = 0; n < changes; n++)
				prctl(PR_GET_DUMPABLE);
			syscall(SYS_setuid, 65534);
			for (int n = 0; n < 100; n++)
				syscall(SYS_getppid);
			_exit(0);
		}
		wait(NULL);
	}
	return 0;
}
