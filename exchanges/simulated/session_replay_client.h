/*
 * The market side of a venue in a session that is played again: reads are answered by what the
 * session recorded. An answer is handed in when the replay reaches it; it goes to the request of
 * its kind and instrument that was made at the instant it names, else to the oldest one waiting,
 * and arrives at that time as a completion. A read without a recorded answer ends UNKNOWN when its
 * caller gives up.
 *
 * It has no account and no market of its own: commands are REJECT_NEVER_SENT; put a simulated
 * account beside it with paper_client.
 */
#ifndef FUNDARB_EXCHANGES_SIMULATED_SESSION_REPLAY_CLIENT_H
#define FUNDARB_EXCHANGES_SIMULATED_SESSION_REPLAY_CLIENT_H

#include "core/store/recorded_entry.h"
#include "exchanges/exchange_client.h"

struct exchange_client *session_replay_client_create(venue_id venue, struct scheduler *scheduler);
/* scheduler_now is its received_ns. */
void session_replay_client_answer(struct exchange_client *client,
				  const struct recorded_answer *answer);
/* Answers handed in at this instant arrive before what comes next, not after it. */
void session_replay_client_flush(struct exchange_client *client);

struct session_replay_counts {
	uint64_t answered;
	uint64_t without_answer; /* reads that gave up */
	uint64_t not_asked_for;	 /* recorded answers that met no request */
};
struct session_replay_counts session_replay_client_counts(const struct exchange_client *client);

#endif
