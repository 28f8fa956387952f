/*
 * An exchange client around another: everything passes through unchanged, and a sink hears of each
 * completed read and command at the instant and in the order in which the caller is told, just
 * before it. Where a session is recorded it stands around what is outside: the whole client, or on
 * paper the market side alone.
 */
#ifndef FUNDARB_EXCHANGES_SESSION_TAP_H
#define FUNDARB_EXCHANGES_SESSION_TAP_H

#include "exchanges/exchange_client.h"

struct session_tap_sink {
	void (*answer)(void *user, venue_id venue, int64_t requested_ns,
		       const struct read_result *result);
	/* instrument: of the command, 0 = none or several. */
	void (*command)(void *user, venue_id venue, int64_t requested_ns, enum command_kind kind,
			instrument_id instrument, const struct command_result *result);
	void *user;
};

/* Takes `inner` in every case; it is freed with the tap. NULL: out of memory. */
struct exchange_client *session_tap_create(struct exchange_client *inner,
					   const struct session_tap_sink *sink,
					   struct scheduler *scheduler);

#endif
