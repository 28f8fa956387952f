/*
 * Records a session of real venues: market events, what reads and commands were answered, account
 * events, and the instants at which the strategy began and left, so that `replay = session` can
 * play it again. What was heard before the strategy began is kept in memory and written first, so
 * that the recording starts with every instrument in the order of the table.
 *
 * A recorder that fails raises the alarm and is given up; trading goes on.
 */
#ifndef FUNDARB_SRC_SESSION_RECORDER_H
#define FUNDARB_SRC_SESSION_RECORDER_H

#include "config/config.h"
#include "core/store/recording.h"
#include "exchanges/session_tap.h"

struct session_recorder;

/* All borrowed. A folder that cannot be written is ERROR_CONFIGURATION. */
struct session_recorder *session_recorder_create(const struct config *config,
						 struct scheduler *scheduler,
						 const struct instrument_table *instruments,
						 const struct market_state *market,
						 struct error *err);
/* Closes the recording. */
void session_recorder_free(struct session_recorder *recorder);

/* The strategy begins now. */
void session_recorder_begin(struct session_recorder *recorder, uint32_t next_client_id);
/* LEAVING, ENDED: now. */
void session_recorder_mark(struct session_recorder *recorder, enum session_phase phase);
/* After the market state applied it. */
void session_recorder_market(struct session_recorder *recorder, const struct market_event *event);
void session_recorder_account(struct session_recorder *recorder, const struct account_event *event);
/* For the taps around clients. */
struct session_tap_sink session_recorder_sink(struct session_recorder *recorder);
void session_recorder_flush(struct session_recorder *recorder);

#endif
