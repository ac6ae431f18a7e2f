// A switch for the outputs of a headless sway. The headless outputs of wlroots
// before 0.16 can't be turned off: sway's "output NAME disable" and "dpms off" say
// that they succeed, and nothing happens. Loaded before wlroots (LD_PRELOAD), this
// makes them do what the outputs of a graphics card do.
//
//   gcc -shared -fPIC -DWLR_USE_UNSTABLE $(pkg-config --cflags wlroots) -o outputs.so outputs.c -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <wlr/interfaces/wlr_output.h>
#include <wlr/types/wlr_output.h>

bool wlr_output_commit(struct wlr_output *output) {
	bool (*commit)(struct wlr_output *) = (bool (*)(struct wlr_output *))dlsym(RTLD_NEXT, "wlr_output_commit");
	if (output->pending.committed & WLR_OUTPUT_STATE_ENABLED) {
		bool on = output->pending.enabled;
		output->pending.committed &= ~WLR_OUTPUT_STATE_ENABLED;
		if (!on) {
			wlr_output_rollback(output);
			wlr_output_update_enabled(output, false);
			return true;
		}
		wlr_output_update_enabled(output, true);
	}
	return commit(output);
}
