/*
 * Makes known system calls with known arguments and keeps a record of them (record.h).
 *
 *   calls RECORD WORKDIR [GROUP...]     all groups but the big ones, or those named
 *   calls -t HOW ..., calls -s ...      what the exec tests execute
 *   calls -l                            names of the groups
 */
#include "record.h"
#include <sys/stat.h>

static const struct group {
	const char *name;
	void (*run)(void);
} groups[] = {
	{"file", file_group},   {"path", path_group},     {"io", io_group},	    {"fd", fd_group},
	{"net", net_group},	{"unix", unix_group},	  {"msg", msg_group},	    {"mem", mem_group},
	{"proc", proc_group},	{"cred", cred_group},	  {"signal", signal_group}, {"time", time_group},
	{"ipc", ipc_group},	{"sched", sched_group},	  {"mount", mount_group},   {"kernel", kernel_group},
	{"bad", bad_group},	{"abi", abi_group},	  {"exec", exec_group},	    {"crowd", crowd_group},
	{"storm", storm_group},
};

#define GROUPS (sizeof(groups) / sizeof(*groups))

int main(int argc, char **argv)
{
	static char self[4096], directory[4096];

	if (argc > 1 && (!strcmp(argv[1], "-t") || !strcmp(argv[1], "-s")))
		return exec_target(argc, argv);
	if (argc == 2 && !strcmp(argv[1], "-l")) {
		for (size_t i = 0; i < GROUPS; i++)
			puts(groups[i].name);
		return 0;
	}
	if (argc < 3) {
		fputs("usage: calls RECORD WORKDIR [GROUP...]\n", stderr);
		return 2;
	}
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 || !realpath(argv[2], directory)) {
		perror(argv[2]);
		return 2;
	}
	program = self;
	work = directory;
	setenv("CALLS_RECORD", realpath(argv[1], NULL) ?: argv[1], 1);
	/* Which numbers are free must not depend on who started this. */
	U(close_range, 3, ~0U, 0);
	record_open(argv[1]);
	umask(022);
	if (C(chdir, work) < 0)
		return 2;
	ev("res=0 path=%s", work);
	for (size_t i = 0; i < GROUPS; i++) {
		int wanted = argc == 3;
		for (int n = 3; n < argc; n++)
			wanted |= !strcmp(argv[n], groups[i].name);
		if (wanted)
			in_child(WHERE, groups[i].run);
	}
	return 0;
}
