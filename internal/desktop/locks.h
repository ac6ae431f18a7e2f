#ifndef CAMWALL_DESKTOP_LOCKS_H
#define CAMWALL_DESKTOP_LOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include <webkit2/webkit2.h>

// camwall_lock takes from view what leads out of the page: other addresses, new
// windows, downloads, dialogs of scripts, requests for devices; where to go
// instead it asks camwallMayShow(handle, ...). A kiosk's loses context menu,
// printing, file choosers, selection, dragging, zoom and every gesture of more
// than one finger, too. On GTK's thread, once.
void camwall_lock(WebKitWebView *view, uintptr_t handle, bool kiosk);

#endif
