#include "exchanges/lighter/lighter_codec.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool lighter_reply_read(const char *text, size_t length, struct lighter_reply *reply)
{
	static const char *const names[REPLY_MEMBERS] = {
		[REPLY_CODE] = "code",
		[REPLY_MESSAGE] = "message",
		[REPLY_STATUS] = "status",
		[REPLY_TIMESTAMP] = "timestamp",
		[REPLY_DETAILS] = "order_book_details",
		[REPLY_BOOKS] = "order_books",
		[REPLY_ASKS] = "asks",
		[REPLY_BIDS] = "bids",
		[REPLY_TRADES] = "trades",
		[REPLY_FUNDINGS] = "fundings",
		[REPLY_FUNDING_RATES] = "funding_rates",
		[REPLY_POSITION_FUNDINGS] = "position_fundings",
		[REPLY_ACCOUNTS] = "accounts",
		[REPLY_API_KEYS] = "api_keys",
		[REPLY_NONCE] = "nonce",
		[REPLY_ORDERS] = "orders",
		[REPLY_NEXT_CURSOR] = "next_cursor",
		[REPLY_TX_HASH] = "tx_hash",
		[REPLY_QUOTA] = "volume_quota_remaining",
		[REPLY_CANDLES] = "c",
		[REPLY_EVENT_INFO] = "event_info",
		[REPLY_TIER_NAME] = "user_tier_name",
		[REPLY_TIER] = "user_tier",
		[REPLY_MAKER_TICK] = "current_maker_fee_tick",
		[REPLY_TAKER_TICK] = "current_taker_fee_tick",
	};
	memset(reply, 0, sizeof(*reply));
	if (!lighter_object(text, length, names, REPLY_MEMBERS, reply->slots))
		return false;
	reply->has_code = lighter_i64(&reply->slots[REPLY_CODE], &reply->code);
	struct lighter_slot message = reply->slots[REPLY_MESSAGE];
	if (message.length > sizeof(reply->message) - 1)
		message.length = sizeof(reply->message) - 1;
	if (!lighter_text(&message, reply->message, sizeof(reply->message)))
		reply->message[0] = '\0';
	return true;
}

bool lighter_next_cursor(const struct lighter_reply *reply, char cursor[LIGHTER_CURSOR_MAX])
{
	const struct lighter_slot *slot = &reply->slots[REPLY_NEXT_CURSOR];
	cursor[0] = '\0';
	return !lighter_has(slot) || lighter_text(slot, cursor, LIGHTER_CURSOR_MAX);
}

/* ---- markets --------------------------------------------------------------------------------- */

enum market_field {
	M_SYMBOL,
	M_MARKET,
	M_TYPE,
	M_STATUS,
	M_TAKER_FEE,
	M_MAKER_FEE,
	M_TAKER_ON,
	M_MAKER_ON,
	M_MIN_BASE,
	M_MIN_QUOTE,
	M_LIMIT_QUOTE,
	M_SIZE_DECIMALS,
	M_PRICE_DECIMALS,
	M_SIZE_TWIN,
	M_PRICE_TWIN,
	M_DEFAULT_IMF,
	M_MIN_IMF,
	M_MMF,
	M_MARK,
	M_INDEX,
	M_OPEN_INTEREST,
	M_VOLUME,
	M_CLAMP,
	M_CONFIG,
	M_FIELDS,
};
static const char *const market_names[M_FIELDS] = {
	[M_SYMBOL] = "symbol",
	[M_MARKET] = "market_id",
	[M_TYPE] = "market_type",
	[M_STATUS] = "status",
	[M_TAKER_FEE] = "taker_fee",
	[M_MAKER_FEE] = "maker_fee",
	[M_TAKER_ON] = "is_taker_fee_enabled",
	[M_MAKER_ON] = "is_maker_fee_enabled",
	[M_MIN_BASE] = "min_base_amount",
	[M_MIN_QUOTE] = "min_quote_amount",
	[M_LIMIT_QUOTE] = "order_quote_limit",
	[M_SIZE_DECIMALS] = "supported_size_decimals",
	[M_PRICE_DECIMALS] = "supported_price_decimals",
	[M_SIZE_TWIN] = "size_decimals",
	[M_PRICE_TWIN] = "price_decimals",
	[M_DEFAULT_IMF] = "default_initial_margin_fraction",
	[M_MIN_IMF] = "min_initial_margin_fraction",
	[M_MMF] = "maintenance_margin_fraction",
	[M_MARK] = "mark_price",
	[M_INDEX] = "index_price",
	[M_OPEN_INTEREST] = "open_interest",
	[M_VOLUME] = "daily_quote_token_volume",
	[M_CLAMP] = "funding_clamp_big",
	[M_CONFIG] = "market_config",
};

/* Absent or empty leaves 0; anything else must be a number >= 0. */
static bool optional_money(const struct lighter_slot *slot, struct money *out)
{
	out->e18 = 0;
	if (!lighter_has(slot) || (slot->type == JSON_STRING && slot->length == 0))
		return true;
	return lighter_money(slot, out) && out->e18 >= 0;
}

static bool optional_fraction(const struct lighter_slot *slot, int64_t *out)
{
	*out = 0;
	return !lighter_has(slot) || (lighter_i64(slot, out) && *out >= 0 && *out <= 10000);
}

static bool read_fee(const struct lighter_slot *percent, const struct lighter_slot *enabled,
		     struct rate *out)
{
	bool on = true;
	out->e18 = 0;
	if (lighter_has(enabled) && !lighter_flag(enabled, &on))
		return false;
	return !on || !lighter_has(percent) || lighter_percent(percent, out);
}

static void read_positive(const struct lighter_slot *slot, unsigned bit, unsigned *fields,
			  struct money *out)
{
	struct money value;
	if (!lighter_money(slot, &value) || value.e18 <= 0)
		return;
	*out = value;
	*fields |= bit;
}

static bool read_config(const struct lighter_slot *slot, struct lighter_market_terms *terms)
{
	static const char *const names[] = {"hidden", "force_reduce_only"};
	struct lighter_slot slots[COUNT(names)];
	if (!lighter_has(slot))
		return true;
	return lighter_object_in(slot, names, COUNT(names), slots) &&
	       (!lighter_has(&slots[0]) || lighter_flag(&slots[0], &terms->hidden)) &&
	       (!lighter_has(&slots[1]) || lighter_flag(&slots[1], &terms->force_reduce_only));
}

enum lighter_result lighter_market_read(const struct lighter_slot *object,
					struct lighter_market_terms *terms)
{
	struct lighter_slot slots[M_FIELDS];
	memset(terms, 0, sizeof(*terms));
	if (!lighter_object_in(object, market_names, M_FIELDS, slots))
		return LIGHTER_UNUSABLE;
	const struct lighter_slot *size = &slots[M_SIZE_DECIMALS],
				  *price = &slots[M_PRICE_DECIMALS];
	if (!lighter_has(size))
		size = &slots[M_SIZE_TWIN];
	if (!lighter_has(price))
		price = &slots[M_PRICE_TWIN];
	if (!lighter_i64(&slots[M_MARKET], &terms->market) || terms->market < 0 ||
	    !lighter_text(&slots[M_SYMBOL], terms->symbol, sizeof(terms->symbol)) ||
	    !lighter_text(&slots[M_STATUS], terms->status, sizeof(terms->status)))
		return LIGHTER_UNUSABLE;
	terms->perpetual = terms->market < LIGHTER_MARKETS && !lighter_is(&slots[M_TYPE], "spot");
	terms->active = strcmp(terms->status, "active") == 0;
	if (!lighter_i64(size, &terms->size_decimals) || terms->size_decimals < 0 ||
	    terms->size_decimals > 12 || !lighter_i64(price, &terms->price_decimals) ||
	    terms->price_decimals < 0 || terms->price_decimals > 12 ||
	    !optional_money(&slots[M_MIN_BASE], &terms->minimum_base) ||
	    !optional_money(&slots[M_MIN_QUOTE], &terms->minimum_quote) ||
	    !optional_money(&slots[M_LIMIT_QUOTE], &terms->maximum_quote) ||
	    !read_fee(&slots[M_MAKER_FEE], &slots[M_MAKER_ON], &terms->maker_fee) ||
	    !read_fee(&slots[M_TAKER_FEE], &slots[M_TAKER_ON], &terms->taker_fee) ||
	    !optional_fraction(&slots[M_DEFAULT_IMF], &terms->default_initial_margin) ||
	    !optional_fraction(&slots[M_MIN_IMF], &terms->minimum_initial_margin) ||
	    !optional_fraction(&slots[M_MMF], &terms->maintenance_margin) ||
	    !read_config(&slots[M_CONFIG], terms))
		return LIGHTER_UNUSABLE;
	read_positive(&slots[M_MARK], MARK_HAS_MARK, &terms->mark_fields, &terms->mark);
	read_positive(&slots[M_INDEX], MARK_HAS_INDEX, &terms->mark_fields, &terms->index);
	terms->open_interest_known =
		lighter_money(&slots[M_OPEN_INTEREST], &terms->open_interest) &&
		terms->open_interest.e18 >= 0;
	terms->volume_known =
		lighter_money(&slots[M_VOLUME], &terms->volume) && terms->volume.e18 >= 0;
	if (!lighter_percent(&slots[M_CLAMP], &terms->cap) || terms->cap.e18 < 0)
		terms->cap.e18 = 0;
	return LIGHTER_OK;
}

enum lighter_result lighter_resting_read(const struct lighter_slot *object,
					 const struct lighter_scale *scale,
					 struct book_level *level, int64_t *time_ns)
{
	static const char *const names[] = {"price", "remaining_base_amount", "transaction_time"};
	struct lighter_slot slots[COUNT(names)];
	*time_ns = 0;
	if (!lighter_object_in(object, names, COUNT(names), slots) ||
	    !lighter_units(&slots[0], scale->price_decimals, &level->price.units) ||
	    level->price.units <= 0 ||
	    !lighter_units(&slots[1], scale->size_decimals, &level->quantity.units) ||
	    level->quantity.units < 0)
		return LIGHTER_UNUSABLE;
	lighter_time(&slots[2], time_ns);
	return LIGHTER_OK;
}

/* ---- trades ---------------------------------------------------------------------------------- */

enum trade_field {
	T_ID,
	T_ID_TEXT,
	T_MARKET,
	T_TYPE,
	T_PRICE,
	T_SIZE,
	T_VALUE,
	T_ASK,
	T_ASK_TEXT,
	T_BID,
	T_BID_TEXT,
	T_ASK_CLIENT,
	T_ASK_CLIENT_TEXT,
	T_BID_CLIENT,
	T_BID_CLIENT_TEXT,
	T_ASK_ACCOUNT,
	T_BID_ACCOUNT,
	T_MAKER_ASK,
	T_TIME,
	T_TIME_US,
	T_MAKER_FEE,
	T_TAKER_FEE,
	T_FIELDS,
};
static const char *const trade_names[T_FIELDS] = {
	[T_ID] = "trade_id",
	[T_ID_TEXT] = "trade_id_str",
	[T_MARKET] = "market_id",
	[T_TYPE] = "type",
	[T_PRICE] = "price",
	[T_SIZE] = "size",
	[T_VALUE] = "usd_amount",
	[T_ASK] = "ask_id",
	[T_ASK_TEXT] = "ask_id_str",
	[T_BID] = "bid_id",
	[T_BID_TEXT] = "bid_id_str",
	[T_ASK_CLIENT] = "ask_client_id",
	[T_ASK_CLIENT_TEXT] = "ask_client_id_str",
	[T_BID_CLIENT] = "bid_client_id",
	[T_BID_CLIENT_TEXT] = "bid_client_id_str",
	[T_ASK_ACCOUNT] = "ask_account_id",
	[T_BID_ACCOUNT] = "bid_account_id",
	[T_MAKER_ASK] = "is_maker_ask",
	[T_TIME] = "timestamp",
	[T_TIME_US] = "transaction_time",
	[T_MAKER_FEE] = "maker_fee",
	[T_TAKER_FEE] = "taker_fee",
};

/* The string twin where it is there; false only if what is there is no id. */
static bool read_id(const struct lighter_slot *text, const struct lighter_slot *number,
		    uint64_t *out)
{
	*out = 0;
	if (lighter_has(text))
		return lighter_u64(text, out);
	return !lighter_has(number) || lighter_u64(number, out);
}

/* A market's scale: OTHER_MARKET for spot and for what we have no metadata of. */
static enum lighter_result scale_of(const struct lighter_scales *scales,
				    const struct lighter_slot *slot, int64_t *market,
				    struct lighter_scale *scale)
{
	if (!lighter_i64(slot, market) || *market < 0)
		return LIGHTER_UNUSABLE;
	if (*market >= LIGHTER_MARKETS || !scales->market[*market].known)
		return LIGHTER_OTHER_MARKET;
	*scale = scales->market[*market];
	return LIGHTER_OK;
}

static enum lighter_trade_type trade_type(const struct lighter_slot *slot)
{
	static const char *const words[] = {
		[LIGHTER_TRADE] = "trade",
		[LIGHTER_LIQUIDATION] = "liquidation",
		[LIGHTER_DELEVERAGE] = "deleverage",
		[LIGHTER_SETTLEMENT] = "market-settlement",
	};
	if (!lighter_has(slot))
		return LIGHTER_TRADE;
	for (size_t i = 0; i < COUNT(words); i++)
		if (lighter_is(slot, words[i]))
			return (enum lighter_trade_type)i;
	return LIGHTER_TRADE_UNKNOWN;
}

/* Zero-valued members may be omitted. */
static bool optional_i64(const struct lighter_slot *slot, int64_t *out)
{
	*out = 0;
	return !lighter_has(slot) || lighter_i64(slot, out);
}

static void read_latest_time(const struct lighter_slot *exact, const struct lighter_slot *coarse,
			     int64_t *out)
{
	*out = 0;
	if (!lighter_time(exact, out) || *out == 0)
		lighter_time(coarse, out);
}

enum lighter_result lighter_trade_read(const struct lighter_slot *object,
				       const struct lighter_scales *scales,
				       struct lighter_trade *trade)
{
	struct lighter_slot slots[T_FIELDS];
	struct lighter_scale scale;
	memset(trade, 0, sizeof(*trade));
	if (!lighter_object_in(object, trade_names, T_FIELDS, slots))
		return LIGHTER_UNUSABLE;
	enum lighter_result found = scale_of(scales, &slots[T_MARKET], &trade->market, &scale);
	if (found != LIGHTER_OK)
		return found;
	if (!read_id(&slots[T_ID_TEXT], &slots[T_ID], &trade->id) || trade->id == 0 ||
	    !lighter_units(&slots[T_PRICE], scale.price_decimals, &trade->price.units) ||
	    trade->price.units <= 0 ||
	    !lighter_units(&slots[T_SIZE], scale.size_decimals, &trade->size.units) ||
	    trade->size.units <= 0 || !lighter_flag(&slots[T_MAKER_ASK], &trade->maker_is_ask) ||
	    !read_id(&slots[T_ASK_TEXT], &slots[T_ASK], &trade->ask_id) ||
	    !read_id(&slots[T_BID_TEXT], &slots[T_BID], &trade->bid_id) ||
	    !read_id(&slots[T_ASK_CLIENT_TEXT], &slots[T_ASK_CLIENT], &trade->ask_client) ||
	    !read_id(&slots[T_BID_CLIENT_TEXT], &slots[T_BID_CLIENT], &trade->bid_client) ||
	    !optional_i64(&slots[T_MAKER_FEE], &trade->maker_fee) ||
	    !optional_i64(&slots[T_TAKER_FEE], &trade->taker_fee))
		return LIGHTER_UNUSABLE;
	trade->ask_account = trade->bid_account = -1;
	if ((lighter_has(&slots[T_ASK_ACCOUNT]) &&
	     !lighter_i64(&slots[T_ASK_ACCOUNT], &trade->ask_account)) ||
	    (lighter_has(&slots[T_BID_ACCOUNT]) &&
	     !lighter_i64(&slots[T_BID_ACCOUNT], &trade->bid_account)))
		return LIGHTER_UNUSABLE;
	if (!lighter_money(&slots[T_VALUE], &trade->value) || trade->value.e18 < 0) {
		/* The product is what it stands for. */
		unsigned decimals = scale.price_decimals + scale.size_decimals;
		i128 product;
		if (decimals > MONEY_DECIMALS ||
		    !i128_mul(trade->price.units, trade->size.units, &product) ||
		    !i128_mul(product, i128_power_of_ten(MONEY_DECIMALS - decimals),
			      &trade->value.e18))
			return LIGHTER_UNUSABLE;
	}
	trade->type = trade_type(&slots[T_TYPE]);
	read_latest_time(&slots[T_TIME_US], &slots[T_TIME], &trade->time_ns);
	return LIGHTER_OK;
}

bool lighter_trade_own_side(const struct lighter_trade *trade, int64_t account,
			    struct lighter_own_side *own)
{
	bool ask = trade->ask_account == account;
	if (!ask && trade->bid_account != account)
		return false;
	own->side = ask ? SIDE_SELL : SIDE_BUY;
	own->maker = ask == trade->maker_is_ask;
	own->client_id = ask ? trade->ask_client : trade->bid_client;
	own->order_id = ask ? trade->ask_id : trade->bid_id;
	return mul_div(trade->value.e18, own->maker ? trade->maker_fee : trade->taker_fee, 1000000,
		       ROUND_HALF_EVEN, &own->fee.e18);
}

/* ---- orders ---------------------------------------------------------------------------------- */

/*
 * §1.9. `refused`: the order never traded or rested by the venue's own decision; where something
 * of it was filled it is CANCELLED with that reason all the same.
 */
static const struct {
	const char *word;
	enum order_state state;
	enum reject_reason reason;
	bool refused;
} order_statuses[] = {
	{"in-progress", ORDER_STATE_OPEN, REJECT_NONE, false},
	{"pending", ORDER_STATE_OPEN, REJECT_NONE, false},
	{"open", ORDER_STATE_OPEN, REJECT_NONE, false},
	{"filled", ORDER_STATE_FILLED, REJECT_NONE, false},
	{"canceled", ORDER_STATE_CANCELLED, REJECT_NONE, false},
	{"canceled-post-only", ORDER_STATE_CANCELLED, REJECT_WOULD_CROSS, true},
	{"canceled-reduce-only", ORDER_STATE_CANCELLED, REJECT_REDUCE_ONLY, true},
	{"canceled-position-not-allowed", ORDER_STATE_CANCELLED, REJECT_OTHER, true},
	{"canceled-margin-not-allowed", ORDER_STATE_CANCELLED, REJECT_MARGIN, true},
	{"canceled-too-much-slippage", ORDER_STATE_CANCELLED, REJECT_NONE, false},
	{"canceled-not-enough-liquidity", ORDER_STATE_CANCELLED, REJECT_NONE, false},
	{"canceled-self-trade", ORDER_STATE_CANCELLED, REJECT_OTHER, false},
	{"canceled-expired", ORDER_STATE_CANCELLED, REJECT_EXPIRED, false},
	{"canceled-oco", ORDER_STATE_CANCELLED, REJECT_OTHER, false},
	{"canceled-child", ORDER_STATE_CANCELLED, REJECT_OTHER, false},
	{"canceled-liquidation", ORDER_STATE_CANCELLED, REJECT_OTHER, false},
	{"canceled-invalid-balance", ORDER_STATE_CANCELLED, REJECT_MARGIN, true},
};

enum order_field {
	O_MARKET,
	O_MARKET_TWIN,
	O_CLIENT,
	O_CLIENT_TEXT,
	O_ORDER,
	O_ORDER_TEXT,
	O_PRICE,
	O_INITIAL,
	O_REMAINING,
	O_FILLED,
	O_IS_ASK,
	O_REDUCE_ONLY,
	O_STATUS,
	O_TIME_US,
	O_UPDATED,
	O_TIME,
	O_FIELDS,
};
static const char *const order_names[O_FIELDS] = {
	[O_MARKET] = "market_index",
	[O_MARKET_TWIN] = "market_id",
	[O_CLIENT] = "client_order_index",
	[O_CLIENT_TEXT] = "client_order_id",
	[O_ORDER] = "order_index",
	[O_ORDER_TEXT] = "order_id",
	[O_PRICE] = "price",
	[O_INITIAL] = "initial_base_amount",
	[O_REMAINING] = "remaining_base_amount",
	[O_FILLED] = "filled_base_amount",
	[O_IS_ASK] = "is_ask",
	[O_REDUCE_ONLY] = "reduce_only",
	[O_STATUS] = "status",
	[O_TIME_US] = "transaction_time",
	[O_UPDATED] = "updated_at",
	[O_TIME] = "timestamp",
};

static void read_status(const struct lighter_slot *slot, struct lighter_order_report *order)
{
	if (!lighter_text(slot, order->status, sizeof(order->status)))
		return;
	for (size_t i = 0; i < COUNT(order_statuses); i++) {
		if (strcmp(order_statuses[i].word, order->status) != 0)
			continue;
		order->status_known = true;
		order->state = order_statuses[i].state;
		order->reason = order_statuses[i].reason;
		if (order_statuses[i].refused && order->filled.units == 0)
			order->state = ORDER_STATE_REJECTED;
		return;
	}
}

enum lighter_result lighter_order_read(const struct lighter_slot *object,
				       const struct lighter_scales *scales,
				       struct lighter_order_report *order)
{
	struct lighter_slot slots[O_FIELDS];
	struct lighter_scale scale;
	memset(order, 0, sizeof(*order));
	if (!lighter_object_in(object, order_names, O_FIELDS, slots))
		return LIGHTER_UNUSABLE;
	const struct lighter_slot *market = &slots[O_MARKET];
	if (!lighter_has(market))
		market = &slots[O_MARKET_TWIN];
	enum lighter_result found = scale_of(scales, market, &order->market, &scale);
	if (found != LIGHTER_OK)
		return found;
	if (!read_id(&slots[O_CLIENT_TEXT], &slots[O_CLIENT], &order->client_id) ||
	    !read_id(&slots[O_ORDER_TEXT], &slots[O_ORDER], &order->order_id) ||
	    !lighter_units(&slots[O_INITIAL], scale.size_decimals, &order->initial.units) ||
	    order->initial.units < 0 ||
	    !lighter_units(&slots[O_FILLED], scale.size_decimals, &order->filled.units) ||
	    order->filled.units < 0 || !lighter_flag(&slots[O_IS_ASK], &order->is_ask) ||
	    !lighter_has(&slots[O_STATUS]))
		return LIGHTER_UNUSABLE;
	/* Market orders may carry 0 or nothing here; what is executed does not depend on it. */
	lighter_units(&slots[O_PRICE], scale.price_decimals, &order->price.units);
	lighter_units(&slots[O_REMAINING], scale.size_decimals, &order->remaining.units);
	lighter_flag(&slots[O_REDUCE_ONLY], &order->reduce_only);
	read_status(&slots[O_STATUS], order);
	read_latest_time(&slots[O_TIME_US], &slots[O_UPDATED], &order->time_ns);
	if (order->time_ns == 0)
		lighter_time(&slots[O_TIME], &order->time_ns);
	return LIGHTER_OK;
}
