/* Clocks, timers and sleeping. */
#include "record.h"
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/timerfd.h>
#include <time.h>

void time_group(void)
{
	struct timespec ts, short_sleep = {0, 1000000}, none = {0, 0};
	struct timeval tv;
	struct itimerval it = {{0, 0}, {0, 0}};
	struct itimerspec spec = {{0, 0}, {0, 1000000}};
	struct timex tx = {.modes = 0};
	int timer = 0;
	uint64_t ticks;

	G(time, 0);
	G(gettimeofday, &tv, 0);
	G(clock_gettime, CLOCK_MONOTONIC, &ts);
	G(clock_getres, CLOCK_MONOTONIC, &ts);
	G(clock_settime, 99, &ts);
	G(settimeofday, 0, 0);
	G(adjtimex, &tx);
	G(clock_adjtime, CLOCK_REALTIME, &tx);
	C(nanosleep, &short_sleep, 0);
	ev("res=0 interval=1000000(0.001s)");
	C(nanosleep, &none, 0);
	ev("res=0 interval=0(0s)");
	C(nanosleep, 0, 0);
	ev("res=-14(EFAULT) interval=?");
	G(clock_nanosleep, CLOCK_MONOTONIC, 0, &short_sleep, 0);
	G(getitimer, ITIMER_VIRTUAL, &it);
	G(setitimer, ITIMER_VIRTUAL, &it, 0);
	G(alarm, 0);
	G(timer_create, CLOCK_MONOTONIC, 0, &timer);
	G(timer_settime, timer, 0, &spec, 0);
	G(timer_gettime, timer, &spec);
	G(timer_getoverrun, timer);
	G(timer_delete, timer);
	long fd = C(timerfd_create, CLOCK_MONOTONIC, TFD_CLOEXEC);
	ev("res=%s clockid=1 flags=" ANY, fdt(fd, "<t>"));
	spec = (struct itimerspec){{0, 0}, {0, 1000000}};
	G(timerfd_settime, fd, 0, &spec, 0);
	G(timerfd_gettime, fd, &spec);
	C(read, fd, &ticks, 8);
	ev("res=8 data=%s fd=%s size=8", dots(&ticks, 8), fdt(fd, "<t>"));
	U(close, fd);
	C(timerfd_create, 77, 0);
	ev("res=-22(EINVAL) clockid=77 flags=0");
}
