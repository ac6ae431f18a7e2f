//go:build linux && desktop && production

#include <signal.h>

#include <gtk/gtk.h>
#include <webkit2/webkit2.h>

#include "guard.h"
#include "locks.h"
#include "parts.h"
#include "_cgo_export.h"

// What Go wants done: verdict in health.go.
enum { KEEP_PAGE, END_PAGE, ASK_SCREEN };

// The network process holds nothing that lasts: WebKit frees its memory above half
// of this, and ends it above all of it; the page connects again.
#define NETWORK_MIB 512

// How many turns, of a second each, the last picture of a page stands while the
// next one is loaded.
#define COVER_TURNS 3

// How long the screen is asked for, in ms.
#define PROBE_MS 3000

// state is of GTK's thread, but for handle, which is set before its loop runs.
static struct {
  uintptr_t handle; // 0: nobody is to be told
  bool kiosk;
  WebKitWebView *view; // NULL before it is there and after it went
  guint reload;        // the source of a reload to come; 0 for none
  bool died;           // since END_PAGE was begun
  cairo_surface_t *cover; // the last picture of a page that is being replaced; NULL for none
  int cover_turns;     // for which it stands
  guint ticking;       // the callback of a probe; 0 for none
  int ticks;
} state;

static gboolean reload_now(gpointer data) {
  (void)data;
  state.reload = 0;
  if (state.view == NULL) return G_SOURCE_REMOVE;
  if (webkit_web_view_get_uri(state.view) == NULL) {
    webkit_web_view_load_uri(state.view, "wails://wails/"); // it died before its first page
  } else {
    webkit_web_view_reload(state.view);
  }
  return G_SOURCE_REMOVE;
}

static void reload_in(unsigned delay_ms) {
  if (state.reload != 0) g_source_remove(state.reload);
  state.reload = g_timeout_add(delay_ms, reload_now, NULL);
}

static void on_terminated(WebKitWebView *view, WebKitWebProcessTerminationReason reason, gpointer data) {
  (void)view;
  (void)data;
  state.died = true;
  if (state.handle != 0) reload_in(camwallPageDied(state.handle, (int)reason));
}

static void on_load_changed(WebKitWebView *view, WebKitLoadEvent event, gpointer data) {
  (void)view;
  (void)data;
  if (state.handle == 0) return;
  if (event == WEBKIT_LOAD_STARTED) camwallPageLoading(state.handle, 0);
  if (event == WEBKIT_LOAD_COMMITTED) camwallPageLoading(state.handle, 1);
}

// on_load_failed keeps WebKit from showing a page of its own, a white one.
static gboolean on_load_failed(WebKitWebView *view, WebKitLoadEvent event, char *uri, GError *error, gpointer data) {
  (void)view;
  (void)event;
  (void)uri;
  (void)data;
  // What another load or a policy has put an end to is no failure.
  if (state.handle == 0 || g_error_matches(error, WEBKIT_NETWORK_ERROR, WEBKIT_NETWORK_ERROR_CANCELLED) ||
      g_error_matches(error, WEBKIT_POLICY_ERROR, WEBKIT_POLICY_ERROR_FRAME_LOAD_INTERRUPTED_BY_POLICY_CHANGE)) {
    return TRUE;
  }
  reload_in(camwallLoadFailed(state.handle, error->message));
  return TRUE;
}

// on_drawn paints the last picture over a page that has none yet.
static gboolean on_drawn(GtkWidget *widget, cairo_t *cr, gpointer data) {
  (void)widget;
  (void)data;
  if (state.cover != NULL) {
    cairo_set_source_surface(cr, state.cover, 0, 0);
    cairo_paint(cr);
  }
  return FALSE;
}

static void uncover(void) {
  if (state.cover == NULL) return;
  cairo_surface_destroy(state.cover);
  state.cover = NULL;
  if (state.view != NULL) gtk_widget_queue_draw(GTK_WIDGET(state.view));
}

static void on_view_gone(gpointer data, GObject *view) {
  (void)data;
  (void)view;
  state.view = NULL;
  state.ticking = 0;
  uncover();
}

static void cover(void) {
  GtkWidget *widget = GTK_WIDGET(state.view);
  GdkWindow *window = gtk_widget_get_window(widget);
  uncover();
  if (window == NULL) return;
  cairo_surface_t *surface = gdk_window_create_similar_surface(
      window, CAIRO_CONTENT_COLOR, gtk_widget_get_allocated_width(widget), gtk_widget_get_allocated_height(widget));
  cairo_t *cr = cairo_create(surface);
  gtk_widget_draw(widget, cr);
  cairo_destroy(cr);
  state.cover = surface;
  state.cover_turns = COVER_TURNS;
}

// watch_view takes the web view under guard.
static void watch_view(WebKitWebView *view) {
  state.view = view;
  g_object_weak_ref(G_OBJECT(view), on_view_gone, NULL);
  g_signal_connect(view, "web-process-terminated", G_CALLBACK(on_terminated), NULL);
  g_signal_connect(view, "load-changed", G_CALLBACK(on_load_changed), NULL);
  g_signal_connect(view, "load-failed", G_CALLBACK(on_load_failed), NULL);
  g_signal_connect_after(view, "draw", G_CALLBACK(on_drawn), NULL);
  camwall_lock(view, state.handle, state.kiosk);
}

// mend_signals gives Go's alternate stack back to the handlers of faults: those
// of JavaScriptCore hand on to Go what is not theirs, but on the wrong stack, and
// Go then ends the process where it would have made a panic. SIGUSR1 stays as it
// is: with it JavaScriptCore stops threads to look at their stacks.
static void mend_signals(void) {
  static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
  for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
    struct sigaction action;
    if (sigaction(faults[i], NULL, &action) == 0 && !(action.sa_flags & SA_ONSTACK) &&
        action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) {
      action.sa_flags |= SA_ONSTACK;
      sigaction(faults[i], &action, NULL);
    }
  }
}

// on_probe_tick draws something: only then does the screen show whether it asks
// for another picture.
static gboolean on_probe_tick(GtkWidget *widget, GdkFrameClock *clock, gpointer data) {
  (void)clock;
  (void)data;
  state.ticks++;
  gtk_widget_queue_draw_area(widget, 0, 0, 1, 1);
  return G_SOURCE_CONTINUE;
}

static gboolean end_probe(gpointer data) {
  (void)data;
  if (state.ticking != 0 && state.view != NULL) {
    gtk_widget_remove_tick_callback(GTK_WIDGET(state.view), state.ticking);
  }
  state.ticking = 0;
  if (state.handle != 0) camwallScreenAsked(state.handle, state.ticks);
  return G_SOURCE_REMOVE;
}

// ask_screen counts for a while how often the screen asks for a picture.
static void ask_screen(void) {
  GtkWidget *widget = GTK_WIDGET(state.view);
  GdkWindow *window = gtk_widget_get_window(gtk_widget_get_toplevel(widget));
  state.ticks = 0;
  const GdkWindowState unseen = GDK_WINDOW_STATE_ICONIFIED | GDK_WINDOW_STATE_WITHDRAWN;
  if (window != NULL && !(gdk_window_get_state(window) & unseen) && state.ticking == 0) {
    state.ticking = gtk_widget_add_tick_callback(widget, on_probe_tick, NULL, NULL);
    gtk_widget_queue_draw_area(widget, 0, 0, 1, 1);
  }
  g_timeout_add(PROBE_MS, end_probe, NULL);
}

static void end_page(void) {
  cover();
  state.died = false;
  webkit_web_view_terminate_web_process(state.view);
  // It had no process, or WebKit tells of its end only later.
  if (!state.died) reload_in(1000);
}

// want_network asks the network process anything: WebKit starts another one only
// when it is needed, and what the page keeps for the next one lives there.
static void want_network(void) {
  WebKitWebsiteDataManager *data = webkit_web_view_get_website_data_manager(state.view);
  webkit_cookie_manager_get_accept_policy(webkit_website_data_manager_get_cookie_manager(data), NULL, NULL, NULL);
}

static void turn(void) {
  if (state.handle == 0) return;
  mend_signals();
  int wanted = camwallLoopTurns(state.handle);
  if (state.view == NULL) return;
  want_network();
  if (state.cover != NULL && --state.cover_turns <= 0) uncover();
  if (wanted == END_PAGE) end_page();
  if (wanted == ASK_SCREEN) ask_screen();
}

static gboolean turn_always(gpointer data) {
  (void)data;
  turn();
  return G_SOURCE_CONTINUE;
}

static gboolean turn_once(gpointer data) {
  (void)data;
  turn();
  return G_SOURCE_REMOVE;
}

static gboolean start(gpointer data) {
  (void)data;
  // JavaScriptCore sets its handlers when it runs a first script in this process:
  // here, before the page has sent anything. The timer is for what we don't know.
  JSCContext *context = jsc_context_new();
  g_object_unref(jsc_context_evaluate(context, "0", -1));
  g_object_unref(context);
  turn();
  g_timeout_add_seconds(1, turn_always, NULL);
  camwall_parts parts = camwall_find_parts();
  if (parts.view != NULL) watch_view(parts.view);
  return G_SOURCE_REMOVE;
}

static void bound_network(void) {
  WebKitMemoryPressureSettings *settings = webkit_memory_pressure_settings_new();
  webkit_memory_pressure_settings_set_memory_limit(settings, NETWORK_MIB);
  // From the largest down: each has to lie below the next.
  webkit_memory_pressure_settings_set_kill_threshold(settings, 1);
  webkit_memory_pressure_settings_set_strict_threshold(settings, 0.75);
  webkit_memory_pressure_settings_set_conservative_threshold(settings, 0.5);
  webkit_website_data_manager_set_memory_pressure_settings(settings);
  webkit_memory_pressure_settings_free(settings);
}

void camwall_guard(uintptr_t handle, bool kiosk) {
  state.handle = handle;
  state.kiosk = kiosk;
  bound_network();
  g_idle_add(start, NULL);
}

void camwall_guard_release(void) { state.handle = 0; }

void camwall_poke(void) { g_idle_add(turn_once, NULL); }

// reload_once takes the place of a reload to come.
static gboolean reload_once(gpointer data) {
  (void)data;
  reload_in(0);
  return G_SOURCE_REMOVE;
}

void camwall_reload(void) { g_idle_add(reload_once, NULL); }

static gboolean nudge(gpointer data) {
  (void)data;
  if (state.view != NULL) {
    const char *script = "window.camwall?.menu?.('reconnect')";
    webkit_web_view_evaluate_javascript(state.view, script, -1, NULL, NULL, NULL, NULL, NULL);
  }
  return G_SOURCE_REMOVE;
}

void camwall_nudge(void) { g_idle_add(nudge, NULL); }

static gboolean uncover_now(gpointer data) {
  (void)data;
  uncover();
  return G_SOURCE_REMOVE;
}

void camwall_uncover(void) { g_idle_add(uncover_now, NULL); }

static gboolean quit(gpointer data) {
  (void)data;
  gtk_main_quit();
  return G_SOURCE_REMOVE;
}

void camwall_quit(void) { g_idle_add(quit, NULL); }
