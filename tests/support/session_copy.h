/* A recorded session written anew, one of its answers changed on the way. */
#ifndef FUNDARB_TESTS_SUPPORT_SESSION_COPY_H
#define FUNDARB_TESTS_SUPPORT_SESSION_COPY_H

#include "core/store/recording.h"

/* What a recording holds of a session. */
struct session_figures {
	uint64_t kinds[EVENT_CLOCK + 1]; /* market events, without keyframes */
	uint64_t downs;			 /* CONNECTION events that say so */
	uint64_t answers[32];		 /* by kind of read */
	uint64_t values;		 /* of them, explicit ones */
	uint64_t account[ACCOUNT_LIQUIDATION + 1];
	uint64_t commands;
	uint64_t marks[SESSION_ENDED + 1];
};
struct session_figures session_figures(const char *path);

/*
 * `change` (may be NULL) sees every answer in order and may alter it. Fails the running test if
 * anything cannot be read or written.
 */
void session_copy(const char *from, const char *to,
		  void (*change)(void *user, struct recorded_answer *answer), void *user);

#endif
