#ifndef CAMWALL_DESKTOP_GUARD_H
#define CAMWALL_DESKTOP_GUARD_H

#include <stdint.h>

// camwall_guard looks after process and window from GTK's thread once its loop
// runs: it keeps Go's signals working, sets the window's smallest size, and when
// the page's process has died it asks camwallPageDied(handle, reason) after how
// many milliseconds to load the page anew. May be called from any thread, after
// gtk_init.
void camwall_guard(uintptr_t handle, int min_width, int min_height);

// camwall_quit ends GTK's loop from within, now or as soon as it runs. May be
// called from any thread, after gtk_init.
void camwall_quit(void);

#endif
