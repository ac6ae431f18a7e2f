//go:build linux && desktop && production

#include <gtk/gtk.h>
#include <webkit2/webkit2.h>

#include "locks.h"
#include "_cgo_export.h"

// What camwallMayShow answers: passage in locks.go.
enum { REFUSED, SHOWN, HANDED_ON };

// A finger that was lifted while nobody told us is forgotten after so long, in ms.
#define TOUCH_MS 30000

static gboolean refuse(void) { return TRUE; }

static void decide_navigation(WebKitWebView *view, WebKitPolicyDecision *decision, bool new_window, uintptr_t handle) {
  WebKitNavigationAction *action =
      webkit_navigation_policy_decision_get_navigation_action(WEBKIT_NAVIGATION_POLICY_DECISION(decision));
  const char *uri = webkit_uri_request_get_uri(webkit_navigation_action_get_request(action));
  int answer = camwallMayShow(handle, (char *)uri, webkit_navigation_action_is_user_gesture(action));
  if (answer == SHOWN && !new_window) {
    webkit_policy_decision_use(decision);
    return;
  }
  webkit_policy_decision_ignore(decision);
  if (answer != HANDED_ON) return;
  GtkWidget *window = gtk_widget_get_toplevel(GTK_WIDGET(view));
  GError *error = NULL;
  if (!gtk_show_uri_on_window(GTK_WINDOW(window), uri, GDK_CURRENT_TIME, &error)) {
    camwallNotHandedOn(handle, error->message);
    g_error_free(error);
  }
}

static gboolean on_policy(WebKitWebView *view, WebKitPolicyDecision *decision, WebKitPolicyDecisionType type,
                          gpointer handle) {
  switch (type) {
  case WEBKIT_POLICY_DECISION_TYPE_NAVIGATION_ACTION:
    decide_navigation(view, decision, false, (uintptr_t)handle);
    return TRUE;
  case WEBKIT_POLICY_DECISION_TYPE_NEW_WINDOW_ACTION:
    decide_navigation(view, decision, true, (uintptr_t)handle);
    return TRUE;
  case WEBKIT_POLICY_DECISION_TYPE_RESPONSE:
    if (webkit_response_policy_decision_is_mime_type_supported(WEBKIT_RESPONSE_POLICY_DECISION(decision))) return FALSE;
    webkit_policy_decision_ignore(decision); // it would be a download
    return TRUE;
  }
  return FALSE;
}

// on_create: what a script opens has no window.
static GtkWidget *on_create(void) { return NULL; }

static gboolean on_script_dialog(WebKitWebView *view, WebKitScriptDialog *dialog, gpointer data) {
  (void)view;
  (void)data;
  // A page that asks whether to leave it is left: reloads need it.
  if (webkit_script_dialog_get_dialog_type(dialog) == WEBKIT_SCRIPT_DIALOG_BEFORE_UNLOAD_CONFIRM) {
    webkit_script_dialog_confirm_set_confirmed(dialog, TRUE);
  }
  return TRUE;
}

static gboolean on_permission(WebKitWebView *view, WebKitPermissionRequest *request, gpointer data) {
  (void)view;
  (void)data;
  webkit_permission_request_deny(request);
  return TRUE;
}

static void on_download(WebKitWebContext *context, WebKitDownload *download, gpointer data) {
  (void)context;
  (void)data;
  webkit_download_cancel(download);
}

static gboolean on_file_chooser(WebKitWebView *view, WebKitFileChooserRequest *request, gpointer data) {
  (void)view;
  (void)data;
  webkit_file_chooser_request_cancel(request);
  return TRUE;
}

static void on_zoom(WebKitWebView *view, GParamSpec *property, gpointer data) {
  (void)property;
  (void)data;
  if (webkit_web_view_get_zoom_level(view) != 1) webkit_web_view_set_zoom_level(view, 1);
}

// first_finger lets one finger through, and of a second one nothing.
static bool first_finger(GdkEvent *event) {
  static GdkEventSequence *finger;
  static gint64 heard;
  GdkEventSequence *sequence = gdk_event_get_event_sequence(event);
  gint64 now = g_get_monotonic_time() / 1000;
  if (event->type == GDK_TOUCH_BEGIN && (finger == NULL || now - heard > TOUCH_MS)) finger = sequence;
  if (sequence != finger) return false;
  heard = now;
  if (event->type == GDK_TOUCH_END || event->type == GDK_TOUCH_CANCEL) finger = NULL;
  return true;
}

static bool kiosk_may(GdkEvent *event) {
  switch (event->type) {
  case GDK_TOUCH_BEGIN:
  case GDK_TOUCH_UPDATE:
  case GDK_TOUCH_END:
  case GDK_TOUCH_CANCEL:
    return first_finger(event);
  case GDK_TOUCHPAD_SWIPE:
  case GDK_TOUCHPAD_PINCH:
    return false;
  case GDK_SCROLL:
    return !(event->scroll.state & GDK_CONTROL_MASK);
  case GDK_BUTTON_PRESS:
  case GDK_2BUTTON_PRESS:
  case GDK_3BUTTON_PRESS:
  case GDK_BUTTON_RELEASE:
    // The others paste, open menus, go back and forward.
    return event->button.button == GDK_BUTTON_PRIMARY;
  case GDK_KEY_PRESS:
  case GDK_KEY_RELEASE:
    switch (event->key.keyval) {
    case GDK_KEY_Back:
    case GDK_KEY_Forward:
    case GDK_KEY_Reload:
    case GDK_KEY_Refresh:
    case GDK_KEY_HomePage:
    case GDK_KEY_ZoomIn:
    case GDK_KEY_ZoomOut:
    case GDK_KEY_Menu:
      return false;
    case GDK_KEY_F7: // the caret
    case GDK_KEY_F10: // menus
    case GDK_KEY_F12:
      return event->key.state & (GDK_CONTROL_MASK | GDK_MOD1_MASK); // may open the PIN pad
    }
    return true;
  default:
    return true;
  }
}

static void on_event(GdkEvent *event, gpointer data) {
  (void)data;
  if (kiosk_may(event)) gtk_main_do_event(event);
}

static void lock_kiosk(WebKitWebView *view) {
  g_signal_connect(view, "context-menu", G_CALLBACK(refuse), NULL);
  g_signal_connect(view, "print", G_CALLBACK(refuse), NULL);
  g_signal_connect(view, "show-option-menu", G_CALLBACK(refuse), NULL);
  g_signal_connect(view, "run-file-chooser", G_CALLBACK(on_file_chooser), NULL);
  g_signal_connect(view, "notify::zoom-level", G_CALLBACK(on_zoom), NULL);
  gtk_drag_dest_unset(GTK_WIDGET(view));
  // A field where nothing can be selected takes no keys.
  WebKitUserStyleSheet *sheet = webkit_user_style_sheet_new(
      "*:not(input):not(textarea) { -webkit-user-select: none !important; -webkit-user-drag: none !important;"
      " -webkit-touch-callout: none !important }",
      WEBKIT_USER_CONTENT_INJECT_ALL_FRAMES, WEBKIT_USER_STYLE_LEVEL_USER, NULL, NULL);
  webkit_user_content_manager_add_style_sheet(webkit_web_view_get_user_content_manager(view), sheet);
  webkit_user_style_sheet_unref(sheet);
  WebKitSettings *settings = webkit_web_view_get_settings(view);
  webkit_settings_set_enable_developer_extras(settings, FALSE);
  webkit_settings_set_enable_caret_browsing(settings, FALSE);
  gdk_event_handler_set(on_event, NULL, NULL);
}

void camwall_lock(WebKitWebView *view, uintptr_t handle, bool kiosk) {
  g_signal_connect(view, "decide-policy", G_CALLBACK(on_policy), (gpointer)handle);
  g_signal_connect(view, "create", G_CALLBACK(on_create), NULL);
  g_signal_connect(view, "script-dialog", G_CALLBACK(on_script_dialog), NULL);
  g_signal_connect(view, "permission-request", G_CALLBACK(on_permission), NULL);
  WebKitWebContext *context = webkit_web_view_get_context(view);
  g_signal_connect(context, "download-started", G_CALLBACK(on_download), NULL);
  // One page, loaded again and again: nothing of it is worth keeping.
  webkit_web_context_set_cache_model(context, WEBKIT_CACHE_MODEL_DOCUMENT_VIEWER);
  WebKitSettings *settings = webkit_web_view_get_settings(view);
  webkit_settings_set_enable_page_cache(settings, FALSE);
  webkit_settings_set_enable_back_forward_navigation_gestures(settings, FALSE);
  webkit_settings_set_javascript_can_open_windows_automatically(settings, FALSE);
  if (kiosk) lock_kiosk(view);
}
