/*
 * The one place where a price is asked for (docs/price-provider.md). One entry per instrument, two
 * doors: price_provider_peek, synchronous, no I/O, no allocation; price_provider_get_bbo, which
 * always completes later and may read the venue. An error is an error, never a zero price.
 */
#ifndef FUNDARB_EXECUTION_PRICE_PROVIDER_H
#define FUNDARB_EXECUTION_PRICE_PROVIDER_H

#include "core/base/scheduler.h"
#include "core/market/market_state.h"
#include "exchanges/exchange_client.h"

/* What the price is for decides how old it may be and where it may come from (one table). */
enum price_use {
	PRICE_FOR_SIZING,     /* 5 s */
	PRICE_FOR_MONITORING, /* 5 s */
	PRICE_FOR_LIMIT,      /* 1 s */
	PRICE_FOR_URGENT,     /* 0.5 s */
};
#define PRICE_USES 4
const char *price_use_text(enum price_use use); /* "sizing", "monitoring", "limit", "urgent" */

enum price_source {
	PRICE_SOURCE_NONE,
	PRICE_SOURCE_LIQUIDITY_CHECK, /* "liquidity_check" */
	PRICE_SOURCE_REST,	      /* "rest" */
	PRICE_SOURCE_WEBSOCKET,	      /* "websocket" */
};
#define PRICE_SOURCES 4
const char *price_source_text(enum price_source source);

enum price_answer {
	PRICE_OK,
	PRICE_MISS,    /* nothing known */
	PRICE_STALE,   /* known, but older than the use allows */
	PRICE_INVALID, /* a jump is held until confirmed, or the book is crossed or one-sided */
};
const char *price_answer_text(enum price_answer answer);

struct price_quote {
	instrument_id instrument;
	struct book_level bid;
	struct book_level ask;
	struct money mid; /* scale 18, exact */
	int64_t exch_ns;  /* 0 = unknown */
	int64_t changed_ns;
	int64_t confirmed_ns; /* age is judged by this; REST: when the request was handed over */
	uint64_t sequence;
	enum price_source source;
};

/* Every limit by which an entry goes, named as in the configuration. */
struct price_provider_options {
	int64_t cache_ttl_ns;  /* cache_ttl_seconds, 5.0; effective age = min(this, the use's) */
	bool prefer_websocket; /* prefer_websocket, no */
	bool streams;	       /* streams, yes; off: books come by reads alone */
	int32_t price_jump_limit_bp; /* price_jump_limit_bp, 200; 0 = off */
	int64_t jump_confirm_ns;     /* 1 s: an unconfirmed jump is dropped after that */
	/* A fill of at least this notional (quote) invalidates every entry; 0 = off. */
	struct money invalidate_all_fill_notional;
	/* Printed volume (quote) since an entry was stored that invalidates it; 0 = off. */
	struct money invalidate_traded_notional;
	/* A stream price unchanged for so long is checked by one REST read; 0 = off. */
	int64_t stream_cross_check_ns;
};
struct price_provider_options price_provider_defaults(void);

struct price_provider;

struct price_provider *price_provider_create(const struct price_provider_options *options,
					     struct scheduler *scheduler,
					     const struct instrument_table *instruments,
					     const struct market_state *market,
					     const struct exchange_clients *clients);
/*
 * Callers still waiting are dropped without being called. A read cannot be called back: free the
 * provider when the clients complete nothing any more (the scheduler runs no more).
 */
void price_provider_free(struct price_provider *provider);

/* Fills quote when something is known (also for STALE and INVALID, to be shown, not traded). */
enum price_answer price_provider_peek(struct price_provider *provider, instrument_id instrument,
				      enum price_use use, struct price_quote *quote);

/* Oldest price the use may get here: min(cache_ttl_ns, the use's own). */
int64_t price_provider_age_limit(const struct price_provider *provider, enum price_use use);
/*
 * True if the live stream's depth book may be walked for this use: streams are on, it is whole,
 * confirmed within the use's age, not refuted by a cross-check, and no jump is held. Then its
 * touch is cached, and *confirmed_ns says as of when.
 */
bool price_provider_stream_book(struct price_provider *provider, instrument_id instrument,
				enum price_use use, int64_t *confirmed_ns);

/* answer != PRICE_OK: why says what failed; quote is then NULL. */
typedef void (*price_done)(void *user, enum price_answer answer, const struct price_quote *quote,
			   const char *why);
/*
 * Cache -> stream -> REST (or stream -> cache -> REST), never waiting for a stream that is not
 * ready; concurrent misses of one instrument share one request. Completes exactly once, at the
 * latest at deadline_ns. More than PRICE_WAITERS_MAX calls at a time: the surplus fails.
 */
#define PRICE_WAITERS_MAX 1024
void price_provider_get_bbo(struct price_provider *provider, instrument_id instrument,
			    enum price_use use, int64_t deadline_ns, price_done done, void *user);

/* Levels a side of the provider's own REST reads: some venues refuse fewer. */
#define PRICE_READ_LEVELS 5

/*
 * Stores the touch of a book that somebody had to read anyway: the liquidity check serves the order
 * that follows it. A newer entry is never overwritten by an older one. Returns PRICE_OK, or
 * PRICE_INVALID with the book refused (empty side, crossed, jump held).
 */
enum price_answer price_provider_cache_order_book(struct price_provider *provider,
						  instrument_id instrument,
						  const struct depth_value *book,
						  enum price_source source);

/*
 * After `market` applied it: gaps invalidate, prints count towards invalidate_traded_notional.
 * Nothing happens with streams off.
 */
void price_provider_market(struct price_provider *provider, const struct market_event *event);
/* Own fills invalidate the instrument; a large one invalidates everything. */
void price_provider_fill(struct price_provider *provider, const struct account_event *fill);
void price_provider_invalidate(struct price_provider *provider, instrument_id instrument);
void price_provider_invalidate_all(struct price_provider *provider);

struct price_counters {
	uint64_t peeks, peek_hits;
	uint64_t calls;			 /* get_bbo */
	uint64_t hits[PRICE_SOURCES];	 /* calls answered without I/O, by source */
	uint64_t misses, stale, invalid; /* why a call had to read */
	uint64_t rest_reads;		 /* requests sent by the provider */
	uint64_t coalesced;		 /* calls that shared a request */
	uint64_t failures;		 /* calls that ended without a price */
	uint64_t stored[PRICE_SOURCES];	 /* cache_order_book and own reads, by source */
	uint64_t invalidated_fill, invalidated_large_fill, invalidated_volume, invalidated_gap,
		invalidated_call, jumps_held, jumps_dropped;
	uint64_t cross_checks, cross_check_mismatches;
};
const struct price_counters *price_provider_counters(const struct price_provider *provider);
/* Hits / calls in basis points, 0 without calls. */
uint32_t price_provider_hit_rate_bp(const struct price_provider *provider);

#endif
