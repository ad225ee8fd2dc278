/* Processes that end while their threads still run: ROUNDS of them, THREADS beside the first of each. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *idle(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[1]) : 0, threads = argc > 2 ? atoi(argv[2]) : 0;

	for (int round = 0; round < rounds; round++) {
		pid_t child = fork();
		pthread_t thread;

		if (!child) {
			for (int n = 0; n < threads; n++)
				if (pthread_create(&thread, NULL, idle, NULL))
					abort();
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
	return 0;
}
