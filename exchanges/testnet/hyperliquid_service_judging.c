/* What the venue demands of an order (§2.2, §2.8, §3). */
#include "exchanges/testnet/hyperliquid_service_state.h"

#include "core/base/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define OPEN_ORDERS_LEAST 1000
#define OPEN_ORDERS_MOST  5000
#define USD_PER_ORDER	  5000000
#define MINIMUM_USD	  10

/* ---- why an order is refused -------------------------------------------------------------------
 */

static const struct hyper_verdict BAD_ASSET = {"Order has invalid asset.", "rejected"};
static const struct hyper_verdict BAD_PRICE = {"Order has invalid price.", "tickRejected"};
static const struct hyper_verdict BAD_TICK = {"Price must be divisible by tick size.",
					      "tickRejected"};
static const struct hyper_verdict BAD_SIZE = {"Order has invalid size.", "rejected"};
static const struct hyper_verdict ZERO_SIZE = {"Order has zero size.", "rejected"};
static const struct hyper_verdict BAD_TRIGGER = {"Invalid TP/SL price.", "badTriggerPxRejected"};
static const struct hyper_verdict HALTED = {"Trading is halted.", "rejected"};
static const struct hyper_verdict DELISTED = {"Asset is delisted.", "rejected"};
static const struct hyper_verdict TOO_FAR = {
	"Order price cannot be more than 80% away from the reference price", "oracleRejected"};
static const struct hyper_verdict TOO_SMALL = {"Order must have minimum value of $10.",
					       "minTradeNtlRejected"};
static const struct hyper_verdict NO_MARGIN = {"Insufficient margin to place order.",
					       "perpMarginRejected"};
static const struct hyper_verdict INCREASES = {"Reduce only order would increase position.",
					       "reduceOnlyRejected"};
const struct hyper_verdict HYPER_CROSSES = {"Post only order would have immediately matched",
					    "badAloPxRejected"};
const struct hyper_verdict HYPER_NO_MATCH = {
	"Order could not immediately match against any resting orders.", "iocCancelRejected"};
static const struct hyper_verdict TOO_MANY = {"Too many open orders.", "tooManyOpenOrdersRejected"};
static const struct hyper_verdict USED_CLOID = {"Order has a cloid that was used before.",
						"rejected"};
const struct hyper_verdict HYPER_NO_ROOM = {"Order could not be taken.", "rejected"};

const struct hyper_verdict *hyper_verdict_of(enum reject_reason reason)
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
		return &HYPER_CROSSES;
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
	return &HYPER_NO_ROOM;
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

bool hyper_is_cloid(const char *text)
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
	       (cloid == NULL || (wanted->cloid != NULL && hyper_is_cloid(wanted->cloid))) &&
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

/* ---- judging -----------------------------------------------------------------------------------
 */

static const struct hyper_verdict *read_numbers(const struct hyper_market *market,
						const struct order_rules *rules,
						const struct hyper_wanted *wanted,
						struct price *price, struct quantity *size)
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

/* What depends on the account. exempt: below the minimum, but it ends the whole position. */
static const struct hyper_verdict *judge_account(const struct hyperliquid_service *service,
						 const struct hyper_order *order, bool *exempt)
{
	const struct hyper_market *market = &service->markets[order->market];
	const struct hyper_account *account = &service->accounts[order->account];
	int64_t held = trading_floor_position(service->floor, order->account, market->instrument)
			       .quantity.units;
	bool opposite = order->buy ? held < 0 : held > 0;
	int64_t size = held < 0 ? -held : held;
	struct money value;
	bool closes = opposite &&
		      (order->reduce_only ? order->size.units >= size : order->size.units == size);
	*exempt = false;
	if (account->live_count >= open_orders_limit(account))
		return &TOO_MANY;
	if (order->reduce_only && !opposite)
		return &INCREASES;
	if (!contract_value(market->terms, order->size, order->limit, &value))
		return &BAD_SIZE;
	if (value.e18 >= MINIMUM_USD * MONEY_ONE)
		return NULL;
	*exempt = closes;
	return closes ? NULL : &TOO_SMALL;
}

static const struct hyper_verdict *judge_status(enum market_status status, bool reduce_only)
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

struct order_request hyper_order_request(const struct hyperliquid_service *service,
					 const struct hyper_order *order)
{
	static const enum order_type TYPES[] = {
		[HYPER_ALO] = ORDER_POST_ONLY, [HYPER_IOC] = ORDER_IOC, [HYPER_GTC] = ORDER_LIMIT};
	bool exempt;
	(void)judge_account(service, order, &exempt);
	return (struct order_request){
		.instrument = service->markets[order->market].instrument,
		.side = order->buy ? SIDE_BUY : SIDE_SELL,
		.type = TYPES[order->tif],
		.quantity = order->size,
		.limit = order->limit,
		/* On the floor what reduces is exempt from the minimum. */
		.reduce_only = order->reduce_only || exempt,
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

/* What can be said of it before it is an order. */
static const struct hyper_verdict *judge_form(struct hyperliquid_service *service, unsigned account,
					      const struct hyper_wanted *wanted, bool amends,
					      struct price *price, struct quantity *size)
{
	const struct hyper_market *market = &service->markets[wanted->asset];
	const struct order_rules *rules =
		&instrument_latest(service->instruments, market->instrument)->rules;
	const struct fault_occasion occasion = hyper_order_occasion(service, wanted, NULL);
	char fault[FAULT_VALUE_MAX + 1] = "";
	if (wanted->trigger)
		return &BAD_TRIGGER;
	const struct hyper_verdict *verdict = read_numbers(market, rules, wanted, price, size);
	if (verdict == NULL)
		verdict = judge_status(rules->status, wanted->reduce_only);
	if (verdict != NULL || wanted->cloid == NULL)
		return verdict;
	bool used = !amends && hyper_order_by_cloid(service, account, wanted->cloid) != NULL;
	if (service->faults != NULL)
		(void)fault_plan_strikes(service->faults, "ord.dup_id", &occasion, fault);
	bool refused = used ? strcmp(fault, "accept") != 0 : strcmp(fault, "reject") == 0;
	return refused ? &USED_CLOID : NULL;
}

static const struct hyper_verdict *judge_order(const struct hyperliquid_service *service,
					       const struct hyper_order *order, bool amends)
{
	bool exempt;
	char why[96];
	const struct hyper_verdict *verdict = judge_account(service, order, &exempt);
	if (verdict != NULL || amends)
		return verdict;
	const struct order_request request = hyper_order_request(service, order);
	enum reject_reason reason =
		trading_floor_judge(service->floor, order->account, &request, why, sizeof(why));
	/* Other reduce-only orders yield to this one. */
	bool taken = reason == REJECT_NONE || reason == REJECT_NOT_SYNCED ||
		     reason == REJECT_REDUCE_ONLY;
	return taken ? NULL : hyper_verdict_of(reason);
}

struct hyper_order *hyper_order_prepare(struct hyperliquid_service *service, unsigned account,
					const struct hyper_wanted *wanted, bool amends,
					struct hyper_slot *slot)
{
	struct price price;
	struct quantity size;
	if (wanted->asset >= service->market_count) {
		hyper_slot_error(slot, BAD_ASSET.text, wanted->asset);
		return NULL;
	}
	const struct hyper_verdict *verdict =
		judge_form(service, account, wanted, amends, &price, &size);
	if (verdict != NULL) {
		hyper_slot_error(slot, verdict->text, wanted->asset);
		return NULL;
	}
	struct hyper_order *order = hyper_order_note(service, account, wanted->cloid);
	if (order == NULL) {
		hyper_slot_error(slot, HYPER_NO_ROOM.text, wanted->asset);
		return NULL;
	}
	order->market = (unsigned)wanted->asset;
	order->buy = wanted->buy;
	order->reduce_only = wanted->reduce_only;
	order->tif = wanted->tif;
	order->limit = price;
	order->size = size;
	verdict = judge_order(service, order, amends);
	if (verdict != NULL) {
		hyper_order_refuse(service, order, verdict, slot);
		return NULL;
	}
	shrink(service, order);
	return order;
}
