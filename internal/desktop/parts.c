//go:build linux && desktop && production

#include "parts.h"

static void look_below(GtkWidget *widget, gpointer data) {
  camwall_parts *parts = data;
  if (WEBKIT_IS_WEB_VIEW(widget)) {
    if (parts->view == NULL) parts->view = WEBKIT_WEB_VIEW(widget);
  } else if (GTK_IS_MENU_BAR(widget)) {
    parts->menu_bar = widget;
  } else if (GTK_IS_CONTAINER(widget)) {
    gtk_container_forall(GTK_CONTAINER(widget), look_below, parts);
  }
}

camwall_parts camwall_find_parts(void) {
  camwall_parts parts = {0};
  GList *windows = gtk_window_list_toplevels();
  for (GList *item = windows; item != NULL && parts.view == NULL; item = item->next) {
    parts = (camwall_parts){.window = GTK_WINDOW(item->data)};
    look_below(GTK_WIDGET(item->data), &parts);
  }
  g_list_free(windows);
  return parts;
}
