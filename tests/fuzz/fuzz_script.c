/* Any bytes as a script: it is taken, or refused with a category and a sentence that names it. */
#include "src/script.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Loading needs no executor; no action ever fires here. */
void atomic_executor_start(struct atomic_executor *executor, const struct trade_request *request,
			   trade_done done, void *user)
{
	(void)executor, (void)request, (void)done, (void)user;
	abort();
}

const struct preflight_item *preflight_first_refusal(const struct preflight_report *report)
{
	(void)report;
	abort();
}

const char *preflight_check_text(enum preflight_check check)
{
	(void)check;
	abort();
}

const char *trade_state_text(enum trade_state state)
{
	(void)state;
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char path[64];
	struct error err = {0};
	int file = memfd_create("script", MFD_CLOEXEC);
	assert(file >= 0);
	for (size_t at = 0; at < size;) {
		ssize_t written = pwrite(file, bytes + at, size - at, (off_t)at);
		assert(written > 0);
		at += (size_t)written;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	struct script *script = script_load(path, &err);
	if (script) {
		assert(err.category == ERROR_NONE);
		script_free(script);
	} else {
		assert(err.category == ERROR_CONFIGURATION || err.category == ERROR_LIMIT);
		assert(strncmp(err.text, path, strlen(path)) == 0 && err.text[strlen(path)] == ':');
	}
	close(file);
	return 0;
}
