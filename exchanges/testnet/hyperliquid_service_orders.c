/* Orders: what the venue demands of one (§2.2, §2.8, §3), and what becomes of it. */
#include "exchanges/testnet/hyperliquid_service_state.h"

#include "core/base/decimal.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_OID	  UINT64_C(245678900000)
#define BIG_ID		  (UINT64_C(1) << 60)
#define OPEN_ORDERS_LEAST 1000
#define OPEN_ORDERS_MOST  5000
#define USD_PER_ORDER	  5000000
#define MINIMUM_USD	  10

/* ---- why an order is refused -------------------------------------------------------------------
 */

struct verdict {
	const char *text, *state;
};

static const struct verdict BAD_ASSET = {"Order has invalid asset.", "rejected"};
static const struct verdict BAD_PRICE = {"Order has invalid price.", "tickRejected"};
static const struct verdict BAD_TICK = {"Price must be divisible by tick size.", "tickRejected"};
static const struct verdict BAD_SIZE = {"Order has invalid size.", "rejected"};
static const struct verdict ZERO_SIZE = {"Order has zero size.", "rejected"};
static const struct verdict BAD_TRIGGER = {"Invalid TP/SL price.", "badTriggerPxRejected"};
static const struct verdict HALTED = {"Trading is halted.", "rejected"};
static const struct verdict DELISTED = {"Asset is delisted.", "rejected"};
static const struct verdict TOO_FAR = {
	"Order price cannot be more than 80% away from the reference price", "oracleRejected"};
static const struct verdict TOO_SMALL = {"Order must have minimum value of $10.",
					 "minTradeNtlRejected"};
static const struct verdict NO_MARGIN = {"Insufficient margin to place order.",
					 "perpMarginRejected"};
static const struct verdict INCREASES = {"Reduce only order would increase position.",
					 "reduceOnlyRejected"};
static const struct verdict CROSSES = {"Post only order would have immediately matched",
				       "badAloPxRejected"};
static const struct verdict NO_MATCH = {
	"Order could not immediately match against any resting orders.", "iocCancelRejected"};
static const struct verdict TOO_MANY = {"Too many open orders.", "tooManyOpenOrdersRejected"};
static const struct verdict USED_CLOID = {"Order has a cloid that was used before.", "rejected"};
static const struct verdict NO_ROOM = {"Order could not be taken.", "rejected"};

static const struct verdict *verdict_of(enum reject_reason reason)
{
	switch (reason) {
	case REJECT_TICK:
		return &BAD_TICK;
	case REJECT_LOT:
	case REJECT_MINIMUM_QUANTITY:
	case REJECT_MAXIMUM_QUANTITY:
		return &BAD_SIZE;
	case REJECT_MINIMUM_NOTIONAL:
		return &TOO_SMALL;
	case REJECT_PRICE_BAND:
		return &TOO_FAR;
	case REJECT_WOULD_CROSS:
		return &CROSSES;
	case REJECT_REDUCE_ONLY:
		return &INCREASES;
	case REJECT_MARKET_STATUS:
		return &HALTED;
	case REJECT_RATE_LIMITED:
		return &TOO_MANY;
	case REJECT_MARGIN:
	case REJECT_LEVERAGE:
		return &NO_MARGIN;
	case REJECT_NONE:
	case REJECT_NEVER_SENT:
	case REJECT_NO_SHORT:
	case REJECT_NOT_SYNCED:
	case REJECT_EXPIRED:
	case REJECT_DUPLICATE_ID:
	case REJECT_NOT_FOUND:
	case REJECT_AUTH:
	case REJECT_MAINTENANCE:
	case REJECT_OTHER:
		break;
	}
	return &NO_ROOM;
}

void hyper_slot_error(struct hyper_slot *slot, const char *text, uint64_t asset)
{
	slot->kind = HYPER_SLOT_DONE;
	snprintf(slot->status, sizeof(slot->status), "{\"error\":\"%s asset=%" PRIu64 "\"}", text,
		 asset);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static bool read_kind(const struct hyper_json *node, struct hyper_wanted *wanted)
{
	static const struct {
		const char *name;
		enum hyper_tif tif;
	} TIFS[] = {{"Alo", HYPER_ALO},
		    {"Ioc", HYPER_IOC},
		    {"Gtc", HYPER_GTC},
		    {"FrontendMarket", HYPER_IOC}};
	const struct hyper_json *limit = hyper_json_given(node, "limit");
	const char *tif = hyper_json_text(hyper_json_member(limit, "tif"));
	wanted->trigger = hyper_json_given(node, "trigger") != NULL;
	for (size_t i = 0; tif != NULL && i < sizeof(TIFS) / sizeof(TIFS[0]); i++) {
		if (strcmp(TIFS[i].name, tif) == 0) {
			wanted->tif = TIFS[i].tif;
			return true;
		}
	}
	return wanted->trigger;
}

static bool is_cloid(const char *text)
{
	return strlen(text) == HYPER_CLOID_MAX && strncmp(text, "0x", 2) == 0 &&
	       strspn(text + 2, "0123456789abcdefABCDEF") == HYPER_CLOID_MAX - 2;
}

bool hyper_wanted_read(const struct hyper_json *node, struct hyper_wanted *wanted)
{
	const struct hyper_json *cloid = hyper_json_given(node, "c");
	*wanted = (struct hyper_wanted){
		.price = hyper_json_text(hyper_json_member(node, "p")),
		.size = hyper_json_text(hyper_json_member(node, "s")),
		.cloid = hyper_json_text(cloid),
	};
	return hyper_json_u64(hyper_json_member(node, "a"), &wanted->asset) &&
	       hyper_json_bool(hyper_json_member(node, "b"), &wanted->buy) &&
	       hyper_json_bool(hyper_json_member(node, "r"), &wanted->reduce_only) &&
	       wanted->price != NULL && wanted->size != NULL &&
	       (cloid == NULL || (wanted->cloid != NULL && is_cloid(wanted->cloid))) &&
	       read_kind(hyper_json_member(node, "t"), wanted);
}

struct fault_occasion hyper_order_occasion(const struct hyperliquid_service *service,
					   const struct hyper_wanted *wanted, const char *kind)
{
	struct fault_occasion occasion = hyper_occasion(service);
	occasion.kind = kind;
	if (wanted == NULL)
		return occasion;
	occasion.side = wanted->buy ? FAULT_BUY : FAULT_SELL;
	if (kind == NULL)
		occasion.kind = wanted->reduce_only ? "unwind" : "open";
	if (wanted->asset < service->market_count)
		occasion.symbol = service->markets[wanted->asset].terms->symbol;
	return occasion;
}

/* ---- finding -----------------------------------------------------------------------------------
 */

static size_t bucket_of(unsigned account, const char *cloid)
{
	/* FNV-1a. */
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ account;
	for (; *cloid; cloid++)
		hash = (hash ^ (unsigned char)*cloid) * UINT64_C(0x100000001b3);
	return (size_t)(hash % HYPER_BUCKETS);
}

struct hyper_order *hyper_order_by_oid(struct hyperliquid_service *service, unsigned account,
				       uint64_t oid)
{
	uint64_t index = (oid & ~BIG_ID) - FIRST_OID;
	if (index >= service->order_count)
		return NULL;
	struct hyper_order *order = service->orders[index];
	return order->oid == oid && order->account == account && !order->lost ? order : NULL;
}

struct hyper_order *hyper_order_by_cloid(struct hyperliquid_service *service, unsigned account,
					 const char *cloid)
{
	char lower[HYPER_CLOID_MAX + 1];
	if (!is_cloid(cloid))
		return NULL;
	for (size_t i = 0; i <= HYPER_CLOID_MAX; i++)
		lower[i] = cloid[i] >= 'A' && cloid[i] <= 'F' ? (char)(cloid[i] - 'A' + 'a')
							      : cloid[i];
	struct hyper_order *order = service->by_cloid[bucket_of(account, lower)];
	while (order != NULL &&
	       (order->account != account || order->lost || strcmp(order->cloid, lower) != 0))
		order = order->older_in_bucket;
	return order;
}

bool hyper_order_known(const struct hyperliquid_service *service, const struct hyper_order *order,
		       int64_t lag_ms)
{
	const struct hyper_account *account = &service->accounts[order->account];
	return order->seen_ms != 0 && !order->lost &&
	       order->seen_ms + lag_ms <= hyper_now_ms(service) &&
	       (order->live || order->place + HYPER_REMEMBERED >= account->order_count);
}

struct quantity hyper_order_filled(const struct hyper_order *order)
{
	return order->floor != NULL ? order->floor->executed : (struct quantity){0};
}

/* ---- noting ------------------------------------------------------------------------------------
 */

static struct hyper_order *note(struct hyperliquid_service *service, unsigned account,
				const char *cloid)
{
	struct hyper_account *owner = &service->accounts[account];
	struct hyper_order *order =
		service->order_count < HYPER_ORDERS_MAX ? calloc(1, sizeof(*order)) : NULL;
	if (order == NULL)
		return NULL;
	order->account = account;
	order->oid = FIRST_OID + service->order_count;
	if (hyper_strikes(service, "json.bigid", NULL))
		order->oid |= BIG_ID;
	order->placed_ms = order->status_ms = hyper_now_ms(service);
	order->status = "open";
	service->orders = hyper_grow(service->orders, service->order_count,
				     &service->order_capacity, sizeof(struct hyper_order *));
	service->orders[service->order_count++] = order;
	owner->orders = hyper_grow(owner->orders, owner->order_count, &owner->order_capacity,
				   sizeof(struct hyper_order *));
	order->place = owner->order_count;
	owner->orders[owner->order_count++] = order;
	if (cloid == NULL)
		return order;
	for (size_t i = 0; i < HYPER_CLOID_MAX; i++)
		order->cloid[i] = cloid[i] >= 'A' && cloid[i] <= 'F' ? (char)(cloid[i] - 'A' + 'a')
								     : cloid[i];
	struct hyper_order **bucket = &service->by_cloid[bucket_of(account, order->cloid)];
	order->older_in_bucket = *bucket;
	*bucket = order;
	return order;
}

static void link_floor(struct hyperliquid_service *service, struct hyper_order *order)
{
	size_t place = (size_t)order->floor->number - 1;
	while (service->by_floor_count <= place) {
		service->by_floor =
			hyper_grow(service->by_floor, service->by_floor_count,
				   &service->by_floor_capacity, sizeof(struct hyper_order *));
		service->by_floor[service->by_floor_count++] = NULL;
	}
	service->by_floor[place] = order;
}

struct hyper_order *hyper_order_of(struct hyperliquid_service *service,
				   const struct floor_order *floor)
{
	unsigned market;
	if (floor->number <= service->by_floor_count &&
	    service->by_floor[floor->number - 1] != NULL)
		return service->by_floor[floor->number - 1];
	if (floor->account >= service->account_count ||
	    !hyper_find_market(service, floor->request.instrument, &market))
		return NULL;
	struct hyper_order *order = note(service, floor->account, NULL);
	if (order == NULL)
		return NULL;
	order->market = market;
	order->floor = floor;
	order->foreign = true;
	order->buy = floor->request.side == SIDE_BUY;
	order->reduce_only = floor->request.reduce_only;
	order->tif = floor->request.type == ORDER_POST_ONLY ? HYPER_ALO
		     : floor->request.type == ORDER_LIMIT   ? HYPER_GTC
							    : HYPER_IOC;
	order->limit = floor->request.limit;
	order->size = floor->request.quantity;
	link_floor(service, order);
	return order;
}

/* ---- judging -----------------------------------------------------------------------------------
 */

static const struct verdict *read_numbers(const struct hyper_market *market,
					  const struct order_rules *rules,
					  const struct hyper_wanted *wanted, struct price *price,
					  struct quantity *size)
{
	enum decimal_result result = decimal_parse_i64(
		wanted->price, strlen(wanted->price), market->terms->price_decimals, &price->units);
	if (result == DECIMAL_INEXACT)
		return &BAD_TICK;
	if (result != DECIMAL_OK || price->units <= 0)
		return &BAD_PRICE;
	if (!price_obeys(rules, market->terms->price_decimals, *price))
		return &BAD_TICK;
	result = decimal_parse_i64(wanted->size, strlen(wanted->size),
				   market->terms->quantity_decimals, &size->units);
	if (result != DECIMAL_OK || size->units < 0)
		return &BAD_SIZE;
	return size->units == 0 ? &ZERO_SIZE : NULL;
}

static uint64_t open_orders_limit(const struct hyper_account *account)
{
	i128 more = account->volume.e18 / MONEY_ONE / USD_PER_ORDER;
	return more > OPEN_ORDERS_MOST - OPEN_ORDERS_LEAST ? OPEN_ORDERS_MOST
							   : OPEN_ORDERS_LEAST + (uint64_t)more;
}

/* What depends on the account. `closes`: the order ends the whole position. */
static const struct verdict *judge_account(const struct hyperliquid_service *service,
					   const struct hyper_order *order, bool *closes)
{
	const struct hyper_market *market = &service->markets[order->market];
	const struct hyper_account *account = &service->accounts[order->account];
	int64_t held = trading_floor_position(service->floor, order->account, market->instrument)
			       .quantity.units;
	bool opposite = order->buy ? held < 0 : held > 0;
	int64_t size = held < 0 ? -held : held;
	struct money value;
	*closes = opposite &&
		  (order->reduce_only ? order->size.units >= size : order->size.units == size);
	if (account->live_count >= open_orders_limit(account))
		return &TOO_MANY;
	if (order->reduce_only && !opposite)
		return &INCREASES;
	if (!contract_value(market->terms, order->size, order->limit, &value))
		return &BAD_SIZE;
	return value.e18 < MINIMUM_USD * MONEY_ONE && !*closes ? &TOO_SMALL : NULL;
}

static const struct verdict *judge_status(enum market_status status, bool reduce_only)
{
	switch (status) {
	case MARKET_TRADING:
		return NULL;
	case MARKET_REDUCE_ONLY:
		return reduce_only ? NULL : &HALTED;
	case MARKET_HALTED:
		return &HALTED;
	case MARKET_DELISTED:
		return &DELISTED;
	}
	return &HALTED;
}

static struct order_request request_of(const struct hyperliquid_service *service,
				       const struct hyper_order *order, bool closes)
{
	static const enum order_type TYPES[] = {
		[HYPER_ALO] = ORDER_POST_ONLY, [HYPER_IOC] = ORDER_IOC, [HYPER_GTC] = ORDER_LIMIT};
	return (struct order_request){
		.instrument = service->markets[order->market].instrument,
		.side = order->buy ? SIDE_BUY : SIDE_SELL,
		.type = TYPES[order->tif],
		.quantity = order->size,
		.limit = order->limit,
		/* What closes a position whole is exempt from the minimum like one that reduces. */
		.reduce_only = order->reduce_only || closes,
	};
}

/* An order larger than the position is shrunk to it (§2.2). */
static void shrink(const struct hyperliquid_service *service, struct hyper_order *order)
{
	int64_t held = trading_floor_position(service->floor, order->account,
					      service->markets[order->market].instrument)
			       .quantity.units;
	int64_t size = held < 0 ? -held : held;
	if (order->reduce_only && order->size.units > size)
		order->size.units = size;
}

static void tell_update(struct hyperliquid_service *service, const struct hyper_order *order);

static struct hyper_order *refuse(struct hyperliquid_service *service, struct hyper_order *order,
				  const struct verdict *verdict, uint64_t asset,
				  struct hyper_slot *slot)
{
	hyper_slot_error(slot, verdict->text, asset);
	if (order == NULL)
		return NULL;
	order->status = verdict->state;
	order->error = verdict->text;
	order->seen_ms = hyper_now_ms(service);
	tell_update(service, order);
	return NULL;
}

struct hyper_order *hyper_order_prepare(struct hyperliquid_service *service, unsigned account,
					const struct hyper_wanted *wanted, bool amends,
					struct hyper_slot *slot)
{
	struct price price;
	struct quantity size;
	char fault[FAULT_VALUE_MAX + 1] = "", why[96];
	if (wanted->asset >= service->market_count)
		return refuse(service, NULL, &BAD_ASSET, wanted->asset, slot);
	const struct hyper_market *market = &service->markets[wanted->asset];
	const struct order_rules *rules =
		&instrument_latest(service->instruments, market->instrument)->rules;
	const struct verdict *verdict =
		wanted->trigger ? &BAD_TRIGGER : read_numbers(market, rules, wanted, &price, &size);
	if (verdict == NULL)
		verdict = judge_status(rules->status, wanted->reduce_only);
	bool used = wanted->cloid != NULL && !amends &&
		    hyper_order_by_cloid(service, account, wanted->cloid) != NULL;
	struct fault_occasion occasion = hyper_order_occasion(service, wanted, NULL);
	if (wanted->cloid != NULL && service->faults != NULL)
		(void)fault_plan_strikes(service->faults, "ord.dup_id", &occasion, fault);
	if (verdict == NULL &&
	    ((used && strcmp(fault, "accept") != 0) || strcmp(fault, "reject") == 0))
		verdict = &USED_CLOID;
	if (verdict != NULL)
		return refuse(service, NULL, verdict, wanted->asset, slot);
	struct hyper_order *order = note(service, account, wanted->cloid);
	if (order == NULL)
		return refuse(service, NULL, &NO_ROOM, wanted->asset, slot);
	order->market = (unsigned)wanted->asset;
	order->buy = wanted->buy;
	order->reduce_only = wanted->reduce_only;
	order->tif = wanted->tif;
	order->limit = price;
	order->size = size;
	bool closes;
	verdict = judge_account(service, order, &closes);
	if (verdict == NULL && !amends) {
		const struct order_request request = request_of(service, order, closes);
		enum reject_reason reason =
			trading_floor_judge(service->floor, account, &request, why, sizeof(why));
		if (reason != REJECT_NONE && reason != REJECT_NOT_SYNCED)
			verdict = verdict_of(reason);
	}
	if (verdict != NULL)
		return refuse(service, order, verdict, wanted->asset, slot);
	shrink(service, order);
	return order;
}

/* ---- sending -----------------------------------------------------------------------------------
 */

static void go_live(struct hyperliquid_service *service, struct hyper_order *order)
{
	struct hyper_account *account = &service->accounts[order->account];
	if (order->live)
		return;
	order->live = true;
	account->live = hyper_grow(account->live, account->live_count, &account->live_capacity,
				   sizeof(struct hyper_order *));
	account->live[account->live_count++] = order;
}

static void leave_live(struct hyperliquid_service *service, struct hyper_order *order)
{
	struct hyper_account *account = &service->accounts[order->account];
	for (size_t i = 0; order->live && i < account->live_count; i++) {
		if (account->live[i] != order)
			continue;
		account->live_count--;
		memmove(&account->live[i], &account->live[i + 1],
			(account->live_count - i) * sizeof(struct hyper_order *));
		break;
	}
	order->live = false;
}

void hyper_order_send(struct hyperliquid_service *service, struct hyper_order *order,
		      struct hyper_slot *slot, int64_t expires_ns)
{
	bool closes;
	(void)judge_account(service, order, &closes);
	struct order_request request = request_of(service, order, closes);
	request.venue_expiry_ns = expires_ns;
	const struct floor_order *floor =
		trading_floor_place(service->floor, order->account, &request, order->cloid, false);
	if (floor == NULL) {
		(void)refuse(service, order, &NO_ROOM, order->market, slot);
		return;
	}
	order->floor = floor;
	link_floor(service, order);
	if (trading_floor_order(service->floor, floor->number) == NULL) {
		/* A fault: acknowledged, then never heard of again. */
		hyper_order_answer(service, order, slot->status);
		slot->kind = HYPER_SLOT_DONE;
		order->lost = true;
		return;
	}
	if (trading_floor_is_stuck(service->floor, floor->number)) {
		order->seen_ms = hyper_now_ms(service);
		go_live(service, order);
		tell_update(service, order);
		hyper_order_answer(service, order, slot->status);
		slot->kind = HYPER_SLOT_DONE;
		return;
	}
	slot->kind = HYPER_SLOT_PLACE;
	slot->order = order;
	order->waiters++;
}

/* ---- answering ---------------------------------------------------------------------------------
 */

static void put_ids(char *at, size_t size, const struct hyper_order *order)
{
	snprintf(at, size, "\"oid\":%" PRIu64 "%s%s%s", order->oid,
		 order->cloid[0] != '\0' ? ",\"cloid\":\"" : "", order->cloid,
		 order->cloid[0] != '\0' ? "\"" : "");
}

static void answer_filled(const struct hyperliquid_service *service,
			  const struct hyper_order *order, char status[HYPER_STATUS_MAX])
{
	const struct hyper_market *market = &service->markets[order->market];
	struct served_text size = {0}, price = {0};
	char ids[80];
	struct money average = {0};
	struct quantity filled = hyper_order_filled(order);
	(void)!mul_div(order->floor->executed_quote.e18,
		       i128_power_of_ten(market->terms->quantity_decimals), filled.units,
		       ROUND_HALF_EVEN, &average.e18);
	hyper_put_size(&size, NULL, market, filled);
	hyper_put_money(&price, NULL, average, 8);
	put_ids(ids, sizeof(ids), order);
	snprintf(status, HYPER_STATUS_MAX, "{\"filled\":{\"totalSz\":%s,\"avgPx\":%s,%s}}",
		 size.bytes != NULL ? size.bytes : "\"\"",
		 price.bytes != NULL ? price.bytes : "\"\"", ids);
	served_text_free(&size);
	served_text_free(&price);
}

static void answer_crosses(const struct hyperliquid_service *service,
			   const struct hyper_order *order, char status[HYPER_STATUS_MAX])
{
	const struct hyper_market *market = &service->markets[order->market];
	struct book_level level;
	char touch[2][DECIMAL_TEXT_MAX] = {"0.0", "0.0"};
	for (int side = 0; side < 2; side++) {
		if (trading_floor_depth(service->floor, market->instrument,
					side == 0 ? SIDE_BUY : SIDE_SELL, &level, 1) == 1)
			decimal_format_short(level.price.units, market->terms->price_decimals,
					     touch[side], sizeof(touch[side]));
	}
	snprintf(status, HYPER_STATUS_MAX, "{\"error\":\"%s, bbo was %s@%s. asset=%u\"}",
		 CROSSES.text, touch[0], touch[1], order->market);
}

void hyper_order_answer(const struct hyperliquid_service *service, const struct hyper_order *order,
			char status[HYPER_STATUS_MAX])
{
	char ids[80];
	if (order->error == CROSSES.text)
		answer_crosses(service, order, status);
	else if (order->error != NULL)
		snprintf(status, HYPER_STATUS_MAX, "{\"error\":\"%s asset=%u\"}", order->error,
			 order->market);
	else if (hyper_order_filled(order).units > 0 && !order->live)
		answer_filled(service, order, status);
	else {
		put_ids(ids, sizeof(ids), order);
		snprintf(status, HYPER_STATUS_MAX, "{\"resting\":{%s}}", ids);
	}
}

/* ---- what becomes of it ------------------------------------------------------------------------
 */

static void tell_update(struct hyperliquid_service *service, const struct hyper_order *order)
{
	struct hyper_account *account = &service->accounts[order->account];
	char alien[FAULT_VALUE_MAX + 1];
	bool is_alien = hyper_strikes(service, "ord.status", alien);
	account->changed = true;
	hyper_flush_later(service);
	if (service->subscribers[HYPER_ORDER_UPDATES] == 0)
		return;
	reply_open(&account->updates, NULL, '{');
	hyper_put_order(service, &account->updates, "order", order, false);
	reply_text(&account->updates, "status", is_alien ? alien : order->status);
	reply_integer(&account->updates, "statusTimestamp", order->status_ms);
	reply_close(&account->updates, '}');
}

static void tell_cancelled_by_venue(struct hyperliquid_service *service,
				    const struct hyper_order *order)
{
	struct served_text *rows = &service->accounts[order->account].cancels;
	if (service->subscribers[HYPER_USER_EVENTS] == 0)
		return;
	reply_open(rows, NULL, '{');
	reply_text(rows, "coin", service->markets[order->market].terms->symbol);
	reply_integer(rows, "oid", (int64_t)order->oid);
	reply_close(rows, '}');
}

/* A cancelled order's state; IOC orders without a fill count as refused (§7.2). */
static void set_cancelled(struct hyperliquid_service *service, struct hyper_order *order)
{
	const struct floor_order *floor = order->floor;
	bool by_reduction = floor->reason == REJECT_REDUCE_ONLY;
	order->status = "canceled";
	if (by_reduction && floor->executed.units > 0 && !order->cancel_asked)
		/* It was larger than the position: shrunk, then filled. */
		order->status = floor->resting ? "reduceOnlyCanceled" : "filled";
	else if (by_reduction)
		order->status = "reduceOnlyCanceled";
	else if (strncmp(floor->text, "self", 4) == 0)
		order->status = "selfTradeCanceled";
	else if (strcmp(floor->text, "scheduled cancel") == 0)
		order->status = "scheduledCancel";
	else if (order->tif == HYPER_IOC && floor->executed.units == 0 && !order->cancel_asked) {
		order->status = NO_MATCH.state;
		order->error = NO_MATCH.text;
	}
	bool by_venue = strcmp(order->status, "selfTradeCanceled") == 0 ||
			strcmp(order->status, "scheduledCancel") == 0;
	if (by_venue)
		tell_cancelled_by_venue(service, order);
}

static void set_status(struct hyperliquid_service *service, struct hyper_order *order)
{
	const struct verdict *verdict;
	switch (order->floor->state) {
	case ORDER_STATE_OPEN:
		order->status = "open";
		go_live(service, order);
		return;
	case ORDER_STATE_FILLED:
		order->status = "filled";
		break;
	case ORDER_STATE_CANCELLED:
		set_cancelled(service, order);
		break;
	case ORDER_STATE_REJECTED:
		verdict = verdict_of(order->floor->reason);
		order->status = verdict->state;
		order->error = verdict->text;
		break;
	}
	leave_live(service, order);
}

void hyper_order_changed(struct hyperliquid_service *service, const struct floor_order *floor)
{
	struct hyper_order *order = hyper_order_of(service, floor);
	if (order == NULL || order->lost)
		return;
	if (floor->state == ORDER_STATE_REJECTED && floor->reason == REJECT_EXPIRED) {
		order->lost = true;
		hyper_pending_order_changed(service, order);
		return;
	}
	if (order->seen_ms == 0)
		order->seen_ms = hyper_now_ms(service);
	order->status_ms = floor->updated_ns / NS_PER_MS;
	set_status(service, order);
	tell_update(service, order);
	hyper_pending_order_changed(service, order);
}
