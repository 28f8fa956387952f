/* Snapshots and updates of all channels but the book's (§2.4, §2.5). */
#include "exchanges/testnet/lighter_service_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STATS_EVERY_NS (250 * NS_PER_MS)
#define TRADES_SHOWN   50
#define USDC_ASSET     "3"
#define USDC_DECIMALS  6

static const char *market_key(unsigned market, char *buffer, size_t size)
{
	snprintf(buffer, size, "%u", market);
	return buffer;
}

static void begin(struct lighter_service *service, struct served_text *text,
		  const struct served_subscription *subscription)
{
	char name[64];
	reply_open(text, NULL, '{');
	reply_text(text, "channel", served_channel_name(service, subscription, name, sizeof(name)));
}

static void end(struct served_text *text, bool first, const char *channel)
{
	char type[64];
	snprintf(type, sizeof(type), "%s/%s", first ? "subscribed" : "update", channel);
	reply_text(text, "type", type);
	reply_close(text, '}');
}

/* ---- market_stats, trade --------------------------------------------------------------------- */

static void put_stats_frame(struct lighter_service *service, struct served_text *text,
			    unsigned market, bool in_all, bool first)
{
	const struct served_subscription subscription = {STREAM_MARKET_STATS,
							 in_all ? SERVED_PERP_NIL : market, 0};
	char key[16];
	begin(service, text, &subscription);
	if (!in_all) {
		served_put_market_stats(service, text, "market_stats", market);
	} else {
		reply_open(text, "market_stats", '{');
		for (unsigned i = 0; i < service->market_count; i++) {
			if (first || i == market)
				served_put_market_stats(service, text,
							market_key(i, key, sizeof(key)), i);
		}
		reply_close(text, '}');
	}
	reply_integer(text, "timestamp", served_frame_ns(service) / NS_PER_MS);
	end(text, first, "market_stats");
}

static void stats_due(void *user)
{
	struct served_market *market = user;
	struct lighter_service *service = market->service;
	unsigned index = (unsigned)(market - service->markets);
	market->stats = 0;
	for (unsigned all = 0; all < 2; all++) {
		unsigned channel_market = all ? SERVED_PERP_NIL : index;
		struct served_text text = {0};
		if (!served_subscribed(service, STREAM_MARKET_STATS, channel_market, 0))
			continue;
		put_stats_frame(service, &text, index, all != 0, false);
		served_publish(service, STREAM_MARKET_STATS, channel_market, 0, &text);
		served_text_free(&text);
	}
}

void served_tell_stats(struct lighter_service *service, unsigned index)
{
	struct served_market *market = &service->markets[index];
	if (market->stats == 0)
		market->stats = scheduler_after(service->scheduler, STATS_EVERY_NS, SCHEDULE_TIMER,
						stats_due, market);
}

static void put_trades_begin(struct lighter_service *service, struct served_text *text,
			     unsigned market)
{
	const struct served_subscription subscription = {STREAM_TRADE, market, 0};
	begin(service, text, &subscription);
	reply_integer(text, "nonce", service->markets[market].nonce);
}

void served_tell_trade(struct lighter_service *service, unsigned market,
		       const struct market_event *event)
{
	struct served_text text = {0};
	if (!served_subscribed(service, STREAM_TRADE, market, 0))
		return;
	put_trades_begin(service, &text, market);
	reply_open(&text, "trades", '[');
	served_put_public_trade(service, &text, market, event);
	reply_close(&text, ']');
	reply_null(&text, "liquidation_trades");
	end(&text, false, "trade");
	served_publish(service, STREAM_TRADE, market, 0, &text);
	served_text_free(&text);
}

static void put_trade_snapshot(struct lighter_service *service, struct served_text *text,
			       unsigned market)
{
	struct market_event trades[TRADES_SHOWN];
	size_t count = trading_floor_trades(service->floor, service->markets[market].instrument,
					    trades, TRADES_SHOWN);
	put_trades_begin(service, text, market);
	if (count == 0)
		reply_null(text, "trades");
	else
		reply_open(text, "trades", '[');
	for (size_t i = 0; i < count; i++)
		served_put_public_trade(service, text, market, &trades[i]);
	if (count > 0)
		reply_close(text, ']');
	reply_null(text, "liquidation_trades");
	end(text, true, "trade");
}

/* ---- orders ---------------------------------------------------------------------------------- */

/* Open orders of one market as an array, newest first. */
static void put_open_orders(struct lighter_service *service, struct served_text *text,
			    const char *key, unsigned account, unsigned market)
{
	unsigned left = service->accounts[account].tallies[market].open_orders;
	reply_open(text, key, '[');
	for (size_t i = service->order_count; left > 0 && i > 0; i--) {
		const struct served_order *order = service->orders[i - 1];
		if (order->account != account || order->market != market ||
		    order->phase != PHASE_OPEN)
			continue;
		served_put_order(service, text, order, true);
		left--;
	}
	reply_close(text, ']');
}

static void put_open_orders_by_market(struct lighter_service *service, struct served_text *text,
				      unsigned account, unsigned only)
{
	char key[16];
	reply_open(text, "orders", '{');
	for (unsigned i = 0; i < service->market_count; i++) {
		if ((only == SERVED_PERP_NIL || only == i) &&
		    service->accounts[account].tallies[i].open_orders > 0)
			put_open_orders(service, text, market_key(i, key, sizeof(key)), account, i);
	}
	reply_close(text, '}');
}

static void put_one_order_by_market(struct lighter_service *service, struct served_text *text,
				    const struct served_order *order)
{
	char key[16];
	reply_open(text, "orders", '{');
	reply_open(text, market_key(order->market, key, sizeof(key)), '[');
	served_put_order(service, text, order, true);
	reply_close(text, ']');
	reply_close(text, '}');
}

static void put_account_market(struct lighter_service *service, struct served_text *text,
			       unsigned account, unsigned market)
{
	reply_integer(text, "account", service->accounts[account].index);
	reply_null(text, "funding_history");
	served_put_position(service, text, "position", account, market, 0);
}

void served_tell_order(struct lighter_service *service, const struct served_order *order)
{
	unsigned account = order->account, market = order->market;
	const struct served_subscription all = {STREAM_ACCOUNT_ALL_ORDERS, 0, account};
	const struct served_subscription one = {STREAM_ACCOUNT_ORDERS, market, account};
	const struct served_subscription whole = {STREAM_ACCOUNT_MARKET, market, account};
	struct served_text text = {0};
	if (served_subscribed(service, STREAM_ACCOUNT_ALL_ORDERS, 0, account)) {
		begin(service, &text, &all);
		put_one_order_by_market(service, &text, order);
		end(&text, false, "account_all_orders");
		served_publish(service, STREAM_ACCOUNT_ALL_ORDERS, market, account, &text);
		served_text_clear(&text);
	}
	if (served_subscribed(service, STREAM_ACCOUNT_ORDERS, market, account)) {
		begin(service, &text, &one);
		reply_integer(&text, "account", service->accounts[account].index);
		reply_integer(&text, "nonce", order->engine_nonce);
		put_one_order_by_market(service, &text, order);
		end(&text, false, "account_orders");
		served_publish(service, STREAM_ACCOUNT_ORDERS, market, account, &text);
		served_text_clear(&text);
	}
	if (served_subscribed(service, STREAM_ACCOUNT_MARKET, market, account)) {
		begin(service, &text, &whole);
		put_account_market(service, &text, account, market);
		reply_open(&text, "orders", '[');
		served_put_order(service, &text, order, true);
		reply_close(&text, ']');
		reply_null(&text, "trades");
		end(&text, false, "account_market");
		served_publish(service, STREAM_ACCOUNT_MARKET, market, account, &text);
	}
	served_text_free(&text);
}

/* ---- trades ---------------------------------------------------------------------------------- */

static void put_volumes(struct lighter_service *service, struct served_text *text, unsigned account)
{
	static const char *const NAMES[] = {"total", "monthly", "weekly", "daily"};
	const struct served_account *owner = &service->accounts[account];
	for (size_t i = 0; i < 4; i++) {
		char key[32];
		snprintf(key, sizeof(key), "%s_trades_count", NAMES[i]);
		reply_integer(text, key, (int64_t)owner->trades);
		snprintf(key, sizeof(key), "%s_volume", NAMES[i]);
		reply_money_number(text, key, owner->volume, USDC_DECIMALS);
	}
}

static void put_fill_by_market(struct lighter_service *service, struct served_text *text,
			       const struct floor_fill *fill, unsigned market, bool with_fees)
{
	char key[16];
	reply_open(text, "trades", '{');
	reply_open(text, market_key(market, key, sizeof(key)), '[');
	served_put_fill(service, text, fill, with_fees);
	reply_close(text, ']');
	reply_close(text, '}');
}

/* The account's newest fills as one array, of one market or all. */
static void put_fills(struct lighter_service *service, struct served_text *text, unsigned account,
		      unsigned only)
{
	size_t count = trading_floor_fill_count(service->floor, account), left = TRADES_SHOWN;
	reply_open(text, "trades", '[');
	for (size_t i = count; i > 0 && left > 0; i--) {
		const struct floor_fill *fill = trading_floor_fill(service->floor, account, i - 1);
		unsigned market;
		if (!served_find_market(service, fill->instrument, &market) ||
		    (only != SERVED_PERP_NIL && only != market))
			continue;
		served_put_fill(service, text, fill, true);
		left--;
	}
	reply_close(text, ']');
}

static void put_all_begin(struct lighter_service *service, struct served_text *text,
			  unsigned account)
{
	const struct served_subscription subscription = {STREAM_ACCOUNT_ALL, 0, account};
	begin(service, text, &subscription);
	reply_integer(text, "account", service->accounts[account].index);
	reply_open(text, "assets", '{');
	served_put_asset(service, text, USDC_ASSET, account);
	reply_close(text, '}');
	put_volumes(service, text, account);
	reply_open(text, "funding_histories", '{');
	reply_close(text, '}');
	reply_open(text, "shares", '[');
	reply_close(text, ']');
}

static void put_positions(struct lighter_service *service, struct served_text *text,
			  unsigned account, unsigned only)
{
	char key[16];
	reply_open(text, "positions", '{');
	for (unsigned i = 0; i < service->market_count; i++) {
		if (only == SERVED_PERP_NIL ? served_has_position_row(service, account, i)
					    : only == i)
			served_put_position(service, text, market_key(i, key, sizeof(key)), account,
					    i, 0);
	}
	reply_close(text, '}');
}

static void tell_liquidation(struct lighter_service *service, const struct floor_fill *fill)
{
	const struct served_subscription subscription = {STREAM_NOTIFICATION, 0, fill->account};
	struct served_text text = {0};
	char id[32];
	snprintf(id, sizeof(id), "%" PRIu64, fill->trade_number);
	begin(service, &text, &subscription);
	reply_open(&text, "notifs", '[');
	reply_open(&text, NULL, '{');
	reply_text(&text, "id", id);
	reply_integer(&text, "created_at", fill->venue_ns / NS_PER_MS);
	reply_integer(&text, "updated_at", fill->venue_ns / NS_PER_MS);
	reply_text(&text, "kind", fill->liquidation ? "liquidation" : "deleverage");
	reply_integer(&text, "account_index", service->accounts[fill->account].index);
	reply_open(&text, "content", '{');
	reply_close(&text, '}');
	reply_bool(&text, "ack", false);
	reply_close(&text, '}');
	reply_close(&text, ']');
	end(&text, false, "notification");
	served_publish(service, STREAM_NOTIFICATION, SERVED_PERP_NIL, fill->account, &text);
	served_text_free(&text);
}

void served_tell_fill(struct lighter_service *service, const struct floor_fill *fill)
{
	const struct served_subscription all = {STREAM_ACCOUNT_ALL_TRADES, 0, fill->account};
	struct served_text text = {0};
	unsigned market, account = fill->account;
	if (!served_find_market(service, fill->instrument, &market))
		return;
	bool with_fees = !served_strikes_in(service, "fill.fee_late", market,
					    fill->side == SIDE_BUY ? FAULT_BUY : FAULT_SELL, NULL);
	if (served_subscribed(service, STREAM_ACCOUNT_ALL_TRADES, 0, account)) {
		begin(service, &text, &all);
		put_fill_by_market(service, &text, fill, market, with_fees);
		put_volumes(service, &text, account);
		end(&text, false, "account_all_trades");
		served_publish(service, STREAM_ACCOUNT_ALL_TRADES, market, account, &text);
		served_text_clear(&text);
	}
	if (served_subscribed(service, STREAM_ACCOUNT_ALL, 0, account)) {
		put_all_begin(service, &text, account);
		put_positions(service, &text, account, market);
		put_fill_by_market(service, &text, fill, market, with_fees);
		end(&text, false, "account_all");
		served_publish(service, STREAM_ACCOUNT_ALL, market, account, &text);
	}
	served_text_free(&text);
	if (fill->order == NULL)
		tell_liquidation(service, fill);
}

/* ---- positions, assets, stats, transactions -------------------------------------------------- */

void served_tell_account(struct lighter_service *service, unsigned account, unsigned market)
{
	const struct served_subscription positions = {STREAM_ACCOUNT_ALL_POSITIONS, 0, account};
	struct served_text text = {0};
	if (market != SERVED_PERP_NIL &&
	    served_subscribed(service, STREAM_ACCOUNT_ALL_POSITIONS, 0, account)) {
		begin(service, &text, &positions);
		put_positions(service, &text, account, market);
		reply_open(&text, "shares", '[');
		reply_close(&text, ']');
		end(&text, false, "account_all_positions");
		served_publish(service, STREAM_ACCOUNT_ALL_POSITIONS, market, account, &text);
		served_text_clear(&text);
	}
	if (served_subscribed(service, STREAM_ACCOUNT_ALL_ASSETS, 0, account)) {
		const struct served_subscription assets = {STREAM_ACCOUNT_ALL_ASSETS, 0, account};
		begin(service, &text, &assets);
		reply_open(&text, "assets", '{');
		served_put_asset(service, &text, USDC_ASSET, account);
		reply_close(&text, '}');
		end(&text, false, "account_all_assets");
		served_publish(service, STREAM_ACCOUNT_ALL_ASSETS, SERVED_PERP_NIL, account, &text);
		served_text_clear(&text);
	}
	if (served_subscribed(service, STREAM_USER_STATS, 0, account)) {
		const struct served_subscription stats = {STREAM_USER_STATS, 0, account};
		begin(service, &text, &stats);
		served_put_user_stats(service, &text, account);
		end(&text, false, "user_stats");
		served_publish(service, STREAM_USER_STATS, SERVED_PERP_NIL, account, &text);
	}
	served_text_free(&text);
}

static void put_tx_list(struct lighter_service *service, struct served_text *text,
			const struct served_record *record)
{
	reply_open(text, "txs", '[');
	if (record != NULL) {
		reply_open(text, NULL, '{');
		reply_text(text, "hash", record->hash);
		reply_integer(text, "type", record->type);
		reply_integer(text, "status", record->state);
		reply_integer(text, "account_index", service->accounts[record->account].index);
		reply_integer(text, "nonce", record->nonce);
		reply_integer(text, "queued_at", record->accepted_ns / NS_PER_MS);
		reply_close(text, '}');
	}
	reply_close(text, ']');
}

void served_tell_tx(struct lighter_service *service, const struct served_record *record)
{
	const struct served_subscription subscription = {STREAM_ACCOUNT_TX, 0, record->account};
	struct served_text text = {0};
	if (!served_subscribed(service, STREAM_ACCOUNT_TX, 0, record->account))
		return;
	begin(service, &text, &subscription);
	put_tx_list(service, &text, record);
	end(&text, false, "account_tx");
	served_publish(service, STREAM_ACCOUNT_TX, SERVED_PERP_NIL, record->account, &text);
	served_text_free(&text);
}

/* ---- snapshots ------------------------------------------------------------------------------- */

static void put_account_snapshot(struct lighter_service *service, struct served_text *text,
				 const struct served_subscription *subscription)
{
	unsigned account = subscription->account, market = subscription->market;
	begin(service, text, subscription);
	switch (subscription->channel) {
	case STREAM_ACCOUNT_ALL_ORDERS:
		put_open_orders_by_market(service, text, account, SERVED_PERP_NIL);
		end(text, true, "account_all_orders");
		break;
	case STREAM_ACCOUNT_ORDERS:
		reply_integer(text, "account", service->accounts[account].index);
		reply_integer(text, "nonce", service->engine_nonce);
		put_open_orders_by_market(service, text, account, market);
		end(text, true, "account_orders");
		break;
	case STREAM_ACCOUNT_ALL_TRADES:
		put_fills(service, text, account, SERVED_PERP_NIL);
		put_volumes(service, text, account);
		end(text, true, "account_all_trades");
		break;
	case STREAM_ACCOUNT_ALL_POSITIONS:
		put_positions(service, text, account, SERVED_PERP_NIL);
		reply_open(text, "shares", '[');
		reply_close(text, ']');
		end(text, true, "account_all_positions");
		break;
	case STREAM_ACCOUNT_ALL_ASSETS:
		reply_open(text, "assets", '{');
		served_put_asset(service, text, USDC_ASSET, account);
		reply_close(text, '}');
		end(text, true, "account_all_assets");
		break;
	case STREAM_ACCOUNT_MARKET:
		put_account_market(service, text, account, market);
		put_open_orders(service, text, "orders", account, market);
		put_fills(service, text, account, market);
		end(text, true, "account_market");
		break;
	case STREAM_USER_STATS:
		served_put_user_stats(service, text, account);
		end(text, true, "user_stats");
		break;
	case STREAM_ACCOUNT_TX:
		put_tx_list(service, text, NULL);
		end(text, true, "account_tx");
		break;
	case STREAM_NOTIFICATION:
		reply_open(text, "notifs", '[');
		reply_close(text, ']');
		end(text, true, "notification");
		break;
	case STREAM_ORDER_BOOK:
	case STREAM_TICKER:
	case STREAM_MARKET_STATS:
	case STREAM_TRADE:
	case STREAM_ACCOUNT_ALL:
		break;
	}
}

static void put_all_snapshot(struct lighter_service *service, struct served_text *text,
			     unsigned account)
{
	put_all_begin(service, text, account);
	put_positions(service, text, account, SERVED_PERP_NIL);
	reply_open(text, "trades", '{');
	reply_close(text, '}');
	end(text, true, "account_all");
}

void served_channel_begin(struct served_socket *socket,
			  const struct served_subscription *subscription)
{
	struct lighter_service *service = socket->service;
	struct served_text text = {0};
	bool public = subscription->channel <= STREAM_TRADE;
	if (served_strikes(service, public ? "ws.silent" : "ws.private_silent", NULL))
		return;
	switch (subscription->channel) {
	case STREAM_ORDER_BOOK:
		served_book_snapshot(&service->markets[subscription->market], &text);
		break;
	case STREAM_TICKER:
		served_ticker(service, subscription->market, &text, true);
		break;
	case STREAM_MARKET_STATS:
		put_stats_frame(service, &text, subscription->market,
				subscription->market == SERVED_PERP_NIL, true);
		break;
	case STREAM_TRADE:
		put_trade_snapshot(service, &text, subscription->market);
		break;
	case STREAM_ACCOUNT_ALL:
		put_all_snapshot(service, &text, subscription->account);
		break;
	case STREAM_ACCOUNT_ALL_ORDERS:
	case STREAM_ACCOUNT_ORDERS:
	case STREAM_ACCOUNT_ALL_TRADES:
	case STREAM_ACCOUNT_ALL_POSITIONS:
	case STREAM_ACCOUNT_ALL_ASSETS:
	case STREAM_ACCOUNT_MARKET:
	case STREAM_USER_STATS:
	case STREAM_ACCOUNT_TX:
	case STREAM_NOTIFICATION:
		put_account_snapshot(service, &text, subscription);
		break;
	}
	served_socket_send(socket, &text);
	served_text_free(&text);
}
