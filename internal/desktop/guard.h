#ifndef CAMWALL_DESKTOP_GUARD_H
#define CAMWALL_DESKTOP_GUARD_H

#include <stdbool.h>
#include <stdint.h>

// camwall_guard looks after process and page from GTK's thread once its loop runs:
// it keeps Go's signals working, locks the web view (locks.h), tells Go once a
// second that the loop turns, and does to the page what Go wants then. May be called
// from any thread, after gtk_init and before the first web view.
void camwall_guard(uintptr_t handle, bool kiosk);

// camwall_guard_release: nothing is told to Go from here on. On GTK's thread, when
// its loop has ended.
void camwall_guard_release(void);

// camwall_poke has Go told soon that the loop turns. May be called from any thread.
void camwall_poke(void);

// camwall_reload loads the page anew in the process that it has. May be called
// from any thread.
void camwall_reload(void);

// camwall_nudge has the page connect anew: what carried its pictures has died. May
// be called from any thread.
void camwall_nudge(void);

// camwall_uncover takes the last frame of the page before away: the new one shows
// pictures. May be called from any thread.
void camwall_uncover(void);

// camwall_quit ends GTK's loop from within, now or as soon as it runs. May be
// called from any thread, after gtk_init.
void camwall_quit(void);

#endif
