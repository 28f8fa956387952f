/*
 * Brings about the funding proofs of real venues' instruments (exchanges/funding_proof.h): reads
 * what the venue published, one instrument after the other and venue by venue, holds payments
 * against it, keeps the file, and says what changed. Backtests have none.
 *
 * What a payment is compared with never comes from the payment itself: rate and value are the
 * venue's public record of that boundary, the price is what its streams said before it.
 */
#ifndef FUNDARB_SRC_FUNDING_PROVER_H
#define FUNDARB_SRC_FUNDING_PROVER_H

#include "config/config.h"
#include "core/market/market_state.h"
#include "exchanges/funding_proofs.h"

struct funding_prover_options {
	const char *path; /* of the proofs' file; copied */
	/*
	 * Between two reads of one venue: 10 s on average. A read is two requests at Lighter, which
	 * grants a standard account 60 a minute for everything, and 24 of 1,200 weight a minute at
	 * Hyperliquid: what trading has to read must not wait behind it.
	 */
	int64_t spacing_ns;
	/* So many follow each other at once after a rest: 4, of what is waited for at start. */
	unsigned burst;
	int64_t patience_ns; /* a read may take: 60 s, for it waits until the venue's budget is idle
			      */
	/* Intervals of history that are asked for: 72. */
	unsigned history;
	/* Public figures are looked at anew: 6 h; of an instrument not proven yet from 30 s on. */
	int64_t again_ns, retry_ns;
	/* A payment waits that long for its published rate (it appears some seconds later): 10 min.
	 */
	int64_t payment_wait_ns;
	bool payments; /* false on paper: the simulated account's payments prove nothing */
};
struct funding_prover_options funding_prover_defaults(void);

/*
 * Every mode keeps its own, STATE_DIRECTORY/MODE/funding_proofs, and a local testnet another
 * (_local): what an invented venue pays proves nothing of the real one. Returns buffer.
 */
#define FUNDING_PROOFS_PATH_MAX (CONFIG_TEXT_MAX + 48)
const char *funding_proofs_path(const struct config *config, char *buffer, size_t size);
/* What is stored for this configuration, as text for people; damaged lines go to the log. */
bool funding_proofs_write_stored(const struct config *config, FILE *out, struct error *err);

/* Told when a state was reached, or (alarm) when something does not fit. */
typedef void (*funding_prover_told)(void *user, instrument_id instrument,
				    const struct funding_proof *proof, bool alarm);

struct funding_prover;

/*
 * Everything is borrowed. Loads the file; damaged lines are reported, an unreadable file is an
 * error. told may be NULL.
 */
struct funding_prover *funding_prover_create(
	const struct funding_prover_options *options, struct scheduler *scheduler,
	const struct instrument_table *instruments, const struct market_state *market,
	const struct exchange_clients *clients, struct funding_proofs *proofs,
	funding_prover_told told, void *user, struct error *err);
/* Saves what is not saved yet. Only when no read can complete any more. */
void funding_prover_free(struct funding_prover *prover);

/* From now on its funding is proven and kept an eye on. Once is enough, twice does no harm. */
void funding_prover_watch(struct funding_prover *prover, instrument_id instrument);
/* Somebody waits for this one: it comes before those never read, if it was not read either. */
void funding_prover_hurry(struct funding_prover *prover, instrument_id instrument);
/* Kinds other than ACCOUNT_FUNDING are passed over. */
void funding_prover_account_event(struct funding_prover *prover, const struct account_event *event);

#endif
