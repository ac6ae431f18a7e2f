#include <sys/prctl.h>

// Go's monitor thread asks every 20 us whether a call into C has ended, as long
// as one runs: dozens of wake-ups a picture. With more slack the kernel lets it
// sleep longer; all timers of the process may be late by as much, which nothing
// of ours notices. Threads inherit the slack from the first, so it is set before
// Go starts any.
enum { SLACK_NANOSECONDS = 2000000 };

__attribute__((constructor)) static void set_timer_slack(void) {
	prctl(PR_SET_TIMERSLACK, SLACK_NANOSECONDS, 0, 0, 0);
}
