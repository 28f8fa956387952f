/*
 * The one market event of the whole program: adapters, recording, importers and simulation speak
 * it. One venue message is one event, fanned out whole.
 */
#ifndef FUNDARB_CORE_MARKET_MARKET_EVENT_H
#define FUNDARB_CORE_MARKET_MARKET_EVENT_H

#include "core/market/contract.h"
#include "core/market/instrument.h"

enum market_event_kind {
	EVENT_BOOK = 1, /* absolute levels, quantity 0 deletes */
	EVENT_BBO = 2,	/* best bid and offer; never alters the book */
	EVENT_TRADE = 3,
	EVENT_MARK = 4, /* mark, index, oracle: each optional */
	EVENT_FUNDING = 5,
	EVENT_OPEN_INTEREST = 6,
	EVENT_CANDLE = 7,
	EVENT_INSTRUMENT = 8, /* a new revision is in the table; informs, carries no payload */
	EVENT_CONNECTION = 9,
	EVENT_FRAME = 10, /* any other frame of the connection: confirms its on-change streams */
	EVENT_CLOCK = 11, /* the venue's clock offset */
};

enum market_event_flags {
	EVENT_FLAG_SNAPSHOT = 1, /* BOOK: replaces the whole book */
	EVENT_FLAG_OFF_MARKET =
		2, /* TRADE: insurance fund, ADL, ...: fills nothing, moves no price */
	EVENT_FLAG_KEYFRAME = 4, /* BOOK snapshot repeated by a recorder: acts only after a gap */
	EVENT_FLAG_VENUE_TIME =
		8, /* local_ns is unknown: due when the venue's clock passes exch_ns */
};

enum connection_state {
	CONNECTION_UP,
	CONNECTION_DOWN,
	CONNECTION_GAP, /* instrument's book (0: all of the connection) is unusable until SYNCED */
	CONNECTION_SYNCED, /* the book is whole again; comes right after its snapshot */
};

enum funding_kind {
	FUNDING_ESTIMATE, /* running estimate for `boundary_ns` */
	FUNDING_NEXT,	  /* fixed rate that boundary_ns will pay (one period ahead) */
	FUNDING_SETTLED,  /* what boundary_ns did pay */
};

struct book_level {
	struct price price;
	struct quantity quantity; /* 0 deletes the level */
};

enum mark_fields { MARK_HAS_MARK = 1, MARK_HAS_INDEX = 2, MARK_HAS_ORACLE = 4 };

struct market_event {
	int64_t local_ns;	  /* when we had it (recorder clock) */
	int64_t exch_ns;	  /* when the venue says it happened; 0 = unknown */
	instrument_id instrument; /* 0 for CONNECTION and CLOCK of a whole venue */
	venue_id venue;
	uint16_t connection; /* which connection of the venue carried it */
	uint8_t kind;	     /* enum market_event_kind */
	uint8_t flags;
	uint64_t first_id; /* update ids of the message; 0 = none */
	uint64_t last_id;
	union {
		struct {
			const struct book_level *bids; /* borrowed until dispatch returns */
			const struct book_level *asks;
			uint32_t bid_count;
			uint32_t ask_count;
		} book;
		struct {
			struct book_level bid; /* quantity 0: that side is empty */
			struct book_level ask;
		} bbo;
		struct {
			struct price price;
			struct quantity quantity;
			enum side taker_side;
			uint64_t id;
		} trade;
		struct {
			unsigned fields;   /* enum mark_fields */
			struct money mark; /* quote per base at scale 18 */
			struct money index;
			struct money oracle;
		} mark;
		struct {
			enum funding_kind kind;
			struct rate rate;    /* per interval */
			int64_t boundary_ns; /* venue time of the settlement it is for; the stamp
						itself where a record names no schedule */
			int64_t interval_ns; /* 0 = as scheduled */
		} funding;
		struct {
			struct quantity quantity;
		} open_interest;
		struct {
			int64_t start_ns; /* span [start, end) in venue time */
			int64_t end_ns;
			int64_t available_ns; /* earliest venue time at which it may be used */
			struct price open, high, low, close;
			struct money volume; /* the venue's own unit, scale 18 */
		} candle;
		struct {
			enum connection_state state;
		} connection;
		struct {
			int64_t offset_ns; /* venue time = local time + offset */
			int64_t uncertainty_ns;
		} clock;
	} u;
};

#endif
