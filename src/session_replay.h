/*
 * A recorded session in a backtest (replay = session): the market side of every venue answers reads
 * with what was recorded, accounts are simulated as always, and the strategy begins and leaves at
 * the instants at which it did.
 */
#ifndef FUNDARB_SRC_SESSION_REPLAY_H
#define FUNDARB_SRC_SESSION_REPLAY_H

#include "exchanges/simulated/session_replay_client.h"
#include "src/world.h"

struct session_replay;

/* Opens world's one recording into world->replay. */
struct session_replay *session_replay_create(struct world *world, struct error *err);
void session_replay_free(struct session_replay *session);
/* The client of one venue: recorded answers beside the simulated account, which it takes. */
struct exchange_client *session_replay_connect(struct session_replay *session,
					       struct exchange_client *account);
/* For replay_start, with the session as user. */
void session_replay_market(void *session, const struct market_event *event);
/* After the run: false if the recording held no session that began. */
bool session_replay_took_place(const struct session_replay *session, struct error *err);
/* Of all venues together. */
struct session_replay_counts session_replay_counted(const struct session_replay *session);

#endif
