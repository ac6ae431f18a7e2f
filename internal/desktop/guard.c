//go:build linux && desktop && production

#include <signal.h>

#include <gtk/gtk.h>
#include <webkit2/webkit2.h>

#include "guard.h"
#include "_cgo_export.h"

typedef struct {
  uintptr_t handle;
  int min_width, min_height;
} guard_args;

static gboolean reload(gpointer view) {
  webkit_web_view_reload(WEBKIT_WEB_VIEW(view));
  g_object_unref(view);
  return G_SOURCE_REMOVE;
}

static void on_terminated(WebKitWebView *view, WebKitWebProcessTerminationReason reason, gpointer handle) {
  unsigned delay_ms = camwallPageDied((uintptr_t)handle, (int)reason);
  g_timeout_add(delay_ms, reload, g_object_ref(view));
}

// find_views connects every web view below widget: Wails keeps its own to itself.
static void find_views(GtkWidget *widget, gpointer args) {
  if (WEBKIT_IS_WEB_VIEW(widget)) {
    g_signal_connect(widget, "web-process-terminated", G_CALLBACK(on_terminated),
                     (gpointer)((guard_args *)args)->handle);
  } else if (GTK_IS_CONTAINER(widget)) {
    gtk_container_forall(GTK_CONTAINER(widget), find_views, args);
  }
}

// mend_signals gives Go's alternate stack back to the handlers of faults: those
// of JavaScriptCore hand on to Go what is not theirs, but on the wrong stack, and
// Go then ends the process where it would have made a panic. SIGUSR1 stays as it
// is: with it JavaScriptCore stops threads to look at their stacks.
static gboolean mend_signals(gpointer data) {
  static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
  (void)data;
  for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
    struct sigaction action;
    if (sigaction(faults[i], NULL, &action) == 0 && !(action.sa_flags & SA_ONSTACK) &&
        action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) {
      action.sa_flags |= SA_ONSTACK;
      sigaction(faults[i], &action, NULL);
    }
  }
  return G_SOURCE_CONTINUE;
}

static gboolean start(gpointer data) {
  guard_args *args = data;
  // JavaScriptCore sets its handlers when it runs a first script in this process:
  // here, before the page has sent anything. The timer is for what we don't know.
  JSCContext *context = jsc_context_new();
  g_object_unref(jsc_context_evaluate(context, "0", -1));
  g_object_unref(context);
  mend_signals(NULL);
  g_timeout_add_seconds(1, mend_signals, NULL);
  GList *windows = gtk_window_list_toplevels();
  for (GList *item = windows; item != NULL; item = item->next) {
    // Wails sets it before the window has a monitor, and then leaves it out.
    GdkGeometry least = {.min_width = args->min_width, .min_height = args->min_height};
    gtk_window_set_geometry_hints(GTK_WINDOW(item->data), NULL, &least, GDK_HINT_MIN_SIZE);
    find_views(GTK_WIDGET(item->data), args);
  }
  g_list_free(windows);
  g_free(args);
  return G_SOURCE_REMOVE;
}

void camwall_guard(uintptr_t handle, int min_width, int min_height) {
  guard_args *args = g_new(guard_args, 1);
  *args = (guard_args){.handle = handle, .min_width = min_width, .min_height = min_height};
  g_idle_add(start, args);
}

static gboolean quit(gpointer data) {
  (void)data;
  gtk_main_quit();
  return G_SOURCE_REMOVE;
}

void camwall_quit(void) { g_idle_add(quit, NULL); }
