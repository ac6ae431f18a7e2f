#include <malloc.h>

// Decoders and encoders come and go with viewers, each on whatever thread Go has
// at hand. By default C gives each of up to eight threads a core an arena of its
// own and keeps what is freed there, and large pictures stay below a threshold
// that grows: a wall that reconnects a hundred times would hold twice its memory.
// Two arenas are enough for what is allocated, and pictures go back to the system.
enum { ARENAS = 2, LARGE = 256 << 10 };

__attribute__((constructor)) static void bound_arenas(void) {
	mallopt(M_ARENA_MAX, ARENAS);
	mallopt(M_MMAP_THRESHOLD, LARGE);
	mallopt(M_TRIM_THRESHOLD, LARGE);
}
