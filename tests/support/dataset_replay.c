#include "tests/support/dataset_replay.h"

#include <stdlib.h>
#include <string.h>

#define CROSSED_SAMPLE_EVERY 16

static struct dataset_market *market_of(struct dataset_replay *replay, instrument_id id)
{
	if (id >= replay->market_count) {
		size_t count = (size_t)id + 1;
		replay->markets = realloc(replay->markets, count * sizeof(*replay->markets));
		if (replay->markets == NULL)
			abort();
		memset(replay->markets + replay->market_count, 0,
		       (count - replay->market_count) * sizeof(*replay->markets));
		replay->market_count = count;
	}
	struct dataset_market *market = &replay->markets[id];
	if (market->book == NULL) {
		market->terms = instrument_get(replay->instruments, id);
		market->book = order_book_create(1);
		if (market->book == NULL)
			abort();
	}
	return market;
}

static void take_book(struct dataset_market *market, const struct market_event *event)
{
	bool snapshot = (event->flags & EVENT_FLAG_SNAPSHOT) != 0;
	if (snapshot) {
		market->snapshots++;
		order_book_clear(market->book);
	}
	order_book_apply(market->book, event->u.book.bids, event->u.book.bid_count,
			 event->u.book.asks, event->u.book.ask_count);
	if (snapshot || event->last_id <= market->last_depth_id)
		return;
	market->last_depth_id = event->last_id;
	market->depth_levels += event->u.book.bid_count + event->u.book.ask_count;
	market->depth_messages++;
	if (market->synced && market->depth_messages % CROSSED_SAMPLE_EVERY == 0 &&
	    order_book_crossed(market->book))
		market->crossed_samples++;
}

static void take_trade(struct dataset_market *market, const struct market_event *event)
{
	if (event->flags & EVENT_FLAG_OFF_MARKET) {
		market->trades_other++;
		return;
	}
	int64_t price = event->u.trade.price.units;
	int64_t quantity = event->u.trade.quantity.units;
	if (market->trades_market == 0 || price < market->trade_price_min)
		market->trade_price_min = price;
	if (market->trades_market == 0 || price > market->trade_price_max)
		market->trade_price_max = price;
	market->trades_market++;
	market->trade_volume += quantity;
	market->trade_notional += (i128)price * quantity;
	if (event->u.trade.taker_side == SIDE_BUY)
		market->trade_buy_volume += quantity;
}

static struct dataset_mark *new_mark(struct dataset_replay *replay)
{
	size_t size = (replay->mark_count + 1) * sizeof(*replay->marks);
	replay->marks = realloc(replay->marks, size);
	if (replay->marks == NULL)
		abort();
	struct dataset_mark *mark = &replay->marks[replay->mark_count++];
	memset(mark, 0, sizeof(*mark));
	return mark;
}

static void take_connection(struct dataset_replay *replay, const struct market_event *event)
{
	if (event->instrument == 0)
		return;
	struct dataset_market *market = market_of(replay, event->instrument);
	switch (event->u.connection.state) {
	case CONNECTION_UP:
		break;
	case CONNECTION_DOWN:
		market->synced = false;
		break;
	case CONNECTION_GAP:
		market->gaps++;
		market->synced = false;
		break;
	case CONNECTION_SYNCED:
		market->synced = true;
		break;
	}
}

static void take_event(struct dataset_replay *replay, const struct market_event *event)
{
	struct dataset_market *market;
	struct dataset_mark *mark;
	market_state_apply(replay->state, event);
	/* The recorder's own repetition of a book; nothing was lost, so it says nothing new. */
	if (event->flags & EVENT_FLAG_KEYFRAME)
		return;
	replay->events++;
	switch ((enum market_event_kind)event->kind) {
	case EVENT_BOOK:
		take_book(market_of(replay, event->instrument), event);
		break;
	case EVENT_BBO:
		market = market_of(replay, event->instrument);
		market->tickers++;
		market->ticker_known = true;
		market->ticker_id = event->last_id;
		market->ticker_bid = event->u.bbo.bid;
		market->ticker_ask = event->u.bbo.ask;
		break;
	case EVENT_TRADE:
		take_trade(market_of(replay, event->instrument), event);
		break;
	case EVENT_MARK:
		market_of(replay, event->instrument)->marks++;
		mark = new_mark(replay);
		mark->local_ns = event->local_ns;
		mark->exch_ns = event->exch_ns;
		mark->fields = event->u.mark.fields;
		mark->mark = event->u.mark.mark;
		mark->index = event->u.mark.index;
		break;
	case EVENT_FUNDING:
		if (replay->mark_count == 0)
			break;
		mark = &replay->marks[replay->mark_count - 1];
		mark->has_rate = true;
		mark->rate = event->u.funding.rate;
		mark->next_funding_ns = event->u.funding.boundary_ns;
		break;
	case EVENT_CONNECTION:
		take_connection(replay, event);
		break;
	case EVENT_OPEN_INTEREST:
	case EVENT_CANDLE:
	case EVENT_INSTRUMENT:
	case EVENT_FRAME:
	case EVENT_CLOCK:
		break;
	}
}

bool dataset_replay_run(struct dataset_replay *replay, const char *path, const int64_t *times,
			size_t time_count, void (*visit)(void *user, int64_t local_ns), void *user,
			struct error *err)
{
	memset(replay, 0, sizeof(*replay));
	replay->instruments = instrument_table_create();
	if (replay->instruments == NULL)
		abort();
	replay->state = market_state_create(replay->instruments);
	if (replay->state == NULL)
		abort();
	struct recording_reader *reader = recording_reader_open(path, replay->instruments, err);
	if (reader == NULL)
		return false;
	struct market_event event;
	enum recording_read read;
	size_t visited = 0;
	while ((read = recording_reader_next(reader, &event, err)) == RECORDING_EVENT) {
		while (visited < time_count && times[visited] < event.local_ns)
			visit(user, times[visited++]);
		take_event(replay, &event);
	}
	while (visited < time_count)
		visit(user, times[visited++]);
	const struct recording_statistics *statistics = recording_reader_statistics(reader);
	bool good = read == RECORDING_FINISHED;
	if (good && statistics->damaged_blocks + statistics->unknown_records > 0)
		good = error_set(err, ERROR_INPUT, "%s: the fresh recording is damaged", path);
	recording_reader_free(reader);
	return good;
}

void dataset_replay_free(struct dataset_replay *replay)
{
	for (size_t i = 0; i < replay->market_count; i++)
		order_book_free(replay->markets[i].book);
	free(replay->markets);
	free(replay->marks);
	market_state_free(replay->state);
	instrument_table_free(replay->instruments);
}

struct dataset_market *dataset_replay_market(struct dataset_replay *replay, const char *venue,
					     const char *symbol)
{
	venue_id id = instrument_table_find_venue(replay->instruments, venue);
	instrument_id instrument = id == 0 ? 0 : instrument_find(replay->instruments, id, symbol);
	return instrument == 0 ? NULL : market_of(replay, instrument);
}

struct dataset_boundary dataset_replay_boundary(const struct dataset_replay *replay,
						int64_t boundary_ns)
{
	struct dataset_boundary marks = {0};
	for (size_t i = 0; i < replay->mark_count; i++) {
		const struct dataset_mark *mark = &replay->marks[i];
		if (mark->exch_ns < boundary_ns)
			marks.last_before = mark;
		else if (marks.first_after == NULL)
			marks.first_after = mark;
		if (mark->has_rate && mark->next_funding_ns == boundary_ns)
			marks.settling = mark;
		if (!mark->has_rate || mark->next_funding_ns <= boundary_ns)
			continue;
		if (marks.first_with_next == NULL)
			marks.first_with_next = mark;
		if (marks.first_estimate == NULL && marks.settling != NULL &&
		    mark->rate.e18 != marks.settling->rate.e18)
			marks.first_estimate = mark;
	}
	return marks;
}

struct walking {
	int64_t wanted;
	struct dataset_walk walk;
};

static bool take_level(void *user, struct book_level level)
{
	struct walking *walking = user;
	int64_t open = walking->wanted - walking->walk.filled;
	int64_t taken = level.quantity.units < open ? level.quantity.units : open;
	if (taken <= 0)
		return false;
	walking->walk.filled += taken;
	walking->walk.levels++;
	walking->walk.worst = level.price.units;
	walking->walk.sum += (i128)level.price.units * taken;
	return true;
}

struct dataset_walk dataset_market_walk(const struct dataset_market *market, enum side taker,
					int64_t quantity)
{
	struct walking walking = {.wanted = quantity};
	order_book_walk(market->book, side_opposite(taker), take_level, &walking);
	return walking.walk;
}
