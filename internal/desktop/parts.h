#ifndef CAMWALL_DESKTOP_PARTS_H
#define CAMWALL_DESKTOP_PARTS_H

#include <gtk/gtk.h>
#include <webkit2/webkit2.h>

// camwall_parts are the widgets of our window, which Wails makes and keeps to
// itself. menu_bar may be NULL.
typedef struct {
  GtkWindow *window;
  WebKitWebView *view;
  GtkWidget *menu_bar;
} camwall_parts;

// camwall_find_parts returns the first window that has a web view; view is NULL
// while there is none. On GTK's thread.
camwall_parts camwall_find_parts(void);

#endif
