/*
 * Trading keys in memory: read from where the configuration points (never the key itself in it, in
 * argv or in a log), kept in one locked page that no core dump and no fork carries, wiped after
 * use. Errors name the place, never a byte of what was found there.
 */
#ifndef FUNDARB_SRC_SECRET_H
#define FUNDARB_SRC_SECRET_H

#include "core/base/error.h"
#include <stddef.h>

#define SECRET_MAX 512

struct secret {
	char *text; /* NUL-terminated, in the locked page; NULL: none */
	size_t length;
};

/*
 * source: "env:NAME" (the variable is unset after reading), "file:PATH" (a regular file of ours,
 * mode 0600 or 0400; a relative PATH is resolved against `folder`), "credential:NAME" (systemd
 * LoadCredential=). Blanks and newlines around the text are dropped.
 */
bool secret_load(const char *source, const char *folder, struct secret *secret, struct error *err);
void secret_wipe(struct secret *secret);

/* No core dumps, no ptrace by others, no new privileges. Call first thing, before any secret. */
void secrets_harden_process(void);

#endif
