/* Scheduling. */
#include "record.h"
#include <sched.h>
#include <time.h>

void sched_group(void)
{
	struct sched_param param = {0};
	struct timespec ts;
	cpu_set_t set;
	char attr[64] = {0};

	G(sched_yield);
	G(sched_getscheduler, 0);
	G(sched_getparam, 0, &param);
	G(sched_setparam, 0, &param);
	G(sched_setscheduler, 0, SCHED_OTHER, &param);
	G(sched_get_priority_max, SCHED_FIFO);
	G(sched_get_priority_min, SCHED_FIFO);
	G(sched_rr_get_interval, 0, &ts);
	G(sched_getaffinity, 0, sizeof(set), &set);
	G(sched_setaffinity, 0, sizeof(set), &set);
	G(sched_getattr, 0, attr, sizeof(attr), 0);
	G(sched_setattr, 0, attr, 0);
	G(ioprio_get, 1, 0);
	G(ioprio_set, 1, 0, 0);
	G(getcpu, 0, 0, 0);
	G(rseq, 0, 0, 0, 0);
}
