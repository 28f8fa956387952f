/*
 * What a recording of books says, added up while it is replayed: the figures that expected.json of
 * a dataset states, computed from the events of the recording reader alone.
 */
#ifndef FUNDARB_TESTS_SUPPORT_DATASET_REPLAY_H
#define FUNDARB_TESTS_SUPPORT_DATASET_REPLAY_H

#include "core/store/recording.h"

struct dataset_market {
	const struct instrument *terms;
	struct order_book *book; /* from BOOK events only */
	bool synced;
	uint64_t depth_messages; /* each once, though a sync may repeat it */
	uint64_t depth_levels;
	uint64_t snapshots;
	uint64_t gaps;
	uint64_t crossed_samples; /* at every 16th depth message */
	uint64_t last_depth_id;
	uint64_t tickers;
	bool ticker_known;
	uint64_t ticker_id;
	struct book_level ticker_bid, ticker_ask;
	uint64_t trades_market, trades_other;
	/* Of market trades, in units of the decimals of quantity, price or both. */
	i128 trade_volume, trade_buy_volume, trade_notional;
	int64_t trade_price_min, trade_price_max;
	uint64_t marks;
};

/* One markPriceUpdate: its MARK event and its FUNDING event. */
struct dataset_mark {
	int64_t local_ns, exch_ns, next_funding_ns;
	unsigned fields;
	struct money mark, index;
	bool has_rate;
	struct rate rate;
};

struct dataset_replay {
	struct instrument_table *instruments;
	struct market_state *state;
	struct dataset_market *markets; /* by instrument id; [0] is not used */
	size_t market_count;
	struct dataset_mark *marks; /* of all markets, in recorded order */
	size_t mark_count;
	uint64_t events;
};

/*
 * Replays the recording at `path`. visit(user, t) is called once for each of the ascending times:
 * when every event with local_ns <= t has been applied. False: err says why.
 */
bool dataset_replay_run(struct dataset_replay *replay, const char *path, const int64_t *times,
			size_t time_count, void (*visit)(void *user, int64_t local_ns), void *user,
			struct error *err);
void dataset_replay_free(struct dataset_replay *replay);

struct dataset_market *dataset_replay_market(struct dataset_replay *replay, const char *venue,
					     const char *symbol);

/* The mark prices round a funding boundary; NULL where there is none. */
struct dataset_boundary {
	const struct dataset_mark *last_before, *first_after, *first_with_next, *first_estimate;
	const struct dataset_mark *settling; /* the last one whose T is the boundary */
};
struct dataset_boundary dataset_replay_boundary(const struct dataset_replay *replay,
						int64_t boundary_ns);

/* A taker's walk from the best level outwards; sum in units of both decimals. */
struct dataset_walk {
	int64_t filled;
	uint64_t levels;
	int64_t worst;
	i128 sum;
};
struct dataset_walk dataset_market_walk(const struct dataset_market *market, enum side taker,
					int64_t quantity);

#endif
