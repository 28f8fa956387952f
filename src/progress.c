#include "src/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SHOW_AFTER_NS INT64_C(2000000000)
#define REDRAW_NS     INT64_C(100000000)
#define BAR_WIDTH     30

/* A bar is for a person at a terminal: it reads the real clock and never touches trading time. */
static int64_t wall_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void progress_start(struct progress *progress, const char *what, uint64_t total)
{
	memset(progress, 0, sizeof(*progress));
	progress->what = what;
	progress->total = total;
	progress->terminal = isatty(STDERR_FILENO) == 1;
	progress->started_ns = progress->terminal ? wall_ns() : 0;
}

static void draw(struct progress *progress, uint64_t done, int64_t elapsed_ns)
{
	if (progress->total == 0) {
		fprintf(stderr, "\r%s %llu", progress->what, (unsigned long long)done);
		return;
	}
	if (done > progress->total)
		done = progress->total;
	char bar[BAR_WIDTH + 1];
	unsigned filled = (unsigned)(done * BAR_WIDTH / progress->total);
	for (unsigned i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	unsigned percent = (unsigned)(done * 100 / progress->total);
	long long left = 0;
	if (done > 0)
		left = (long long)(elapsed_ns / 1000000000) * (long long)(progress->total - done) /
		       (long long)done;
	fprintf(stderr, "\r%s [%s] %3u %%, %lld s left  ", progress->what, bar, percent, left);
}

void progress_at(struct progress *progress, uint64_t done)
{
	if (!progress->terminal)
		return;
	int64_t now = wall_ns();
	if (now - progress->started_ns < SHOW_AFTER_NS || now - progress->drawn_ns < REDRAW_NS)
		return;
	progress->drawn_ns = now;
	progress->shown = true;
	draw(progress, done, now - progress->started_ns);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fprintf(stderr, "\r\033[K");
	progress->shown = false;
}
