#ifndef CAMWALL_DESKTOP_SHELL_H
#define CAMWALL_DESKTOP_SHELL_H

#include <stdint.h>

#include <gdk/gdk.h>

// What surrounds the page: the window itself, its menu bar, keys and dialogs.
// Everything here is for GTK's thread, but camwall_later.
typedef struct camwall_shell camwall_shell;

// What camwallWindowState tells of a window.
enum {
  CAMWALL_MAXIMIZED = 1,
  CAMWALL_FULL_SCREEN = 2,
  CAMWALL_MINIMIZED = 4,
  CAMWALL_PLACED = 8, // x and y are known
};

// camwall_later calls camwallDo(task) from GTK's loop, behind all that waits
// there already. May be called from any thread, after gtk_init.
void camwall_later(uintptr_t task);

// camwall_name_program sets the name that the display knows our windows by: once
// before gtk_init and once behind it.
void camwall_name_program(const char *name);

// camwall_prefer_language has pages speak it, whatever locales are installed: a
// BCP 47 tag. Before the first web view.
void camwall_prefer_language(const char *tag);

// camwall_monitors writes x, y, width and height of what monitors leave to
// windows, the main one first, and returns how many there are, at most max.
int camwall_monitors(int *rectangles, int max);

// camwall_webkit_library returns the file that WebKit's code is in, to be freed;
// NULL when that can't be told.
char *camwall_webkit_library(void);

// camwall_shell_new takes the window that Wails has made; NULL without one. It
// calls camwallWindowState(handle, ...) some time after the window has changed.
// A kiosk's window has no frame and fills its screen.
camwall_shell *camwall_shell_new(uintptr_t handle, int kiosk, int min_width, int min_height);

// camwall_shell_free is called when GTK's loop has ended.
void camwall_shell_free(camwall_shell *shell);

// camwall_shell_tell calls camwallWindowState now, if it is due.
void camwall_shell_tell(camwall_shell *shell);

// camwall_shell_place moves the window's frame there.
void camwall_shell_place(camwall_shell *shell, int x, int y);

void camwall_shell_maximize(camwall_shell *shell);

// camwall_shell_fill fills the screen, or no more. What fills it already, or not,
// stays.
void camwall_shell_fill(camwall_shell *shell, int fill);

// camwall_shell_fills tells whether the window fills the screen.
int camwall_shell_fills(camwall_shell *shell);

// camwall_shell_raise shows the window above all others, with the keyboard.
// token is what the desktop gave for that; may be empty.
void camwall_shell_raise(camwall_shell *shell, const char *token);

// camwall_shell_bind calls camwallShortcut(handle, number) for a key in GTK's
// words, such as <Control>q, before the page gets it, whether the menu bar is
// there or not.
void camwall_shell_bind(camwall_shell *shell, const char *key, int number);

void camwall_shell_zoom(camwall_shell *shell, double level);
void camwall_shell_script(camwall_shell *shell, const char *script);

// camwall_save_words are those of the dialog.
typedef struct {
  const char *title, *save, *cancel, *pictures;
} camwall_save_words;

// camwall_shell_ask_file asks where a file is to go, and calls
// camwallFileChosen(handle, path) once, with NULL when that was given up. folder
// is where it begins; where that is NULL, or not there, in the person's pictures.
void camwall_shell_ask_file(camwall_shell *shell, camwall_save_words words, const char *folder, const char *name);

// camwall_shell_close_dialogs gives up what is open.
void camwall_shell_close_dialogs(camwall_shell *shell);

// camwall_shell_about tells what this program is.
void camwall_shell_about(camwall_shell *shell, const char *title, const char *text, const char *version);

#endif
