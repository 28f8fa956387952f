/*
 * One instrument's place in the PriceProvider: the price last stored, and beside it a jump held
 * until somebody confirms it. Pure: no clock, no I/O. Internal to the PriceProvider.
 */
#ifndef FUNDARB_EXECUTION_PRICE_ENTRY_H
#define FUNDARB_EXECUTION_PRICE_ENTRY_H

#include "execution/price_provider.h"

struct price_entry {
	struct price_quote cached; /* source NONE: empty */
	bool is_held;
	struct price_quote held;
	int64_t held_ns;
	i128 reference;	       /* bid + ask units last stored, 0 = none; survives invalidation */
	int64_t not_before_ns; /* of the last invalidation: what was confirmed before is not stored
				*/
	struct money traded;   /* printed notional since cached was stored */
	bool is_refused;       /* this frame of the stream is not believed (price_entry_refuse) */
	int64_t refused_changed_ns;
	uint64_t refused_sequence;
};

/* NULL if the touch may be stored: both sides, positive, not crossed; else what is wrong. */
const char *price_touch_fault(struct book_level bid, struct book_level ask);

enum price_offer {
	PRICE_OFFER_STORED,
	PRICE_OFFER_OLDER, /* something newer is known, or it was confirmed before an invalidation
			    */
	PRICE_OFFER_HELD,  /* a jump: kept beside, not stored */
};

/*
 * Offers a quote whose touch is sound. `stream` (may be NULL) is what the stream says at this
 * moment: a jump read elsewhere is confirmed at once if the stream agrees.
 */
enum price_offer price_entry_offer(struct price_entry *entry,
				   const struct price_provider_options *options,
				   const struct price_quote *quote,
				   const struct price_quote *stream, int64_t now_ns,
				   struct price_counters *counters);
/* Beyond price_jump_limit_bp from the price last stored. */
bool price_entry_jumps(const struct price_entry *entry,
		       const struct price_provider_options *options,
		       const struct price_quote *quote);
void price_entry_drop_held(struct price_entry *entry, struct price_counters *counters);
void price_entry_invalidate(struct price_entry *entry, int64_t now_ns);

/* A frame of the stream that was refuted or stayed unconfirmed is not offered again. */
void price_entry_refuse(struct price_entry *entry, const struct price_quote *stream);
bool price_entry_refuses(const struct price_entry *entry, const struct price_quote *stream);

#endif
