//go:build linux && desktop && production

#define _GNU_SOURCE
#include <dlfcn.h>
#include <gtk/gtk.h>
#include <string.h>
#include <webkit2/webkit2.h>
#ifdef GDK_WINDOWING_X11
#include <gdk/gdkx.h>
#endif

#include "parts.h"
#include "shell.h"
#include "_cgo_export.h"

// How long a window must have stayed as it is before that is told: the events of
// one change come apart, the new size before the new state.
enum { SETTLE_MS = 300 };

struct camwall_shell {
  uintptr_t handle;
  gboolean kiosk;
  GtkWindow *window;
  GtkWidget *menu_bar; // NULL without one
  WebKitWebView *view;
  GtkAccelGroup *keys;
  GtkWidget *chooser, *about; // NULL while not open
  guint settle;               // the timer; 0 is none
};

static gboolean later(gpointer task) {
  camwallDo((uintptr_t)task);
  return G_SOURCE_REMOVE;
}

void camwall_later(uintptr_t task) { g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, later, (gpointer)task, NULL); }

void camwall_name_program(const char *name) {
  g_set_prgname(name);
  if (gdk_display_get_default() != NULL) {
    gdk_set_program_class(name);
  }
}

void camwall_prefer_language(const char *tag) {
  const char *languages[] = {tag, NULL};
  webkit_web_context_set_preferred_languages(webkit_web_context_get_default(), languages);
}

int camwall_monitors(int *rectangles, int max) {
  GdkDisplay *display = gdk_display_get_default();
  GdkMonitor *first = gdk_display_get_primary_monitor(display);
  int count = 0;
  // The main one, then all: twice where it is that does not matter.
  for (int i = -1; i < gdk_display_get_n_monitors(display) && count < max; i++) {
    GdkMonitor *monitor = i < 0 ? first : gdk_display_get_monitor(display, i);
    if (monitor == NULL || (i >= 0 && monitor == first)) {
      continue;
    }
    GdkRectangle area;
    gdk_monitor_get_workarea(monitor, &area);
    int *at = rectangles + 4 * count++;
    at[0] = area.x, at[1] = area.y, at[2] = area.width, at[3] = area.height;
  }
  return count;
}

char *camwall_webkit_library(void) {
  Dl_info info;
  if (dladdr((void *)(uintptr_t)webkit_web_view_get_type, &info) == 0 || info.dli_fname == NULL) {
    return NULL;
  }
  return g_strdup(info.dli_fname);
}

static gboolean placed_by_us(camwall_shell *shell) {
  GdkDisplay *display = gtk_widget_get_display(GTK_WIDGET(shell->window));
  return strcmp(G_OBJECT_TYPE_NAME(display), "GdkX11Display") == 0;
}

static gboolean tell_state(gpointer data) {
  camwall_shell *shell = data;
  shell->settle = 0;
  GdkWindow *window = gtk_widget_get_window(GTK_WIDGET(shell->window));
  if (window == NULL) {
    return G_SOURCE_REMOVE;
  }
  GdkWindowState state = gdk_window_get_state(window);
  int x = 0, y = 0, width = 0, height = 0, flags = 0;
  gtk_window_get_position(shell->window, &x, &y);
  gtk_window_get_size(shell->window, &width, &height);
  flags |= state & GDK_WINDOW_STATE_MAXIMIZED ? CAMWALL_MAXIMIZED : 0;
  flags |= state & GDK_WINDOW_STATE_FULLSCREEN ? CAMWALL_FULL_SCREEN : 0;
  flags |= state & (GDK_WINDOW_STATE_ICONIFIED | GDK_WINDOW_STATE_WITHDRAWN) ? CAMWALL_MINIMIZED : 0;
  flags |= placed_by_us(shell) ? CAMWALL_PLACED : 0;
  camwallWindowState(shell->handle, x, y, width, height, flags);
  return G_SOURCE_REMOVE;
}

static void changed(camwall_shell *shell) {
  if (shell->settle != 0) {
    g_source_remove(shell->settle);
  }
  shell->settle = g_timeout_add(SETTLE_MS, tell_state, shell);
}

void camwall_shell_tell(camwall_shell *shell) {
  if (shell->settle != 0) {
    g_source_remove(shell->settle);
    tell_state(shell);
  }
}

static gboolean on_configure(GtkWidget *window, GdkEvent *event, gpointer shell) {
  (void)window, (void)event;
  changed(shell);
  return GDK_EVENT_PROPAGATE;
}

static gboolean on_state(GtkWidget *window, GdkEventWindowState *event, gpointer data) {
  (void)window;
  camwall_shell *shell = data;
  gboolean full = (event->new_window_state & GDK_WINDOW_STATE_FULLSCREEN) != 0;
  if (shell->menu_bar != NULL) {
    gtk_widget_set_visible(shell->menu_bar, !full);
  }
  if (shell->kiosk && !full && (event->changed_mask & GDK_WINDOW_STATE_FULLSCREEN)) {
    gtk_window_fullscreen(shell->window); // a window manager's key
  }
  changed(shell);
  return GDK_EVENT_PROPAGATE;
}

camwall_shell *camwall_shell_new(uintptr_t handle, int kiosk, int min_width, int min_height) {
  camwall_parts parts = camwall_find_parts();
  if (parts.view == NULL) return NULL;
  camwall_shell *shell = g_new0(camwall_shell, 1);
  shell->window = parts.window;
  shell->view = parts.view;
  shell->menu_bar = parts.menu_bar;
  shell->handle = handle;
  shell->kiosk = kiosk;
  // Wails keeps it to the size of the monitor that it began on, and has no smallest one before there is a monitor.
  GdkGeometry least = {.min_width = min_width, .min_height = min_height};
  gtk_window_set_geometry_hints(shell->window, NULL, &least, GDK_HINT_MIN_SIZE);
  gtk_window_set_icon_name(shell->window, "camwall");
  g_object_set(gtk_settings_get_default(), "gtk-application-prefer-dark-theme", TRUE, NULL); // as the page is
  shell->keys = gtk_accel_group_new();
  gtk_window_add_accel_group(shell->window, shell->keys);
  g_signal_connect(shell->window, "configure-event", G_CALLBACK(on_configure), shell);
  g_signal_connect(shell->window, "window-state-event", G_CALLBACK(on_state), shell);
  if (kiosk) {
    gtk_window_set_decorated(shell->window, FALSE);
    gtk_window_fullscreen(shell->window);
  }
  changed(shell);
  return shell;
}

void camwall_shell_free(camwall_shell *shell) {
  if (shell->settle != 0) {
    g_source_remove(shell->settle);
  }
  g_object_unref(shell->keys);
  g_free(shell); // the window is gone, and its signals with it
}

void camwall_shell_place(camwall_shell *shell, int x, int y) { gtk_window_move(shell->window, x, y); }

void camwall_shell_maximize(camwall_shell *shell) { gtk_window_maximize(shell->window); }

int camwall_shell_fills(camwall_shell *shell) {
  GdkWindow *window = gtk_widget_get_window(GTK_WIDGET(shell->window));
  return window != NULL && (gdk_window_get_state(window) & GDK_WINDOW_STATE_FULLSCREEN) != 0;
}

void camwall_shell_fill(camwall_shell *shell, int fill) {
  if (fill) {
    gtk_window_fullscreen(shell->window);
  } else {
    gtk_window_unfullscreen(shell->window);
  }
}

void camwall_shell_raise(camwall_shell *shell, const char *token) {
  guint32 now = GDK_CURRENT_TIME;
  if (*token != '\0') {
    gtk_window_set_startup_id(shell->window, token);
  }
#ifdef GDK_WINDOWING_X11
  // Window managers refuse the keyboard to who does not say when it was asked.
  GdkWindow *window = gtk_widget_get_window(GTK_WIDGET(shell->window));
  if (window != NULL && GDK_IS_X11_WINDOW(window)) {
    now = gdk_x11_get_server_time(window);
  }
#endif
  gtk_window_deiconify(shell->window);
  gtk_window_present_with_time(shell->window, now);
}

typedef struct {
  uintptr_t handle;
  int number;
} binding;

static gboolean on_key(GtkAccelGroup *group, GObject *window, guint key, GdkModifierType modifiers, gpointer data) {
  (void)group, (void)window, (void)key, (void)modifiers;
  binding *bound = data;
  camwallShortcut(bound->handle, bound->number);
  return TRUE;
}

static void free_binding(gpointer data, GClosure *closure) {
  (void)closure;
  g_free(data);
}

void camwall_shell_bind(camwall_shell *shell, const char *key, int number) {
  guint value;
  GdkModifierType modifiers;
  gtk_accelerator_parse(key, &value, &modifiers);
  binding *bound = g_new(binding, 1);
  *bound = (binding){.handle = shell->handle, .number = number};
  gtk_accel_group_connect(shell->keys, value, modifiers, 0, g_cclosure_new(G_CALLBACK(on_key), bound, free_binding));
}

void camwall_shell_zoom(camwall_shell *shell, double level) { webkit_web_view_set_zoom_level(shell->view, level); }

void camwall_shell_script(camwall_shell *shell, const char *script) {
  webkit_web_view_evaluate_javascript(shell->view, script, -1, NULL, NULL, NULL, NULL, NULL);
}

static void on_chosen(GtkDialog *dialog, gint response, gpointer data) {
  camwall_shell *shell = data;
  char *path = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_filename(GTK_FILE_CHOOSER(dialog)) : NULL;
  shell->chooser = NULL;
  gtk_widget_destroy(GTK_WIDGET(dialog));
  camwallFileChosen(shell->handle, path);
  g_free(path);
}

void camwall_shell_ask_file(camwall_shell *shell, camwall_save_words words, const char *folder, const char *name) {
  GtkWidget *dialog = gtk_file_chooser_dialog_new(words.title, shell->window, GTK_FILE_CHOOSER_ACTION_SAVE, words.cancel,
                                                  GTK_RESPONSE_CANCEL, words.save, GTK_RESPONSE_ACCEPT, NULL);
  GtkFileChooser *chooser = GTK_FILE_CHOOSER(dialog);
  gtk_dialog_set_default_response(GTK_DIALOG(dialog), GTK_RESPONSE_ACCEPT);
  gtk_window_set_modal(GTK_WINDOW(dialog), TRUE);
  gtk_window_set_destroy_with_parent(GTK_WINDOW(dialog), TRUE);
  gtk_file_chooser_set_do_overwrite_confirmation(chooser, TRUE);
  gtk_file_chooser_set_create_folders(chooser, TRUE);
  GtkFileFilter *pictures = gtk_file_filter_new();
  gtk_file_filter_set_name(pictures, words.pictures);
  gtk_file_filter_add_mime_type(pictures, "image/jpeg");
  gtk_file_chooser_add_filter(chooser, pictures); // which takes it
  if (folder == NULL || !g_file_test(folder, G_FILE_TEST_IS_DIR)) {
    folder = g_get_user_special_dir(G_USER_DIRECTORY_PICTURES);
  }
  if (folder == NULL || !g_file_test(folder, G_FILE_TEST_IS_DIR)) {
    folder = g_get_home_dir();
  }
  gtk_file_chooser_set_current_folder(chooser, folder);
  gtk_file_chooser_set_current_name(chooser, name);
  g_signal_connect(dialog, "response", G_CALLBACK(on_chosen), shell);
  shell->chooser = dialog;
  gtk_widget_show(dialog);
}

static void on_read(GtkDialog *dialog, gint response, gpointer data) {
  (void)response;
  ((camwall_shell *)data)->about = NULL;
  gtk_widget_destroy(GTK_WIDGET(dialog));
}

void camwall_shell_about(camwall_shell *shell, const char *title, const char *text, const char *version) {
  if (shell->about != NULL) {
    gtk_window_present(GTK_WINDOW(shell->about));
    return;
  }
  GtkWidget *dialog = gtk_about_dialog_new();
  gtk_window_set_transient_for(GTK_WINDOW(dialog), shell->window);
  gtk_window_set_destroy_with_parent(GTK_WINDOW(dialog), TRUE);
  g_object_set(dialog, "program-name", "Camwall", "title", title, "comments", text, "version", version, "logo-icon-name",
               "camwall", NULL);
  g_signal_connect(dialog, "response", G_CALLBACK(on_read), shell);
  shell->about = dialog;
  gtk_widget_show(dialog);
}

void camwall_shell_close_dialogs(camwall_shell *shell) {
  if (shell->chooser != NULL) {
    gtk_dialog_response(GTK_DIALOG(shell->chooser), GTK_RESPONSE_CANCEL);
  }
  if (shell->about != NULL) {
    gtk_dialog_response(GTK_DIALOG(shell->about), GTK_RESPONSE_CLOSE);
  }
}
