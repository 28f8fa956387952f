/* What an account may read of itself by REST: §1.8 and §1.9. */
#include "exchanges/testnet/lighter_service_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define USDC_DECIMALS 6
#define PAGE_MAX      100

static void begin(struct served_call *call)
{
	reply_open(&call->body, NULL, '{');
	reply_integer(&call->body, "code", 200);
}

/* How far what is read lies back: qry.lag_ms of look-ups, pos.lag_ms of positions. */
static int64_t lag_ns(struct served_call *call, const char *knob)
{
	const struct fault_occasion occasion = served_occasion(call->service);
	if (call->service->faults == NULL)
		return 0;
	return fault_plan_number(call->service->faults, knob, &occasion, 0) * NS_PER_MS;
}

/* When everything of the account will be cancelled; 0 once it has been. */
static int64_t cancel_all_time(const struct served_call *call, unsigned account)
{
	int64_t at_ms = call->service->accounts[account].cancel_all_ms;
	return at_ms > served_now_ms(call->service) ? at_ms : 0;
}

/* ---- account --------------------------------------------------------------------------------- */

void served_get_accounts_by_l1(struct served_call *call)
{
	const char *address = served_form_text(call->form, "l1_address");
	struct lighter_service *service = call->service;
	unsigned found = 0;
	if (address == NULL) {
		served_refuse(call, 400, 20001);
		return;
	}
	begin(call);
	reply_text(&call->body, "l1_address", address);
	reply_open(&call->body, "sub_accounts", '[');
	for (unsigned i = 0; i < service->account_count; i++) {
		if (strcasecmp(service->accounts[i].l1_address, address) != 0)
			continue;
		struct floor_balance balance = trading_floor_balance(service->floor, i);
		reply_open(&call->body, NULL, '{');
		reply_integer(&call->body, "code", 0);
		reply_integer(&call->body, "account_type", found > 0 ? 1 : 0);
		reply_integer(&call->body, "index", service->accounts[i].index);
		reply_text(&call->body, "l1_address", service->accounts[i].l1_address);
		reply_integer(&call->body, "cancel_all_time", cancel_all_time(call, i));
		reply_integer(&call->body, "total_order_count", service->accounts[i].open_orders);
		reply_integer(&call->body, "pending_order_count", 0);
		reply_integer(&call->body, "status", 1);
		reply_money(&call->body, "collateral", balance.balance, USDC_DECIMALS);
		reply_close(&call->body, '}');
		found++;
	}
	reply_close(&call->body, ']');
	reply_close(&call->body, '}');
	if (found == 0)
		served_refuse(call, 400, 21100);
}

static void put_positions(struct served_call *call, unsigned account, bool active_only)
{
	struct lighter_service *service = call->service;
	bool empty = served_strikes(service, "pos.empty", NULL);
	int64_t lag = lag_ns(call, "pos.lag_ms");
	reply_open(&call->body, "positions", '[');
	for (unsigned i = 0; !empty && i < service->market_count; i++) {
		struct floor_position position = served_position(service, account, i, lag);
		if (active_only || lag > 0 ? position.quantity.units != 0
					   : served_has_position_row(service, account, i))
			served_put_position(service, &call->body, NULL, account, i, lag);
	}
	reply_close(&call->body, ']');
}

static void put_account(struct served_call *call, unsigned index, bool active_only)
{
	const struct served_account *account = &call->service->accounts[index];
	struct floor_balance balance = trading_floor_balance(call->service->floor, index);
	struct served_text *text = &call->body;
	reply_open(text, NULL, '{');
	reply_integer(text, "code", 0);
	reply_integer(text, "account_type", 0);
	reply_integer(text, "index", account->index);
	reply_integer(text, "account_index", account->index);
	reply_text(text, "l1_address", account->l1_address);
	reply_integer(text, "cancel_all_time", cancel_all_time(call, index));
	reply_integer(text, "total_order_count", account->open_orders);
	reply_integer(text, "total_isolated_order_count", 0);
	reply_integer(text, "pending_order_count", 0);
	reply_money(text, "available_balance",
		    balance.available.e18 > 0 ? balance.available : (struct money){0},
		    USDC_DECIMALS);
	reply_integer(text, "status", 1);
	reply_money(text, "collateral", balance.balance, USDC_DECIMALS);
	reply_integer(text, "transaction_time", served_now_ns(call->service) / NS_PER_US);
	reply_integer(text, "account_trading_mode", 0);
	put_positions(call, index, active_only);
	reply_open(text, "assets", '[');
	served_put_asset(call->service, text, NULL, index);
	reply_close(text, ']');
	reply_money(text, "total_asset_value", balance.equity, USDC_DECIMALS);
	reply_money(text, "cross_asset_value", balance.equity, USDC_DECIMALS);
	reply_money(text, "cross_initial_margin_requirement", balance.margin_used, USDC_DECIMALS);
	reply_money(text, "cross_maintenance_margin_requirement", balance.maintenance,
		    USDC_DECIMALS);
	reply_open(text, "shares", '[');
	reply_close(text, ']');
	reply_close(text, '}');
}

void served_get_account(struct served_call *call)
{
	const char *by = served_form_text(call->form, "by");
	const char *value = served_form_text(call->form, "value");
	const char *active = served_form_text(call->form, "active_only");
	struct lighter_service *service = call->service;
	unsigned total = 0;
	int64_t index = -1;
	bool by_index = by != NULL && strcmp(by, "index") == 0;
	bool by_address = by != NULL && strcmp(by, "l1_address") == 0;
	if (value == NULL || !(by_index || by_address) ||
	    (by_index && !served_integer(value, 0, INT64_MAX, &index))) {
		served_refuse(call, 400, 20001);
		return;
	}
	if (served_strikes(service, "pos.fail", NULL)) {
		served_refuse(call, 500, 29500);
		return;
	}
	struct served_text rows = {0}, body = call->body;
	call->body = rows;
	for (unsigned i = 0; i < service->account_count; i++) {
		if (by_index ? service->accounts[i].index != index
			     : strcasecmp(service->accounts[i].l1_address, value) != 0)
			continue;
		put_account(call, i, active != NULL && strcmp(active, "true") == 0);
		total++;
	}
	rows = call->body;
	call->body = body;
	begin(call);
	reply_integer(&call->body, "total", total);
	reply_open(&call->body, "accounts", '[');
	reply_raw(&call->body, rows.length > 0 ? rows.bytes : "", rows.length);
	reply_close(&call->body, ']');
	reply_close(&call->body, '}');
	if (rows.failed)
		call->body.failed = true;
	served_text_free(&rows);
	if (total == 0)
		served_refuse(call, 400, 29404);
}

/* ---- keys, nonces, limits -------------------------------------------------------------------- */

void served_get_api_keys(struct served_call *call)
{
	unsigned index, found = 0;
	int64_t wanted = 255;
	if (!served_want_account(call, "account_index", &index))
		return;
	if (served_form_integer(call->form, "api_key_index", 0, 255, &wanted) == FORM_WRONG) {
		served_refuse(call, 400, 20001);
		return;
	}
	const struct served_account *account = &call->service->accounts[index];
	begin(call);
	reply_open(&call->body, "api_keys", '[');
	for (unsigned i = 0; i < account->key_count; i++) {
		const struct served_key_state *key = &account->keys[i];
		char hex[81];
		if (wanted != 255 && wanted != key->index)
			continue;
		served_hex(key->public_key, 40, hex);
		reply_open(&call->body, NULL, '{');
		reply_integer(&call->body, "account_index", account->index);
		reply_integer(&call->body, "api_key_index", key->index);
		reply_integer(&call->body, "nonce", key->next_nonce);
		reply_text(&call->body, "public_key", hex);
		reply_integer(&call->body, "transaction_time", key->changed_ns / NS_PER_US);
		reply_close(&call->body, '}');
		found++;
	}
	reply_close(&call->body, ']');
	reply_close(&call->body, '}');
	if (found == 0)
		served_refuse(call, 400, 21109);
}

void served_get_next_nonce(struct served_call *call)
{
	unsigned index;
	int64_t wanted;
	if (!served_want_account(call, "account_index", &index))
		return;
	if (served_form_integer(call->form, "api_key_index", 0, 254, &wanted) != FORM_VALUE) {
		served_refuse(call, 400, 20001);
		return;
	}
	const struct served_account *account = &call->service->accounts[index];
	for (unsigned i = 0; i < account->key_count; i++) {
		if (account->keys[i].index != wanted)
			continue;
		begin(call);
		reply_integer(&call->body, "nonce", account->keys[i].next_nonce);
		reply_close(&call->body, '}');
		return;
	}
	served_refuse(call, 400, 21109);
}

void served_get_account_limits(struct served_call *call)
{
	unsigned index;
	if (!served_want_account(call, "account_index", &index))
		return;
	const struct served_account *account = &call->service->accounts[index];
	struct fee_terms fees = {0};
	if (call->service->market_count > 0)
		fees = instrument_latest(call->service->instruments,
					 call->service->markets[0].instrument)
			       ->fees;
	begin(call);
	reply_integer(&call->body, "max_llp_percentage", 25);
	reply_text(&call->body, "max_llp_amount", "0.000000");
	reply_text(&call->body, "user_tier", account->premium ? "premium" : "standard");
	reply_text(&call->body, "user_tier_name", account->premium ? "Premium" : "Standard");
	reply_bool(&call->body, "can_create_public_pool", false);
	reply_integer(&call->body, "current_maker_fee_tick",
		      (int64_t)served_rounded(fees.maker.e18, 6));
	reply_integer(&call->body, "current_taker_fee_tick",
		      (int64_t)served_rounded(fees.taker.e18, 6));
	reply_close(&call->body, '}');
}

/* ---- orders ---------------------------------------------------------------------------------- */

static bool want_market_type(struct served_call *call, bool *perps)
{
	const char *type = served_form_text(call->form, "market_type");
	*perps = type == NULL || strcmp(type, "spot") != 0;
	if (type == NULL || strcmp(type, "all") == 0 || strcmp(type, "perp") == 0 ||
	    strcmp(type, "spot") == 0)
		return true;
	served_refuse(call, 400, 20001);
	return false;
}

void served_get_active_orders(struct served_call *call)
{
	struct lighter_service *service = call->service;
	unsigned account, market;
	bool perps;
	if (!served_want_account(call, "account_index", &account) ||
	    !served_want_market(call, false, &market) || !want_market_type(call, &perps))
		return;
	int64_t lag = lag_ns(call, "qry.lag_ms");
	begin(call);
	reply_open(&call->body, "orders", '[');
	for (size_t i = service->order_count; perps && i > 0; i--) {
		const struct served_order *order = service->orders[i - 1];
		if (order->account != account || order->phase != PHASE_OPEN ||
		    (market != SERVED_PERP_NIL && order->market != market) ||
		    !served_order_visible(service, order, lag))
			continue;
		served_put_order(service, &call->body, order, true);
	}
	reply_close(&call->body, ']');
	reply_close(&call->body, '}');
}

/* Cursors are the place where the next page begins, behind a letter so that nobody counts on it. */
static bool want_cursor(struct served_call *call, size_t otherwise, size_t *from)
{
	const char *cursor = served_form_text(call->form, "cursor");
	int64_t place;
	*from = otherwise;
	if (cursor == NULL || *cursor == '\0')
		return true;
	if (cursor[0] == 'c' && served_integer(cursor + 1, 0, INT64_MAX, &place) &&
	    (size_t)place <= otherwise) {
		*from = (size_t)place;
		return true;
	}
	served_refuse(call, 400, 20001);
	return false;
}

static void put_cursor(struct served_text *text, size_t place)
{
	char cursor[24];
	if (place == 0)
		return; /* absent: that was the last page */
	snprintf(cursor, sizeof(cursor), "c%zu", place);
	reply_text(text, "next_cursor", cursor);
}

struct order_filter {
	unsigned account, market;
	int64_t ask; /* -1: both */
	int64_t from_ms, to_ms;
};

static bool want_order_filter(struct served_call *call, struct order_filter *filter)
{
	const char *between = served_form_text(call->form, "between_timestamps");
	const char *dash = between != NULL ? strchr(between, '-') : NULL;
	filter->ask = -1;
	filter->from_ms = 0;
	filter->to_ms = INT64_MAX;
	if (!served_want_account(call, "account_index", &filter->account) ||
	    !served_want_market(call, false, &filter->market))
		return false;
	bool well =
		served_form_integer(call->form, "ask_filter", -1, 1, &filter->ask) != FORM_WRONG;
	if (between != NULL) {
		char from[24];
		well = well && dash != NULL && (size_t)(dash - between) < sizeof(from) &&
		       served_integer(dash + 1, 0, INT64_MAX, &filter->to_ms);
		if (well) {
			memcpy(from, between, (size_t)(dash - between));
			from[dash - between] = '\0';
			well = served_integer(from, 0, INT64_MAX, &filter->from_ms);
		}
	}
	if (!well)
		served_refuse(call, 400, 20001);
	return well;
}

static bool filter_takes(const struct order_filter *filter, const struct served_order *order)
{
	int64_t ms = order->created_ns / NS_PER_MS;
	/* Seconds are accepted too: decided by magnitude (§1.2). */
	int64_t from_ms =
		filter->from_ms < INT64_C(1000000000000) ? filter->from_ms * 1000 : filter->from_ms;
	int64_t to_ms =
		filter->to_ms < INT64_C(1000000000000) ? filter->to_ms * 1000 : filter->to_ms;
	return order->account == filter->account &&
	       (filter->market == SERVED_PERP_NIL || order->market == filter->market) &&
	       (filter->ask < 0 || order->is_ask == (filter->ask == 1)) && ms >= from_ms &&
	       ms <= to_ms;
}

void served_get_inactive_orders(struct served_call *call)
{
	struct lighter_service *service = call->service;
	struct order_filter filter;
	int64_t limit;
	size_t at;
	if (!want_order_filter(call, &filter) || !served_want_limit(call, PAGE_MAX, 0, &limit) ||
	    !want_cursor(call, service->order_count, &at))
		return;
	int64_t lag = lag_ns(call, "qry.lag_ms");
	begin(call);
	reply_open(&call->body, "orders", '[');
	for (; at > 0; at--) {
		const struct served_order *order = service->orders[at - 1];
		if (order->phase != PHASE_FINAL || !filter_takes(&filter, order) ||
		    !served_order_visible(service, order, lag))
			continue;
		if (limit-- == 0)
			break;
		served_put_order(service, &call->body, order, true);
	}
	reply_close(&call->body, ']');
	put_cursor(&call->body, at);
	reply_close(&call->body, '}');
}

void served_get_account_orders(struct served_call *call)
{
	struct lighter_service *service = call->service;
	const char *list = served_form_text(call->form, "client_order_indexes");
	unsigned account = call->account;
	int64_t lag = lag_ns(call, "qry.lag_ms");
	if (list == NULL || *list == '\0') {
		served_refuse(call, 400, 20001);
		return;
	}
	begin(call);
	reply_open(&call->body, "orders", '[');
	while (*list != '\0') {
		size_t length = strcspn(list, ",");
		char digits[24];
		int64_t index = 0;
		if (length < sizeof(digits)) {
			memcpy(digits, list, length);
			digits[length] = '\0';
		}
		if (length >= sizeof(digits) || !served_integer(digits, 1, INT64_MAX, &index)) {
			served_refuse(call, 400, 20001);
			return;
		}
		const struct served_order *order = served_order_find(service, account, index);
		if (order != NULL && served_order_visible(service, order, lag))
			served_put_order(service, &call->body, order, true);
		list += length + (list[length] == ',');
	}
	reply_close(&call->body, ']');
	reply_close(&call->body, '}');
}

/* ---- trades, funding payments ---------------------------------------------------------------- */

struct trade_filter {
	unsigned market;
	int64_t order_index;
	int64_t from;
	const char *role, *type;
};

static bool one_of(const char *text, const char *words)
{
	const char *at = text != NULL ? strstr(words, text) : words;
	size_t length = text != NULL ? strlen(text) : 0;
	return text == NULL || (at != NULL && length > 0 && (at == words || at[-1] == '|') &&
				(at[length] == '|' || at[length] == '\0'));
}

static bool want_trade_filter(struct served_call *call, struct trade_filter *filter)
{
	const char *sort_by = served_form_text(call->form, "sort_by");
	filter->order_index = 0;
	filter->from = -1;
	filter->role = served_form_text(call->form, "role");
	filter->type = served_form_text(call->form, "type");
	if (!served_want_market(call, false, &filter->market))
		return false;
	if (sort_by != NULL && one_of(sort_by, "timestamp|block_height|trade_id") &&
	    one_of(filter->role, "all|maker|taker") &&
	    one_of(filter->type, "all|trade|liquidation|deleverage|market-settlement") &&
	    served_form_integer(call->form, "order_index", 1, INT64_MAX, &filter->order_index) !=
		    FORM_WRONG &&
	    served_form_integer(call->form, "from", -1, INT64_MAX, &filter->from) != FORM_WRONG)
		return true;
	served_refuse(call, 400, 20001);
	return false;
}

static bool trade_taken(struct lighter_service *service, const struct trade_filter *filter,
			const struct floor_fill *fill)
{
	unsigned market;
	const char *type = fill->order != NULL ? "trade"
			   : fill->liquidation ? "liquidation"
					       : "deleverage";
	if (!served_find_market(service, fill->instrument, &market) ||
	    (filter->market != SERVED_PERP_NIL && filter->market != market))
		return false;
	if (filter->role != NULL && strcmp(filter->role, "all") != 0 &&
	    fill->maker != (strcmp(filter->role, "maker") == 0))
		return false;
	if (filter->type != NULL && strcmp(filter->type, "all") != 0 &&
	    strcmp(filter->type, type) != 0)
		return false;
	if (filter->from > 0 && fill->venue_ns / NS_PER_MS < filter->from)
		return false;
	if (filter->order_index == 0)
		return true;
	const struct served_order *order =
		fill->order != NULL ? served_order_by_floor(service, fill->order->number) : NULL;
	return order != NULL &&
	       (order->index == filter->order_index || order->client_index == filter->order_index);
}

/* Of everybody: what recentTrades shows. */
static void put_public_trades(struct served_call *call, const struct trade_filter *filter,
			      int64_t limit)
{
	struct market_event trades[PAGE_MAX];
	size_t count = trading_floor_trades(call->service->floor,
					    call->service->markets[filter->market].instrument,
					    trades, (size_t)limit);
	for (size_t i = 0; i < count; i++)
		served_put_public_trade(call->service, &call->body, filter->market, &trades[i]);
}

void served_get_trades(struct served_call *call)
{
	struct lighter_service *service = call->service;
	bool of_account = served_form_text(call->form, "account_index") != NULL;
	struct trade_filter filter;
	unsigned account = 0;
	int64_t limit;
	size_t at;
	if (!want_trade_filter(call, &filter) || !served_want_limit(call, PAGE_MAX, 0, &limit) ||
	    (of_account && !served_want_account(call, "account_index", &account)))
		return;
	if (of_account && !(call->authenticated && call->account == account)) {
		if (call->authenticated)
			served_refuse(call, 401, 20013);
		else
			served_refuse_because(call, 400, 20001, "auth field is required");
		return;
	}
	if (!of_account && filter.market == SERVED_PERP_NIL) {
		served_refuse(call, 400, 20001);
		return;
	}
	size_t total = of_account ? trading_floor_fill_count(service->floor, account) : 0;
	if (!want_cursor(call, total, &at))
		return;
	int64_t newest_ns = served_now_ns(service) - lag_ns(call, "qry.lag_ms");
	begin(call);
	reply_open(&call->body, "trades", '[');
	if (!of_account)
		put_public_trades(call, &filter, limit);
	for (; at > 0; at--) {
		const struct floor_fill *fill = trading_floor_fill(service->floor, account, at - 1);
		if (fill->venue_ns > newest_ns || !trade_taken(service, &filter, fill))
			continue;
		if (limit-- == 0)
			break;
		served_put_fill(service, &call->body, fill, true);
	}
	reply_close(&call->body, ']');
	put_cursor(&call->body, at);
	reply_close(&call->body, '}');
}

static void put_payment(struct served_call *call, const struct floor_payment *payment,
			unsigned market)
{
	const struct instrument *instrument = served_instrument(call->service, market);
	int64_t units = payment->position.units;
	reply_open(&call->body, NULL, '{');
	reply_integer(&call->body, "timestamp", payment->boundary_ns / NS_PER_SECOND);
	reply_integer(&call->body, "market_id", market);
	reply_integer(&call->body, "funding_id", (int64_t)payment->number);
	reply_money(&call->body, "change", payment->amount, USDC_DECIMALS);
	served_put_funding_rate(&call->body, "rate", payment->rate);
	reply_decimal(&call->body, "position_size", units < 0 ? -units : units,
		      instrument->quantity_decimals);
	reply_text(&call->body, "position_side", units < 0 ? "short" : "long");
	reply_text(&call->body, "discount", "0.000000");
	reply_close(&call->body, '}');
}

void served_get_position_funding(struct served_call *call)
{
	struct lighter_service *service = call->service;
	const char *side = served_form_text(call->form, "side");
	unsigned account, market, of_market;
	int64_t limit;
	size_t at;
	if (!served_want_account(call, "account_index", &account) ||
	    !served_want_market(call, false, &market) ||
	    !served_want_limit(call, PAGE_MAX, 0, &limit) ||
	    !want_cursor(call, trading_floor_payment_count(service->floor, account), &at))
		return;
	if (!one_of(side, "all|long|short")) {
		served_refuse(call, 400, 20001);
		return;
	}
	begin(call);
	reply_open(&call->body, "position_fundings", '[');
	for (; at > 0; at--) {
		const struct floor_payment *payment =
			trading_floor_payment(service->floor, account, at - 1);
		const char *of_side = payment->position.units < 0 ? "short" : "long";
		if (!served_find_market(service, payment->instrument, &of_market) ||
		    (market != SERVED_PERP_NIL && market != of_market) ||
		    (side != NULL && strcmp(side, "all") != 0 && strcmp(side, of_side) != 0))
			continue;
		if (limit-- == 0)
			break;
		put_payment(call, payment, of_market);
	}
	reply_close(&call->body, ']');
	put_cursor(&call->body, at);
	reply_close(&call->body, '}');
}

/* ---- tx -------------------------------------------------------------------------------------- */

void served_get_tx(struct served_call *call)
{
	struct lighter_service *service = call->service;
	const char *by = served_form_text(call->form, "by");
	const char *value = served_form_text(call->form, "value");
	if (by == NULL || value == NULL || strcmp(by, "hash") != 0) {
		served_refuse(call, 400, 20001);
		return;
	}
	const struct served_record *record = served_record_find(service, value);
	if (record == NULL ||
	    record->local_ns + lag_ns(call, "qry.lag_ms") > scheduler_now(service->scheduler)) {
		served_refuse(call, 400, 21500);
		return;
	}
	char event_info[96] = "{}";
	if (record->state == TX_STATE_FAILED)
		snprintf(event_info, sizeof(event_info),
			 "{\"ae\":\"{\\\"code\\\":%d,\\\"message\\\":\\\"%s\\\"}\"}", record->error,
			 served_message(record->error));
	begin(call);
	reply_text(&call->body, "hash", record->hash);
	reply_integer(&call->body, "type", record->type);
	reply_text(&call->body, "event_info", event_info);
	reply_integer(&call->body, "status", record->state);
	reply_integer(&call->body, "transaction_index", 0);
	reply_integer(&call->body, "account_index", service->accounts[record->account].index);
	reply_integer(&call->body, "nonce", record->nonce);
	reply_integer(&call->body, "api_key_index", record->api_key_index);
	reply_integer(&call->body, "queued_at", record->accepted_ns / NS_PER_MS);
	reply_integer(&call->body, "executed_at",
		      record->state == TX_STATE_PENDING ? 0 : record->accepted_ns / NS_PER_MS);
	reply_close(&call->body, '}');
}
