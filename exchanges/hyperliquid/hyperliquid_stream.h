/*
 * Market data of the WebSocket as market events (venues/hyperliquid.md §5.4): sound frames in,
 * events out, in the order in which a consumer may apply them. Pure state machine: no clock, no
 * I/O, no allocation per message. Every l2Book frame is a whole book, so a book is synced by its
 * first frame and a lost or unsound frame is a GAP until the next.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_STREAM_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_STREAM_H

#include "exchanges/hyperliquid/hyperliquid_codec_frames.h"
#include "exchanges/hyperliquid/hyperliquid_markets.h"

/* Told apart by feed; what was not watched is dropped. */
enum hyperliquid_watch {
	HYPERLIQUID_WATCH_BBO = 1 << HYPERLIQUID_FEED_BBO,
	HYPERLIQUID_WATCH_BOOK = 1 << HYPERLIQUID_FEED_BOOK,
	HYPERLIQUID_WATCH_CONTEXT = 1 << HYPERLIQUID_FEED_CONTEXT,
	HYPERLIQUID_WATCH_TRADES = 1 << HYPERLIQUID_FEED_TRADES,
};

struct hyperliquid_stream_counts {
	uint64_t books, bbos, contexts, trades;
	uint64_t syncs, gaps;
	uint64_t unsound;  /* frames that could not be used */
	uint64_t repeated; /* books and trades older than what was told already */
	uint64_t foreign;  /* of coins that nobody watches */
};

struct hyperliquid_stream;
/* event is borrowed until emit returns. */
typedef void (*hyperliquid_emit)(void *user, const struct market_event *event);

/* markets is borrowed. NULL: out of memory. */
struct hyperliquid_stream *hyperliquid_stream_create(const struct hyperliquid_markets *markets,
						     uint16_t connection, hyperliquid_emit emit,
						     void *user);
void hyperliquid_stream_free(struct hyperliquid_stream *stream);

/* Which feeds of an asset are wanted (enum hyperliquid_watch); since_ns (venue time): trades before
 * it are history that the first frame repeats, and are not told. */
void hyperliquid_stream_watch(struct hyperliquid_stream *stream, uint32_t asset, unsigned watch,
			      int64_t since_ns);

/* The connection came up, or is gone: UP; DOWN, after which every book starts anew. */
void hyperliquid_stream_up(struct hyperliquid_stream *stream, int64_t local_ns);
void hyperliquid_stream_down(struct hyperliquid_stream *stream, int64_t local_ns);
/*
 * One frame, of any channel: BOOK (and SYNCED), BBO, MARK then FUNDING (estimate of the next
 * boundary after venue_ns) then OPEN_INTEREST, TRADEs; GAP where a market's frame was unsound, a
 * GAP of the whole connection where it cannot be said whose it was; FRAME for everything else.
 * venue_ns: venue time as estimated for local_ns; contexts carry none.
 */
void hyperliquid_stream_frame(struct hyperliquid_stream *stream,
			      const struct hyperliquid_frame *frame, int64_t local_ns,
			      int64_t venue_ns);

/* The newest best price on the side that an order of `side` takes, and the mark: what a market
 * order is bounded by. False: none known on this connection. */
bool hyperliquid_stream_touch(const struct hyperliquid_stream *stream, uint32_t asset,
			      enum side side, struct price *touch);
bool hyperliquid_stream_mark(const struct hyperliquid_stream *stream, uint32_t asset,
			     struct money *mark);
/* The last oracle price before a boundary, while it is remembered. */
bool hyperliquid_stream_oracle_at(const struct hyperliquid_stream *stream, uint32_t asset,
				  int64_t boundary_ns, struct money *oracle);

const struct hyperliquid_stream_counts *hyperliquid_stream_counts(
	const struct hyperliquid_stream *stream);

#endif
