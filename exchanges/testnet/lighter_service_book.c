/*
 * order_book and ticker (§2.3, §2.4). What was told is kept, and an update is the difference
 * between it and what is displayed now: whatever the floor did in between, a client that applies
 * the frames has the displayed book.
 */
#include "exchanges/testnet/lighter_service_state.h"

#include <string.h>

int64_t served_frame_ns(struct lighter_service *service)
{
	if (!served_strikes(service, "ws.stale_ts", NULL))
		service->stale_ns = 0;
	else if (service->stale_ns == 0)
		service->stale_ns = served_now_ns(service);
	return service->stale_ns != 0 ? service->stale_ns : served_now_ns(service);
}

static unsigned index_of(const struct served_market *market)
{
	return (unsigned)(market - market->service->markets);
}

static void put_book_level(struct served_text *text, const struct instrument *instrument,
			   struct book_level level)
{
	reply_open(text, NULL, '{');
	reply_decimal(text, "price", level.price.units, instrument->price_decimals);
	reply_decimal(text, "size", level.quantity.units, instrument->quantity_decimals);
	reply_close(text, '}');
}

/* Levels of `now` that `told` does not have, and 0 for those that are gone; the count. */
static size_t put_changes(struct served_text *text, const struct instrument *instrument,
			  enum side side, const struct book_level *told, size_t told_count,
			  const struct book_level *now, size_t now_count)
{
	size_t i = 0, k = 0, count = 0;
	while (i < told_count || k < now_count) {
		int64_t order = i == told_count	   ? 1
				: k == now_count   ? -1
				: side == SIDE_BUY ? now[k].price.units - told[i].price.units
						   : told[i].price.units - now[k].price.units;
		if (order < 0) {
			put_book_level(text, instrument, (struct book_level){told[i++].price, {0}});
			count++;
		} else if (order > 0) {
			put_book_level(text, instrument, now[k++]);
			count++;
		} else {
			if (told[i].quantity.units != now[k].quantity.units) {
				put_book_level(text, instrument, now[k]);
				count++;
			}
			i++;
			k++;
		}
	}
	return count;
}

/* The rest of a frame, after its lists were written. */
static void put_frame_end(struct served_market *market, struct served_text *text,
			  int64_t begin_nonce, const char *type)
{
	int64_t frame_ns = served_frame_ns(market->service);
	reply_integer(text, "offset", market->offset);
	reply_integer(text, "nonce", market->sent_nonce);
	reply_integer(text, "last_updated_at", frame_ns / NS_PER_US);
	reply_integer(text, "begin_nonce", begin_nonce);
	reply_close(text, '}');
	reply_integer(text, "timestamp", frame_ns / NS_PER_MS);
	reply_text(text, "type", type);
	reply_close(text, '}');
}

static void put_frame_begin(struct served_market *market, struct served_text *text)
{
	const struct served_subscription subscription = {STREAM_ORDER_BOOK, index_of(market), 0};
	char name[64];
	reply_open(text, NULL, '{');
	reply_text(text, "channel",
		   served_channel_name(market->service, &subscription, name, sizeof(name)));
	reply_integer(text, "last_updated_at", served_frame_ns(market->service) / NS_PER_US);
	reply_integer(text, "offset", market->offset);
	reply_open(text, "order_book", '{');
	reply_integer(text, "code", 0);
}

static void put_whole_side(struct served_text *text, const char *key,
			   const struct instrument *instrument, const struct book_level *levels,
			   size_t count)
{
	if (count == 0) {
		reply_null(text, key); /* as seen (§1.2) */
		return;
	}
	reply_open(text, key, '[');
	for (size_t i = 0; i < count; i++)
		put_book_level(text, instrument, levels[i]);
	reply_close(text, ']');
}

void served_book_snapshot(struct served_market *market, struct served_text *text)
{
	const struct instrument *instrument =
		instrument_get(market->service->instruments, market->instrument);
	put_frame_begin(market, text);
	put_whole_side(text, "asks", instrument, market->asks, market->ask_count);
	put_whole_side(text, "bids", instrument, market->bids, market->bid_count);
	put_frame_end(market, text, 0, "subscribed/order_book");
}

/* ws.burst: frames that change nothing, but each with its own step in the chain. */
static void publish_burst(struct served_market *market)
{
	struct lighter_service *service = market->service;
	const struct fault_occasion occasion = served_occasion(service);
	int64_t per_second = service->faults != NULL
				     ? fault_plan_number(service->faults, "ws.burst", &occasion, 0)
				     : 0;
	int64_t frames =
		(per_second * service->book_interval_ns + NS_PER_SECOND - 1) / NS_PER_SECOND;
	const struct instrument *instrument =
		instrument_get(service->instruments, market->instrument);
	for (int64_t i = 0; i < frames && market->bid_count > 0; i++) {
		struct served_text text = {0};
		int64_t begin_nonce = market->sent_nonce;
		market->sent_nonce = ++market->nonce;
		market->offset++;
		put_frame_begin(market, &text);
		put_whole_side(&text, "asks", instrument, NULL, 0);
		put_whole_side(&text, "bids", instrument, market->bids, 1);
		put_frame_end(market, &text, begin_nonce, "update/order_book");
		served_publish(service, STREAM_ORDER_BOOK, index_of(market), 0, &text);
		served_text_free(&text);
	}
}

void served_book_flush(struct served_market *market)
{
	struct lighter_service *service = market->service;
	const struct instrument *instrument =
		instrument_get(service->instruments, market->instrument);
	struct book_level bids[SERVED_BOOK_LEVELS], asks[SERVED_BOOK_LEVELS];
	struct served_text text = {0};
	scheduler_cancel(service->scheduler, market->flush);
	market->flush = 0;
	market->flushed_ns = scheduler_now(service->scheduler);
	size_t bid_count = trading_floor_depth(service->floor, instrument->id, SIDE_BUY, bids,
					       SERVED_BOOK_LEVELS);
	size_t ask_count = trading_floor_depth(service->floor, instrument->id, SIDE_SELL, asks,
					       SERVED_BOOK_LEVELS);
	int64_t begin_nonce = market->sent_nonce;
	market->offset += 1 + market->nonce % 3; /* not contiguous */
	put_frame_begin(market, &text);
	reply_open(&text, "asks", '[');
	size_t changes = put_changes(&text, instrument, SIDE_SELL, market->asks, market->ask_count,
				     asks, ask_count);
	reply_close(&text, ']');
	reply_open(&text, "bids", '[');
	changes += put_changes(&text, instrument, SIDE_BUY, market->bids, market->bid_count, bids,
			       bid_count);
	reply_close(&text, ']');
	if (changes > 0 && market->nonce == market->sent_nonce)
		market->nonce++; /* what the floor did not tell of */
	if (changes > 0) {
		market->sent_nonce = market->nonce;
		put_frame_end(market, &text, begin_nonce, "update/order_book");
		memcpy(market->bids, bids, bid_count * sizeof(bids[0]));
		memcpy(market->asks, asks, ask_count * sizeof(asks[0]));
		market->bid_count = bid_count;
		market->ask_count = ask_count;
		served_publish(service, STREAM_ORDER_BOOK, index_of(market), 0, &text);
	}
	served_text_free(&text);
}

static void flush_due(void *user)
{
	struct served_market *market = user;
	market->flush = 0;
	served_book_flush(market);
	publish_burst(market);
}

void served_book_changed(struct lighter_service *service, unsigned index)
{
	struct served_market *market = &service->markets[index];
	int64_t now_ns = scheduler_now(service->scheduler);
	market->nonce++;
	service->engine_nonce++;
	if (market->book_subscribers == 0)
		return;
	if (market->flush == 0) {
		int64_t due_ns = market->flushed_ns + service->book_interval_ns;
		market->flush = scheduler_at(service->scheduler, due_ns > now_ns ? due_ns : now_ns,
					     SCHEDULE_TIMER, flush_due, market);
	}
	if (served_subscribed(service, STREAM_TICKER, index, 0)) {
		struct served_text text = {0};
		served_ticker(service, index, &text, false);
		served_publish(service, STREAM_TICKER, index, 0, &text);
		served_text_free(&text);
	}
}

static void put_best(struct lighter_service *service, struct served_text *text, const char *key,
		     const struct instrument *instrument, enum side side)
{
	struct book_level best;
	reply_open(text, key, '{');
	if (trading_floor_depth(service->floor, instrument->id, side, &best, 1) == 0) {
		reply_text(text, "price", "");
		reply_text(text, "size", "");
	} else {
		reply_decimal(text, "price", best.price.units, instrument->price_decimals);
		reply_decimal(text, "size", best.quantity.units, instrument->quantity_decimals);
	}
	reply_close(text, '}');
}

void served_ticker(struct lighter_service *service, unsigned index, struct served_text *text,
		   bool first)
{
	const struct served_subscription subscription = {STREAM_TICKER, index, 0};
	const struct instrument *instrument = served_instrument(service, index);
	int64_t frame_ns = served_frame_ns(service);
	char name[64];
	reply_open(text, NULL, '{');
	reply_text(text, "channel",
		   served_channel_name(service, &subscription, name, sizeof(name)));
	reply_integer(text, "nonce", service->markets[index].nonce);
	reply_open(text, "ticker", '{');
	reply_text(text, "s", instrument->symbol);
	put_best(service, text, "a", instrument, SIDE_SELL);
	put_best(service, text, "b", instrument, SIDE_BUY);
	reply_integer(text, "last_updated_at", frame_ns / NS_PER_US);
	reply_close(text, '}');
	reply_integer(text, "timestamp", frame_ns / NS_PER_MS);
	reply_text(text, "type", first ? "subscribed/ticker" : "update/ticker");
	reply_close(text, '}');
}
