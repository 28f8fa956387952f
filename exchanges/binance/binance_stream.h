/*
 * The sequence rules of one Binance market stream (venues/binance.md 3.3): typed messages in,
 * market events out, in the order in which a consumer may apply them. Pure state machine: no clock,
 * no I/O. One per instrument.
 *
 *   no snapshot ──snapshot──► snapshot held ──first diff that straddles it──► synced
 *        ▲                                                                      │
 *        └────────── GAP: the chain broke, or a message was lost ◄──────────────┘
 *
 * Diffs are passed on as they come, also while the book is not synced, so a stream without any
 * snapshot still yields all its messages. They are kept too, until a snapshot arrives: then
 * SNAPSHOT, SYNCED and the kept diffs from the snapshot on come out, again, stamped with that
 * moment (absolute levels: applying one twice changes nothing).
 *
 * Which diffs follow a snapshot L: those with u < L (Spot: u <= L) are stale; the first other one
 * must have U <= L <= u or pu = L (Spot: U <= L + 1 <= u), else the snapshot is too old. From then
 * on pu = previous u (Spot: U = previous u + 1).
 */
#ifndef FUNDARB_EXCHANGES_BINANCE_BINANCE_STREAM_H
#define FUNDARB_EXCHANGES_BINANCE_BINANCE_STREAM_H

#include "exchanges/binance/binance_codec.h"

/* Bounds of what is kept while no snapshot is there: beyond either the oldest are forgotten. */
#define BINANCE_KEPT_DIFFS_MAX	4096
#define BINANCE_KEPT_LEVELS_MAX 131072

enum binance_book {
	BINANCE_BOOK_NO_SNAPSHOT, /* a live caller must ask for one */
	BINANCE_BOOK_SNAPSHOT_HELD,
	BINANCE_BOOK_SYNCED,
};

struct binance_stream_counts {
	uint64_t depth;		  /* diffs, each once */
	uint64_t depth_levels;	  /* in them */
	uint64_t repeated;	  /* diffs that came out a second time after a snapshot */
	uint64_t stale;		  /* kept diffs older than the snapshot */
	uint64_t forgotten;	  /* kept diffs given up because of the bounds */
	uint64_t gaps;		  /* holes, also further ones while waiting for a snapshot */
	uint64_t snapshots;	  /* all that came */
	uint64_t snapshot_levels; /* in them */
	uint64_t syncs;		  /* snapshots that became the book */
	uint64_t snapshots_too_old;
	uint64_t snapshots_not_needed; /* older than the whole book we had */
};

struct binance_stream;

/* event is borrowed until emit returns. */
typedef void (*binance_emit)(void *user, const struct market_event *event);

/* NULL: out of memory. */
struct binance_stream *binance_stream_create(enum binance_market market, venue_id venue,
					     instrument_id instrument, uint16_t connection,
					     binance_emit emit, void *user);
void binance_stream_free(struct binance_stream *stream);

/*
 * Takes one decoded message of this instrument, received at local_ns (never running backwards), and
 * emits its events: BOOK and CONNECTION for depth and snapshots, BBO, TRADE, MARK then FUNDING
 * (estimate), FRAME for everything else. `levels` holds a depth message's or snapshot's levels.
 */
void binance_stream_message(struct binance_stream *stream, int64_t local_ns,
			    const struct binance_message *message,
			    const struct binance_levels *levels);

/*
 * A depth message was lost or could not be read, or the connection was: emits GAP if the book was
 * synced or about to be, and starts anew.
 */
void binance_stream_lost(struct binance_stream *stream, int64_t local_ns);

enum binance_book binance_stream_book(const struct binance_stream *stream);
/* u of the last diff; 0 = none yet. */
uint64_t binance_stream_last_id(const struct binance_stream *stream);
const struct binance_stream_counts *binance_stream_counts(const struct binance_stream *stream);

#endif
