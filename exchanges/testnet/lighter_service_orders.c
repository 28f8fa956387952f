/* The venue's orders: from an accepted transaction over the floor to what look-ups and streams
 * say (§1.9, §3.5 to §3.9). */
#include "exchanges/testnet/lighter_service_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPIRY_LEAST_MS (5 * 60 * INT64_C(1000))
#define EXPIRY_MOST_MS	(30 * 24 * 3600 * INT64_C(1000))
#define SEQUENCE_MASK	((INT64_C(1) << 46) - 1)

static size_t client_bucket(unsigned account, int64_t client_index)
{
	return (size_t)(((uint64_t)client_index * UINT64_C(0x9e3779b97f4a7c15) + account) >> 20) %
	       SERVED_BUCKETS;
}

static size_t hash_bucket(const char *hash)
{
	uint64_t mixed = 0;
	for (unsigned i = 0; i < 16 && hash[i] != '\0'; i++)
		mixed = mixed * 31 + (unsigned char)hash[i];
	return (size_t)(mixed % SERVED_BUCKETS);
}

/* Room for one more; false: the bound, or no memory. */
static bool grow(void **array, size_t count, size_t *capacity, size_t size, size_t most)
{
	if (count == most)
		return false;
	if (count < *capacity)
		return true;
	size_t wanted = *capacity > 0 ? *capacity * 2 : 64;
	void *larger = realloc(*array, wanted * size);
	if (larger == NULL)
		return false;
	*array = larger;
	*capacity = wanted;
	return true;
}

/* ---- transactions ---------------------------------------------------------------------------- */

size_t served_record_add(struct lighter_service *service, const struct served_submission *from)
{
	void *records = service->records;
	bool room = grow(&records, service->record_count, &service->record_capacity,
			 sizeof(*service->records), SERVED_TRANSACTIONS_MAX);
	service->records = records;
	if (!room)
		return SIZE_MAX;
	size_t place = service->record_count++, *bucket;
	struct served_record *record = &service->records[place];
	*record = (struct served_record){
		.state = TX_STATE_PENDING,
		.type = from->transaction.type,
		.account = (unsigned)(from->account - service->accounts),
		.nonce = from->transaction.nonce,
		.api_key_index = from->transaction.api_key_index,
		.accepted_ns = served_now_ns(service),
		.local_ns = scheduler_now(service->scheduler),
	};
	memcpy(record->hash, from->hash_hex, sizeof(record->hash));
	bucket = &service->by_hash[hash_bucket(record->hash)];
	record->next = *bucket;
	*bucket = place + 1;
	return place;
}

struct served_record *served_record_find(struct lighter_service *service, const char *hash)
{
	size_t at = service->by_hash[hash_bucket(hash)];
	for (; at != 0; at = service->records[at - 1].next) {
		if (strcmp(service->records[at - 1].hash, hash) == 0)
			return &service->records[at - 1];
	}
	return NULL;
}

/* ---- finding --------------------------------------------------------------------------------- */

struct served_order *served_order_by_floor(struct lighter_service *service, uint64_t number)
{
	size_t low = 0, high = service->link_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (service->links[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < service->link_count && service->links[low].number == number
		       ? service->links[low].order
		       : NULL;
}

static bool is_live(const struct served_order *order)
{
	return order->phase == PHASE_SUBMITTED || order->phase == PHASE_OPEN;
}

struct served_order *served_order_live(struct lighter_service *service, unsigned account,
				       int64_t client_index)
{
	struct served_order *order = service->by_client[client_bucket(account, client_index)];
	for (; order != NULL; order = order->next_same) {
		if (order->account == account && order->client_index == client_index &&
		    is_live(order))
			return order;
	}
	return NULL;
}

struct served_order *served_order_find(struct lighter_service *service, unsigned account,
				       int64_t index)
{
	if (index >= SERVED_SERVER_INDEX) {
		int64_t sequence = index & SEQUENCE_MASK;
		struct served_order *order =
			sequence >= 1 && (size_t)sequence <= service->order_count
				? service->orders[sequence - 1]
				: NULL;
		return order != NULL && order->index == index && order->account == account ? order
											   : NULL;
	}
	struct served_order *order = served_order_live(service, account, index);
	if (order != NULL || index == 0)
		return order;
	order = service->by_client[client_bucket(account, index)];
	while (order != NULL && (order->account != account || order->client_index != index))
		order = order->next_same;
	return order;
}

bool served_order_visible(const struct lighter_service *service, const struct served_order *order,
			  int64_t lag_ns)
{
	return (order->phase == PHASE_OPEN || order->phase == PHASE_FINAL) &&
	       order->local_ns + lag_ns <= scheduler_now(service->scheduler);
}

/* ---- judging --------------------------------------------------------------------------------- */

static struct order_request request_of(struct lighter_service *service, unsigned account,
				       const int64_t *values, int64_t deadline_ms)
{
	instrument_id instrument = service->markets[values[CREATE_MARKET]].instrument;
	int64_t base = values[CREATE_BASE_AMOUNT];
	if (base == 0) {
		/* Reduce-only without a size: the whole position (§3.1). */
		base = trading_floor_position(service->floor, account, instrument).quantity.units;
		base = base < 0 ? -base : base;
	}
	return (struct order_request){
		.instrument = instrument,
		.client_id = 1,
		.side = values[CREATE_IS_ASK] ? SIDE_SELL : SIDE_BUY,
		.type = values[CREATE_TIME_IN_FORCE] == FORCE_IOC	  ? ORDER_IOC
			: values[CREATE_TIME_IN_FORCE] == FORCE_POST_ONLY ? ORDER_POST_ONLY
									  : ORDER_LIMIT,
		.quantity = {base},
		.limit = {values[CREATE_PRICE]},
		.reduce_only = values[CREATE_REDUCE_ONLY] != 0,
		.venue_expiry_ns = deadline_ms * NS_PER_MS,
	};
}

static int code_of(enum reject_reason reason, bool rests, bool aggressive)
{
	switch (reason) {
	case REJECT_NONE:
	case REJECT_NOT_SYNCED:
	case REJECT_WOULD_CROSS: /* the sequencer's word */
	case REJECT_NOT_FOUND:
	case REJECT_DUPLICATE_ID:
	case REJECT_NEVER_SENT:
		return 0;
	case REJECT_MARGIN: /* of takers only the sequencer asks (§3.8) */
	case REJECT_NO_SHORT:
		return rests ? 21739 : 0;
	case REJECT_REDUCE_ONLY:
		return rests ? 21738 : 0;
	case REJECT_TICK:
		return 21702;
	case REJECT_LOT:
	case REJECT_MAXIMUM_QUANTITY:
		return 21701;
	case REJECT_MINIMUM_QUANTITY:
	case REJECT_MINIMUM_NOTIONAL:
		return 21706;
	case REJECT_PRICE_BAND:
		return aggressive ? 21733 : 21734;
	case REJECT_LEVERAGE:
		return 21113;
	case REJECT_MARKET_STATUS:
		return 21605;
	case REJECT_EXPIRED:
		return 21711;
	case REJECT_RATE_LIMITED:
	case REJECT_AUTH:
	case REJECT_MAINTENANCE:
	case REJECT_OTHER:
		return 21501;
	}
	return 0;
}

/* Worse for its owner than the mark. */
static bool is_aggressive(struct lighter_service *service, const struct order_request *request)
{
	const struct mark_state *mark =
		market_state_mark(trading_floor_books(service->floor), request->instrument);
	i128 limit =
		price_e18(instrument_get(service->instruments, request->instrument), request->limit)
			.e18;
	return request->side == SIDE_BUY ? limit > mark->mark.e18 : limit < mark->mark.e18;
}

static int judge_counts(const struct lighter_service *service, unsigned account, unsigned market)
{
	if (service->accounts[account].open_orders >= SERVED_ACTIVE_MAX)
		return 21717;
	if (service->accounts[account].tallies[market].open_orders >= SERVED_ACTIVE_MARKET_MAX)
		return 21718;
	return 0;
}

int served_order_judge(struct lighter_service *service, unsigned account, const int64_t *values,
		       bool price_protection)
{
	int64_t now_ms = served_now_ms(service), expiry_ms = values[CREATE_EXPIRY];
	bool rests = values[CREATE_TIME_IN_FORCE] != FORCE_IOC;
	char text[96];
	if (values[CREATE_MARKET] >= service->market_count)
		return 21602;
	if (values[CREATE_TYPE] != TYPE_LIMIT && values[CREATE_TYPE] != TYPE_MARKET)
		return 21618;
	if (rests && (expiry_ms < now_ms + EXPIRY_LEAST_MS || expiry_ms > now_ms + EXPIRY_MOST_MS))
		return 21711;
	int code = rests ? judge_counts(service, account, (unsigned)values[CREATE_MARKET]) : 0;
	if (code != 0)
		return code;
	struct order_request request = request_of(service, account, values, 0);
	if (request.quantity.units == 0)
		return rests ? 21738 : 0; /* nothing to reduce: dropped later */
	enum reject_reason reason =
		trading_floor_judge(service->floor, account, &request, text, sizeof(text));
	return code_of(reason, rests, price_protection && is_aggressive(service, &request));
}

/* ---- creating -------------------------------------------------------------------------------- */

static bool link_floor(struct lighter_service *service, uint64_t number, struct served_order *order)
{
	void *links = service->links;
	bool room = grow(&links, service->link_count, &service->link_capacity,
			 sizeof(*service->links), 2 * SERVED_ORDERS_MAX);
	service->links = links;
	if (!room)
		return false;
	/* Somebody else's orders are met later than ours that were placed after them. */
	size_t at = service->link_count++;
	for (; at > 0 && service->links[at - 1].number > number; at--)
		service->links[at] = service->links[at - 1];
	service->links[at] = (struct served_floor_link){number, order};
	order->floor_number = number;
	return true;
}

static struct served_order *new_order(struct lighter_service *service, unsigned account,
				      bool is_ask)
{
	void *orders = service->orders;
	bool room = grow(&orders, service->order_count, &service->order_capacity,
			 sizeof(*service->orders), SERVED_ORDERS_MAX);
	service->orders = orders;
	struct served_order *order = room ? calloc(1, sizeof(*order)) : NULL;
	if (order == NULL)
		return NULL;
	service->orders[service->order_count++] = order;
	/* Bids lie beyond 2^53: who puts ids through a double cannot cancel them. */
	bool big = !is_ask || served_strikes(service, "json.bigid", NULL);
	order->index = (is_ask ? 1 : 2) * SERVED_SERVER_INDEX + (int64_t)service->order_count +
		       (big ? SERVED_BIG_INDEX : 0);
	order->account = account;
	order->is_ask = is_ask;
	order->status = "in-progress";
	order->created_ns = order->updated_ns = served_now_ns(service);
	order->engine_nonce = ++service->engine_nonce;
	order->transaction = SIZE_MAX;
	return order;
}

static void index_by_client(struct lighter_service *service, struct served_order *order)
{
	struct served_order **bucket =
		&service->by_client[client_bucket(order->account, order->client_index)];
	order->next_same = *bucket;
	*bucket = order;
}

static bool place(struct lighter_service *service, struct served_order *order,
		  const struct order_request *request)
{
	char tag[FLOOR_TAG_MAX + 1];
	snprintf(tag, sizeof(tag), "%" PRId64, order->client_index);
	const struct floor_order *placed =
		trading_floor_place(service->floor, order->account, request,
				    order->client_index != 0 ? tag : "", false);
	if (placed == NULL || !link_floor(service, placed->number, order))
		return false;
	if (order->time_in_force != FORCE_IOC)
		trading_floor_expire(service->floor, placed->number, order->expiry_ms * NS_PER_MS);
	return true;
}

struct served_order *served_order_create(struct lighter_service *service, unsigned account,
					 const struct served_transaction *transaction,
					 size_t record)
{
	const int64_t *values = transaction->values;
	struct served_order *order = new_order(service, account, values[CREATE_IS_ASK] != 0);
	if (order == NULL)
		return NULL;
	struct order_request request =
		request_of(service, account, values, transaction->expired_at_ms);
	order->market = (unsigned)values[CREATE_MARKET];
	order->client_index = values[CREATE_CLIENT_INDEX];
	order->reduce_only = request.reduce_only;
	order->type = values[CREATE_TYPE];
	order->time_in_force = values[CREATE_TIME_IN_FORCE];
	order->expiry_ms = values[CREATE_EXPIRY];
	order->base = request.quantity.units;
	order->price = values[CREATE_PRICE];
	order->expired_at_ms = transaction->expired_at_ms;
	order->transaction = record;
	service->records[record].order = order;
	service->accounts[account].tallies[order->market].touched = true;
	index_by_client(service, order);
	if (order->base == 0) {
		/* A reduce-only order without a position: dropped without a word (§5.1). */
		order->phase = PHASE_DROPPED;
		return order;
	}
	return place(service, order, &request) ? order : NULL;
}

/* An order that did not come over this wire: somebody else uses the account. */
static struct served_order *adopt(struct lighter_service *service, const struct floor_order *from)
{
	unsigned market;
	if (!served_find_market(service, from->request.instrument, &market) ||
	    from->account >= service->account_count)
		return NULL;
	struct served_order *order =
		new_order(service, from->account, from->request.side == SIDE_SELL);
	if (order == NULL || !link_floor(service, from->number, order))
		return NULL;
	order->market = market;
	order->reduce_only = from->request.reduce_only;
	order->time_in_force = FORCE_IOC;
	order->base = from->request.quantity.units;
	order->price = from->request.limit.units;
	service->accounts[order->account].tallies[market].touched = true;
	return order;
}

/* ---- cancel and modify ----------------------------------------------------------------------- */

void served_order_cancel(struct lighter_service *service, struct served_order *order)
{
	order->replacing = false;
	(void)!trading_floor_cancel(service->floor, order->floor_number);
}

void served_orders_cancel_all(struct lighter_service *service, unsigned account, unsigned market)
{
	for (size_t i = service->order_count; i > 0; i--) {
		struct served_order *order = service->orders[i - 1];
		if (order->account == account &&
		    (market == SERVED_PERP_NIL || order->market == market))
			order->replacing = false;
	}
	trading_floor_cancel_all(service->floor, account,
				 market == SERVED_PERP_NIL ? 0
							   : service->markets[market].instrument);
}

/* What the order would be with its new terms. */
static void modified_values(const struct served_order *order, const int64_t *modify,
			    int64_t values[CREATE_FIELDS])
{
	values[CREATE_MARKET] = order->market;
	values[CREATE_CLIENT_INDEX] = order->client_index;
	values[CREATE_BASE_AMOUNT] = modify[MODIFY_BASE_AMOUNT];
	values[CREATE_PRICE] = modify[MODIFY_PRICE];
	values[CREATE_IS_ASK] = order->is_ask;
	values[CREATE_TYPE] = order->type;
	values[CREATE_TIME_IN_FORCE] = order->time_in_force;
	values[CREATE_REDUCE_ONLY] = order->reduce_only;
	values[CREATE_TRIGGER_PRICE] = 0;
	values[CREATE_EXPIRY] = order->expiry_ms;
}

int served_order_modify_judge(struct lighter_service *service, const struct served_order *order,
			      const int64_t *modify)
{
	int64_t values[CREATE_FIELDS];
	char text[96];
	if (order == NULL || order->phase != PHASE_OPEN)
		return 21600;
	if (order->market != modify[MODIFY_MARKET])
		return 21602;
	if (modify[MODIFY_TRIGGER_PRICE] != 0)
		return 21729;
	if (modify[MODIFY_BASE_AMOUNT] <= order->executed.units)
		return 21701;
	modified_values(order, modify, values);
	struct order_request request = request_of(service, order->account, values, 0);
	enum reject_reason reason =
		trading_floor_judge(service->floor, order->account, &request, text, sizeof(text));
	/* The margin of the order that goes is not free yet: asked when it is. */
	return reason == REJECT_MARGIN ? 0 : code_of(reason, true, false);
}

void served_order_modify(struct lighter_service *service, struct served_order *order,
			 const int64_t *modify)
{
	order->new_base = modify[MODIFY_BASE_AMOUNT];
	order->new_price = modify[MODIFY_PRICE];
	order->replacing = trading_floor_cancel(service->floor, order->floor_number);
}

/* The old floor order is gone: its successor carries the same index on. */
static bool replace(struct lighter_service *service, struct served_order *order)
{
	int64_t values[CREATE_FIELDS];
	const int64_t modify[] = {order->market, order->index, order->new_base, order->new_price,
				  0};
	order->replacing = false;
	order->base = order->new_base;
	order->price = order->new_price;
	order->earlier = order->executed;
	order->earlier_quote = order->executed_quote;
	if (order->base <= order->executed.units)
		return false;
	modified_values(order, modify, values);
	values[CREATE_BASE_AMOUNT] -= order->executed.units;
	struct order_request request = request_of(service, order->account, values, 0);
	return place(service, order, &request);
}

/* ---- what becomes of them -------------------------------------------------------------------- */

static const char *word_of_rejection(enum reject_reason reason)
{
	switch (reason) {
	case REJECT_MARGIN:
		return "canceled-margin-not-allowed";
	case REJECT_WOULD_CROSS:
		return "canceled-post-only";
	case REJECT_REDUCE_ONLY:
		return "canceled-reduce-only";
	case REJECT_NO_SHORT:
		return "canceled-invalid-balance";
	case REJECT_EXPIRED:
		return "canceled-expired";
	case REJECT_NOT_SYNCED:
		return "canceled-not-enough-liquidity";
	case REJECT_PRICE_BAND:
		return "canceled-too-much-slippage";
	case REJECT_MARKET_STATUS:
	case REJECT_LEVERAGE:
		return "canceled-position-not-allowed";
	case REJECT_NONE:
	case REJECT_NEVER_SENT:
	case REJECT_TICK:
	case REJECT_LOT:
	case REJECT_MINIMUM_QUANTITY:
	case REJECT_MAXIMUM_QUANTITY:
	case REJECT_MINIMUM_NOTIONAL:
	case REJECT_DUPLICATE_ID:
	case REJECT_NOT_FOUND:
	case REJECT_RATE_LIMITED:
	case REJECT_AUTH:
	case REJECT_MAINTENANCE:
	case REJECT_OTHER:
		return "canceled";
	}
	return "canceled";
}

static const char *word_of_cancel(struct lighter_service *service, const struct served_order *order,
				  const struct floor_order *from)
{
	struct book_level best;
	if (strncmp(from->text, "self", 4) == 0)
		return "canceled-self-trade";
	if (strcmp(from->text, "expired") == 0)
		return "canceled-expired";
	if (from->reason != REJECT_NONE)
		return word_of_rejection(from->reason);
	if (order->time_in_force != FORCE_IOC)
		return "canceled";
	return trading_floor_depth(service->floor, from->request.instrument,
				   order->is_ask ? SIDE_BUY : SIDE_SELL, &best, 1) > 0
		       ? "canceled-too-much-slippage"
		       : "canceled-not-enough-liquidity";
}

/* A transaction that expires unexecuted gives its nonce back (§3.8). */
static void give_nonce_back(struct lighter_service *service, const struct served_record *record)
{
	struct served_account *account = &service->accounts[record->account];
	for (unsigned i = 0; i < account->key_count; i++) {
		struct served_key_state *key = &account->keys[i];
		if (key->index == record->api_key_index && key->next_nonce == record->nonce + 1)
			key->next_nonce = record->nonce;
	}
}

static void set_phase(struct lighter_service *service, struct served_order *order,
		      enum served_order_phase phase, const char *status)
{
	struct served_account *account = &service->accounts[order->account];
	struct served_tally *tally = &account->tallies[order->market];
	bool was_open = order->phase == PHASE_OPEN, is_open = phase == PHASE_OPEN;
	if (order->phase == PHASE_SUBMITTED)
		order->local_ns = scheduler_now(service->scheduler);
	account->open_orders += (unsigned)is_open - (unsigned)was_open;
	tally->open_orders += (unsigned)is_open - (unsigned)was_open;
	order->phase = phase;
	order->status = status;
	if (order->transaction == SIZE_MAX)
		return;
	struct served_record *record = &service->records[order->transaction];
	if (record->state == TX_STATE_PENDING && phase == PHASE_DROPPED) {
		record->state = TX_STATE_FAILED;
		record->error = 21711;
		give_nonce_back(service, record);
	} else if (record->state == TX_STATE_PENDING) {
		record->state = TX_STATE_EXECUTED;
	}
}

static void take_executed(struct served_order *order, const struct floor_order *from)
{
	order->executed.units = order->earlier.units + from->executed.units;
	if (!money_add(order->earlier_quote, from->executed_quote, &order->executed_quote))
		abort();
}

struct served_order *served_orders_filled(struct lighter_service *service,
					  const struct floor_order *from)
{
	struct served_order *order = served_order_by_floor(service, from->number);
	if (order == NULL)
		order = adopt(service, from);
	if (order != NULL && order->floor_number == from->number)
		take_executed(order, from);
	return order;
}

void served_orders_changed(struct lighter_service *service, const struct floor_order *from)
{
	struct served_order *order = served_orders_filled(service, from);
	if (order == NULL || order->floor_number != from->number)
		return;
	order->updated_ns = from->updated_ns;
	order->engine_nonce = ++service->engine_nonce;
	switch (from->state) {
	case ORDER_STATE_OPEN:
		set_phase(service, order, PHASE_OPEN, "open");
		break;
	case ORDER_STATE_FILLED:
		set_phase(service, order, PHASE_FINAL, "filled");
		break;
	case ORDER_STATE_CANCELLED:
		if (order->replacing && replace(service, order))
			return;
		set_phase(service, order, PHASE_FINAL, word_of_cancel(service, order, from));
		break;
	case ORDER_STATE_REJECTED:
		if (from->reason == REJECT_EXPIRED && order->phase == PHASE_SUBMITTED) {
			set_phase(service, order, PHASE_DROPPED, "canceled-expired");
			served_release_held(service, order);
			return;
		}
		set_phase(service, order, PHASE_FINAL, word_of_rejection(from->reason));
		break;
	}
	served_tell_order(service, order);
	served_release_held(service, order);
}
