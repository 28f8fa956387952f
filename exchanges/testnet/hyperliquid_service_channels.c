/* What goes out over the streams, and when (§5.4). */
#include "exchanges/testnet/hyperliquid_service_state.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAST_LEVELS	  5
#define SLOW_LEVELS	  20
#define SNAPSHOT_FILLS	  2000
#define SNAPSHOT_TRADES	  10
#define SNAPSHOT_PAYMENTS 500

static const struct channel_row {
	const char *type, *channel;
	bool has_coin, has_user;
} CHANNELS[HYPER_CHANNELS] = {
	[HYPER_BBO] = {"bbo", "bbo", true, false},
	[HYPER_L2_BOOK] = {"l2Book", "l2Book", true, false},
	[HYPER_ACTIVE_ASSET_CTX] = {"activeAssetCtx", "activeAssetCtx", true, false},
	[HYPER_ALL_MIDS] = {"allMids", "allMids", false, false},
	[HYPER_TRADES] = {"trades", "trades", true, false},
	[HYPER_CANDLE] = {"candle", "candle", true, false},
	[HYPER_ALL_CTXS] = {"allDexsAssetCtxs", "allDexsAssetCtxs", false, false},
	[HYPER_ORDER_UPDATES] = {"orderUpdates", "orderUpdates", false, true},
	[HYPER_USER_EVENTS] = {"userEvents", "user", false, true},
	[HYPER_USER_FILLS] = {"userFills", "userFills", false, true},
	[HYPER_USER_FUNDINGS] = {"userFundings", "userFundings", false, true},
	[HYPER_CLEARINGHOUSE] = {"clearinghouseState", "clearinghouseState", false, true},
	[HYPER_OPEN_ORDERS] = {"openOrders", "openOrders", false, true},
	[HYPER_ACTIVE_ASSET_DATA] = {"activeAssetData", "activeAssetData", true, true},
	[HYPER_WEB_DATA] = {"webData3", "webData3", false, true},
	[HYPER_NOTIFICATION] = {"notification", "notification", false, true},
};

bool hyper_channel_is_private(enum hyper_channel channel)
{
	return CHANNELS[channel].has_user;
}

/* ---- subscriptions -----------------------------------------------------------------------------
 */

static bool read_user(struct hyperliquid_service *service, const struct hyper_json *node,
		      struct hyper_subscription *out)
{
	uint8_t address[HYPER_ADDRESS_BYTES];
	if (!hyper_address_read(hyper_json_text(hyper_json_member(node, "user")), address))
		return false;
	const struct hyper_account *account = hyper_account_of(service, address);
	hyper_address_write(address, out->user);
	out->account = account != NULL ? account->number : HYPER_NO_ACCOUNT;
	return true;
}

static bool read_interval(const struct hyper_json *node, struct hyper_subscription *out)
{
	const char *interval = hyper_json_text(hyper_json_member(node, "interval"));
	if (interval == NULL || hyper_interval_ns(interval) == 0)
		return false;
	snprintf(out->interval, sizeof(out->interval), "%s", interval);
	return true;
}

/* Members that change nothing here; another perp dex there is none. */
static bool read_options(const struct hyper_json *node, struct hyper_subscription *out)
{
	const struct hyper_json *dex = hyper_json_given(node, "dex");
	const struct hyper_json *aggregation = hyper_json_given(node, "aggregateByTime");
	const char *name = hyper_json_text(dex);
	out->echoes_dex = dex != NULL;
	out->echoes_aggregation = aggregation != NULL;
	return (dex == NULL || (name != NULL && name[0] == '\0')) &&
	       (aggregation == NULL || hyper_json_bool(aggregation, &out->aggregates));
}

bool hyper_subscription_read(struct hyperliquid_service *service, const struct hyper_json *node,
			     struct hyper_subscription *out)
{
	const char *type = hyper_json_text(hyper_json_member(node, "type"));
	const char *coin = hyper_json_text(hyper_json_member(node, "coin"));
	*out = (struct hyper_subscription){.market = HYPER_NO_MARKET, .account = HYPER_NO_ACCOUNT};
	for (unsigned i = 0; type != NULL && i < HYPER_CHANNELS; i++) {
		const struct channel_row *row = &CHANNELS[i];
		if (strcmp(row->type, type) != 0)
			continue;
		out->channel = (enum hyper_channel)i;
		if (!read_options(node, out))
			return false;
		if (row->has_coin &&
		    (coin == NULL || !hyper_find_coin(service, coin, &out->market)))
			return false;
		if (row->has_user && !read_user(service, node, out))
			return false;
		if (out->channel == HYPER_L2_BOOK && !hyper_book_view_read(node, &out->view))
			return false;
		return out->channel != HYPER_CANDLE || read_interval(node, out);
	}
	return false;
}

static void put_or_null(struct served_text *text, const char *key, int value)
{
	if (value != 0)
		reply_integer(text, key, value);
	else
		reply_null(text, key);
}

void hyper_subscription_put(const struct hyperliquid_service *service, struct served_text *text,
			    const char *key, const struct hyper_subscription *subscription)
{
	const struct channel_row *row = &CHANNELS[subscription->channel];
	reply_open(text, key, '{');
	reply_text(text, "type", row->type);
	if (row->has_coin)
		reply_text(text, "coin", service->markets[subscription->market].terms->symbol);
	if (row->has_user)
		reply_text(text, "user", subscription->user);
	if (subscription->channel == HYPER_L2_BOOK) {
		put_or_null(text, "nSigFigs", subscription->view.figures);
		put_or_null(text, "mantissa", subscription->view.mantissa);
		if (subscription->view.fast)
			reply_bool(text, "fast", true);
	}
	if (subscription->interval[0] != '\0')
		reply_text(text, "interval", subscription->interval);
	if (subscription->echoes_dex)
		reply_text(text, "dex", "");
	if (subscription->echoes_aggregation)
		reply_bool(text, "aggregateByTime", subscription->aggregates);
	reply_close(text, '}');
}

/* ---- frames ------------------------------------------------------------------------------------
 */

static void frame_open(struct served_text *frame, enum hyper_channel channel)
{
	reply_open(frame, NULL, '{');
	reply_text(frame, "channel", CHANNELS[channel].channel);
}

static bool told_without_fee(struct hyperliquid_service *service, const struct floor_fill *fill)
{
	unsigned market;
	return hyper_find_market(service, fill->instrument, &market) &&
	       hyper_strikes_in(service, "fill.fee_late", market, true, fill->side == SIDE_BUY,
				NULL);
}

/* Of a snapshot: newest first, fees known. */
static void put_fills(struct hyperliquid_service *service, struct served_text *text,
		      const char *key, unsigned account, size_t from, size_t to, bool snapshot)
{
	reply_open(text, key, '[');
	for (size_t i = from; i < to; i++) {
		size_t index = snapshot ? to - 1 - (i - from) : i;
		const struct floor_fill *fill = trading_floor_fill(service->floor, account, index);
		hyper_put_fill(service, text, fill, snapshot || !told_without_fee(service, fill));
	}
	reply_close(text, ']');
}

static void put_payments(struct hyperliquid_service *service, struct served_text *text,
			 unsigned account, size_t from, size_t to)
{
	reply_open(text, "fundings", '[');
	for (size_t i = from; i < to; i++)
		hyper_put_payment(service, text, trading_floor_payment(service->floor, account, i),
				  false);
	reply_close(text, ']');
}

static size_t fills_of(const struct hyperliquid_service *service, unsigned account)
{
	return account != HYPER_NO_ACCOUNT ? trading_floor_fill_count(service->floor, account) : 0;
}

static size_t payments_of(const struct hyperliquid_service *service, unsigned account)
{
	return account != HYPER_NO_ACCOUNT ? trading_floor_payment_count(service->floor, account)
					   : 0;
}

static void put_web_data(struct hyperliquid_service *service, struct served_text *text,
			 const char *user)
{
	reply_open(text, "data", '{');
	reply_open(text, "userState", '{');
	reply_text(text, "user", user);
	reply_null(text, "agentAddress");
	reply_null(text, "agentValidUntil");
	reply_text(text, "cumLedger", "0.0");
	reply_integer(text, "serverTime", hyper_frame_ms(service));
	reply_bool(text, "isVault", false);
	reply_close(text, '}');
	reply_value(text, "perpDexStates", "[{\"totalVaultEquity\":\"0.0\"}]");
	reply_close(text, '}');
}

/* A whole state: what such a subscription begins with and repeats. */
static void put_state(struct hyperliquid_service *service, struct served_text *frame,
		      const struct hyper_subscription *about)
{
	frame_open(frame, about->channel);
	switch (about->channel) {
	case HYPER_BBO:
		hyper_put_bbo(service, frame, "data", about->market);
		break;
	case HYPER_L2_BOOK:
		hyper_put_book(service, frame, "data", about->market, &about->view,
			       about->view.fast ? FAST_LEVELS : SLOW_LEVELS);
		break;
	case HYPER_ACTIVE_ASSET_CTX:
		reply_open(frame, "data", '{');
		reply_text(frame, "coin", service->markets[about->market].terms->symbol);
		hyper_put_context(service, frame, "ctx", about->market);
		reply_close(frame, '}');
		break;
	case HYPER_ALL_MIDS:
		reply_open(frame, "data", '{');
		hyper_put_mids(service, frame, "mids");
		reply_close(frame, '}');
		break;
	case HYPER_ALL_CTXS:
		reply_open(frame, "data", '{');
		reply_open(frame, "ctxs", '[');
		reply_open(frame, NULL, '[');
		reply_text(frame, NULL, "");
		reply_open(frame, NULL, '[');
		for (unsigned i = 0; i < service->market_count; i++)
			hyper_put_context(service, frame, NULL, i);
		reply_raw(frame, "]]]}", 4);
		break;
	case HYPER_CANDLE:
		hyper_put_last_candle(frame, "data", &service->markets[about->market],
				      about->interval);
		break;
	case HYPER_CLEARINGHOUSE:
		reply_open(frame, "data", '{');
		reply_text(frame, "dex", "");
		reply_text(frame, "user", about->user);
		hyper_put_clearinghouse(service, frame, "clearinghouseState", about->account, false,
					0);
		reply_close(frame, '}');
		break;
	case HYPER_OPEN_ORDERS:
		reply_open(frame, "data", '{');
		reply_text(frame, "dex", "");
		reply_text(frame, "user", about->user);
		hyper_put_open_orders(service, frame, "orders", about->account, true, 0);
		reply_close(frame, '}');
		break;
	case HYPER_ACTIVE_ASSET_DATA:
		hyper_put_asset_data(service, frame, "data", about->user, about->account,
				     about->market);
		break;
	case HYPER_WEB_DATA:
		put_web_data(service, frame, about->user);
		break;
	case HYPER_TRADES:
	case HYPER_ORDER_UPDATES:
	case HYPER_USER_EVENTS:
	case HYPER_USER_FILLS:
	case HYPER_USER_FUNDINGS:
	case HYPER_NOTIFICATION:
		break;
	}
	reply_close(frame, '}');
}

static void put_snapshot(struct hyperliquid_service *service, struct served_text *frame,
			 const struct hyper_subscription *about)
{
	struct market_event events[SNAPSHOT_TRADES];
	size_t count;
	frame_open(frame, about->channel);
	if (about->channel == HYPER_TRADES) {
		count = trading_floor_trades(service->floor,
					     service->markets[about->market].instrument, events,
					     SNAPSHOT_TRADES);
		reply_open(frame, "data", '[');
		for (size_t i = 0; i < count; i++)
			hyper_put_trade(frame, service, about->market, &events[i]);
		reply_close(frame, ']');
	} else {
		reply_open(frame, "data", '{');
		reply_bool(frame, "isSnapshot", true);
		reply_text(frame, "user", about->user);
		if (about->channel == HYPER_USER_FILLS) {
			count = fills_of(service, about->account);
			put_fills(service, frame, "fills", about->account,
				  count > SNAPSHOT_FILLS ? count - SNAPSHOT_FILLS : 0, count, true);
		} else {
			count = payments_of(service, about->account);
			put_payments(service, frame, about->account,
				     count > SNAPSHOT_PAYMENTS ? count - SNAPSHOT_PAYMENTS : 0,
				     count);
		}
		reply_close(frame, '}');
	}
	reply_close(frame, '}');
}

void hyper_channel_begin(struct hyper_socket *socket, const struct hyper_subscription *subscription)
{
	struct served_text frame = {0};
	switch (subscription->channel) {
	case HYPER_ORDER_UPDATES:
	case HYPER_USER_EVENTS:
	case HYPER_NOTIFICATION:
		return;
	case HYPER_TRADES:
	case HYPER_USER_FILLS:
	case HYPER_USER_FUNDINGS:
		put_snapshot(socket->service, &frame, subscription);
		break;
	case HYPER_BBO:
	case HYPER_L2_BOOK:
	case HYPER_ACTIVE_ASSET_CTX:
	case HYPER_ALL_MIDS:
	case HYPER_CANDLE:
	case HYPER_ALL_CTXS:
	case HYPER_CLEARINGHOUSE:
	case HYPER_OPEN_ORDERS:
	case HYPER_ACTIVE_ASSET_DATA:
	case HYPER_WEB_DATA:
		put_state(socket->service, &frame, subscription);
		break;
	}
	hyper_socket_send(socket, &frame);
	served_text_free(&frame);
}

/* ---- repeated states ---------------------------------------------------------------------------
 */

typedef bool (*wanted_now)(const struct hyper_subscription *subscription, const void *context);

/* Each different subscription that is wanted is written once and sent to all who have it. */
static void repeat(struct hyperliquid_service *service, wanted_now wanted, const void *context)
{
	struct hyper_subscription *list = NULL;
	size_t count = 0, capacity = 0;
	for (const struct hyper_socket *socket = service->sockets; socket != NULL;
	     socket = socket->next) {
		for (size_t i = 0; !socket->doomed && i < socket->subscription_count; i++) {
			const struct hyper_subscription *one = &socket->subscriptions[i];
			size_t k = 0;
			if (!wanted(one, context))
				continue;
			while (k < count && !hyper_subscription_same(&list[k], one))
				k++;
			if (k < count)
				continue;
			list = hyper_grow(list, count, &capacity, sizeof(*list));
			list[count++] = *one;
		}
	}
	for (size_t k = 0; k < count; k++) {
		struct served_text frame = {0};
		put_state(service, &frame, &list[k]);
		hyper_publish(service, &list[k], &frame);
		served_text_free(&frame);
	}
	free(list);
}

static bool is_book(const struct hyper_subscription *subscription, const void *fast)
{
	return subscription->channel == HYPER_L2_BOOK &&
	       subscription->view.fast == *(const bool *)fast;
}

static bool is_timed(const struct hyper_subscription *subscription, const void *context)
{
	(void)context;
	return subscription->channel == HYPER_ALL_MIDS || subscription->channel == HYPER_ALL_CTXS ||
	       subscription->channel == HYPER_CLEARINGHOUSE ||
	       subscription->channel == HYPER_ACTIVE_ASSET_DATA;
}

static void fast_due(void *user)
{
	struct hyperliquid_service *service = user;
	static const bool FAST = true;
	service->fast = 0;
	repeat(service, is_book, &FAST);
	/* ws.burst: so many more in a second. */
	int64_t more = hyper_fault_number(service, "ws.burst", 0) *
		       service->options.fast_book_interval_ns / NS_PER_SECOND;
	while (more-- > 0)
		repeat(service, is_book, &FAST);
	hyper_channels_arm(service);
}

static void slow_due(void *user)
{
	struct hyperliquid_service *service = user;
	static const bool SLOW = false;
	service->slow = 0;
	repeat(service, is_book, &SLOW);
	hyper_channels_arm(service);
}

static void second_due(void *user)
{
	struct hyperliquid_service *service = user;
	service->second = 0;
	repeat(service, is_timed, NULL);
	hyper_channels_arm(service);
}

void hyper_channels_arm(struct hyperliquid_service *service)
{
	bool timed = service->subscribers[HYPER_ALL_MIDS] > 0 ||
		     service->subscribers[HYPER_ALL_CTXS] > 0 ||
		     service->subscribers[HYPER_CLEARINGHOUSE] > 0 ||
		     service->subscribers[HYPER_ACTIVE_ASSET_DATA] > 0;
	bool books = service->subscribers[HYPER_L2_BOOK] > 0;
	if (books && service->fast == 0 && service->options.fast_book_interval_ns > 0)
		service->fast =
			scheduler_after(service->scheduler, service->options.fast_book_interval_ns,
					SCHEDULE_TIMER, fast_due, service);
	if (books && service->slow == 0 && service->options.slow_book_interval_ns > 0)
		service->slow =
			scheduler_after(service->scheduler, service->options.slow_book_interval_ns,
					SCHEDULE_TIMER, slow_due, service);
	if (timed && service->second == 0)
		service->second = scheduler_after(service->scheduler, NS_PER_SECOND, SCHEDULE_TIMER,
						  second_due, service);
}

/* ---- the frames of an instant ------------------------------------------------------------------
 */

static struct hyper_subscription about_account(const struct hyper_account *account,
					       enum hyper_channel channel)
{
	struct hyper_subscription about = {
		.channel = channel, .market = HYPER_NO_MARKET, .account = account->number};
	memcpy(about.user, account->address_text, sizeof(about.user));
	return about;
}

/* {"channel":c,"data":[rows]}; rows are cleared. */
static void flush_rows(struct hyperliquid_service *service, const struct hyper_subscription *about,
		       struct served_text *rows)
{
	struct served_text frame = {0};
	if (rows->length == 0)
		return;
	frame_open(&frame, about->channel);
	reply_open(&frame, "data", '[');
	reply_raw(&frame, rows->bytes, rows->length);
	reply_close(&frame, ']');
	reply_close(&frame, '}');
	served_text_clear(rows);
	hyper_publish(service, about, &frame);
	served_text_free(&frame);
}

static void flush_fills(struct hyperliquid_service *service, struct hyper_account *account)
{
	size_t from = account->fills_told, to = fills_of(service, account->number);
	account->fills_told = to;
	if (from == to)
		return;
	struct hyper_subscription about = about_account(account, HYPER_USER_FILLS);
	struct served_text frame = {0};
	if (service->subscribers[HYPER_USER_FILLS] > 0) {
		frame_open(&frame, HYPER_USER_FILLS);
		reply_open(&frame, "data", '{');
		reply_text(&frame, "user", account->address_text);
		put_fills(service, &frame, "fills", account->number, from, to, false);
		reply_raw(&frame, "}}", 2);
		hyper_publish(service, &about, &frame);
		served_text_clear(&frame);
	}
	if (service->subscribers[HYPER_USER_EVENTS] > 0) {
		about.channel = HYPER_USER_EVENTS;
		frame_open(&frame, HYPER_USER_EVENTS);
		reply_open(&frame, "data", '{');
		put_fills(service, &frame, "fills", account->number, from, to, false);
		reply_raw(&frame, "}}", 2);
		hyper_publish(service, &about, &frame);
	}
	served_text_free(&frame);
}

static void flush_payments(struct hyperliquid_service *service, struct hyper_account *account)
{
	size_t from = account->payments_told, to = payments_of(service, account->number);
	account->payments_told = to;
	if (from == to)
		return;
	struct hyper_subscription about = about_account(account, HYPER_USER_FUNDINGS);
	struct served_text frame = {0};
	frame_open(&frame, HYPER_USER_FUNDINGS);
	reply_open(&frame, "data", '{');
	reply_text(&frame, "user", account->address_text);
	put_payments(service, &frame, account->number, from, to);
	reply_raw(&frame, "}}", 2);
	hyper_publish(service, &about, &frame);
	about.channel = HYPER_USER_EVENTS;
	for (size_t i = from; i < to && service->subscribers[HYPER_USER_EVENTS] > 0; i++) {
		struct served_text row = {0};
		hyper_put_payment(service, &row,
				  trading_floor_payment(service->floor, account->number, i), false);
		served_text_clear(&frame);
		frame_open(&frame, HYPER_USER_EVENTS);
		reply_open(&frame, "data", '{');
		reply_value(&frame, "funding", row.bytes != NULL ? row.bytes : "null");
		reply_raw(&frame, "}}", 2);
		hyper_publish(service, &about, &frame);
		served_text_free(&row);
	}
	served_text_free(&frame);
}

static void flush_cancels(struct hyperliquid_service *service, struct hyper_account *account)
{
	struct hyper_subscription about = about_account(account, HYPER_USER_EVENTS);
	struct served_text frame = {0};
	if (account->cancels.length == 0)
		return;
	frame_open(&frame, HYPER_USER_EVENTS);
	reply_open(&frame, "data", '{');
	reply_open(&frame, "nonUserCancel", '[');
	reply_raw(&frame, account->cancels.bytes, account->cancels.length);
	reply_raw(&frame, "]}}", 3);
	served_text_clear(&account->cancels);
	hyper_publish(service, &about, &frame);
	served_text_free(&frame);
}

static bool is_state_of(const struct hyper_subscription *subscription, const void *account)
{
	return subscription->account == *(const unsigned *)account &&
	       (subscription->channel == HYPER_CLEARINGHOUSE ||
		subscription->channel == HYPER_OPEN_ORDERS ||
		subscription->channel == HYPER_ACTIVE_ASSET_DATA);
}

static void flush_account(struct hyperliquid_service *service, struct hyper_account *account)
{
	const struct hyper_subscription updates = about_account(account, HYPER_ORDER_UPDATES);
	flush_rows(service, &updates, &account->updates);
	flush_fills(service, account);
	flush_payments(service, account);
	flush_cancels(service, account);
	if (!account->changed)
		return;
	account->changed = false;
	repeat(service, is_state_of, &account->number);
}

struct market_channel {
	unsigned market;
	enum hyper_channel channel;
};

static bool is_of_market(const struct hyper_subscription *subscription, const void *context)
{
	const struct market_channel *wanted = context;
	return subscription->channel == wanted->channel && subscription->market == wanted->market;
}

static void repeat_market(struct hyperliquid_service *service, unsigned market,
			  enum hyper_channel channel)
{
	const struct market_channel wanted = {market, channel};
	if (service->subscribers[channel] > 0)
		repeat(service, is_of_market, &wanted);
}

static void flush_market(struct hyperliquid_service *service, unsigned market)
{
	struct hyper_market *row = &service->markets[market];
	const struct hyper_subscription trades = {
		.channel = HYPER_TRADES, .market = market, .account = HYPER_NO_ACCOUNT};
	flush_rows(service, &trades, &row->trades);
	if (row->best_dirty) {
		row->best_dirty = false;
		if (hyper_bbo_changed(service, market))
			repeat_market(service, market, HYPER_BBO);
	}
	if (row->candle_dirty) {
		row->candle_dirty = false;
		repeat_market(service, market, HYPER_CANDLE);
	}
	if (row->context_dirty) {
		row->context_dirty = false;
		repeat_market(service, market, HYPER_ACTIVE_ASSET_CTX);
	}
}

void hyper_channels_flush(struct hyperliquid_service *service)
{
	for (unsigned i = 0; i < service->account_count; i++)
		flush_account(service, &service->accounts[i]);
	for (unsigned i = 0; i < service->market_count; i++)
		flush_market(service, i);
	hyper_sockets_cut_condemned(service);
}
