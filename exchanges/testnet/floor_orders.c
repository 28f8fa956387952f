#include "exchanges/testnet/floor_state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_IN_MS INT64_C(1000000)
/* Between two looks of a waiting match at whether the venue is up again. */
#define DOWN_RETRY_NS (100 * NS_IN_MS)

/* ---- records -----------------------------------------------------------------------------------
 */

struct floor_record *floor_record_at(const struct trading_floor *floor, uint64_t number)
{
	if (number == 0 || number > floor->order_count)
		return NULL;
	size_t index = (size_t)number - 1;
	return &floor->blocks[index / RECORDS_PER_BLOCK][index % RECORDS_PER_BLOCK];
}

static size_t bucket_of(floor_account account, const char *tag)
{
	/* FNV-1a. */
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ account;
	for (; *tag; tag++)
		hash = (hash ^ (unsigned char)*tag) * UINT64_C(0x100000001b3);
	return (size_t)(hash % TAG_BUCKETS);
}

static struct floor_record *add_record(struct trading_floor *floor,
				       struct floor_account_state *account)
{
	if (floor->order_count == FLOOR_ORDERS_MAX || account->fill_count >= FLOOR_FILLS_MAX)
		return NULL;
	if (floor->order_count == floor->block_count * RECORDS_PER_BLOCK) {
		struct floor_record **blocks =
			realloc(floor->blocks, (floor->block_count + 1) * sizeof(*blocks));
		if (blocks == NULL)
			floor_abort_without_memory();
		floor->blocks = blocks;
		blocks[floor->block_count] = calloc(RECORDS_PER_BLOCK, sizeof(**blocks));
		if (blocks[floor->block_count] == NULL)
			floor_abort_without_memory();
		floor->block_count++;
	}
	floor->order_count++;
	struct floor_record *record = floor_record_at(floor, floor->order_count);
	record->floor = floor;
	record->shown.number = floor->order_count;
	record->shown.account = account->number;
	account->records = floor_grow(account->records, account->record_count,
				      &account->record_capacity, sizeof(struct floor_record *));
	account->records[account->record_count++] = record;
	account->live = floor_grow(account->live, account->live_count, &account->live_capacity,
				   sizeof(struct floor_record *));
	account->live[account->live_count++] = record;
	return record;
}

static void tag_record(struct trading_floor *floor, struct floor_record *record, const char *tag)
{
	size_t length = strlen(tag);
	assert(length <= FLOOR_TAG_MAX);
	memcpy(record->shown.tag, tag, length + 1);
	if (length == 0)
		return;
	struct floor_record **bucket = &floor->tags[bucket_of(record->shown.account, tag)];
	record->older_in_bucket = *bucket;
	*bucket = record;
}

static void remove_from(struct floor_record **list, size_t *count,
			const struct floor_record *record)
{
	for (size_t i = 0; i < *count; i++) {
		if (list[i] != record)
			continue;
		(*count)--;
		memmove(&list[i], &list[i + 1], (*count - i) * sizeof(struct floor_record *));
		return;
	}
}

void floor_record_end(struct floor_record *record, enum order_state state,
		      enum reject_reason reason, const char *text)
{
	struct trading_floor *floor = record->floor;
	struct floor_account_state *account = &floor->accounts[record->shown.account];
	struct floor_market *market = floor->markets[record->shown.request.instrument];
	assert(record->shown.state == ORDER_STATE_OPEN && state != ORDER_STATE_OPEN);
	scheduler_cancel(floor->scheduler, record->match);
	scheduler_cancel(floor->scheduler, record->cancel);
	scheduler_cancel(floor->scheduler, record->expiry);
	record->match = record->cancel = record->expiry = 0;
	record->shown.state = state;
	record->shown.reason = reason;
	if (text[0] != '\0' || record->shown.text[0] == '\0')
		snprintf(record->shown.text, sizeof(record->shown.text), "%s", text);
	record->shown.updated_ns = trading_floor_venue_time(floor);
	remove_from(account->live, &account->live_count, record);
	if (!record->shown.resting)
		return;
	record->shown.resting = false;
	remove_from(market->resting, &market->resting_count, record);
	floor_dirty(floor, market, record->shown.request.side, record->shown.request.limit);
}

void floor_tell_order(struct floor_record *record)
{
	struct trading_floor *floor = record->floor;
	if (floor->events.order && !record->faults.vanishes)
		floor->events.order(floor->events_user, &record->shown);
}

/* ---- the gate ----------------------------------------------------------------------------------
 */

static const char *kind_of(const struct order_request *request)
{
	return request->reduce_only ? "unwind" : "open";
}

static struct fault_occasion occasion_of(const struct floor_record *record, const char *kind)
{
	const struct order_request *request = &record->shown.request;
	return floor_occasion(record->floor, request->instrument,
			      request->side == SIDE_BUY ? FAULT_BUY : FAULT_SELL, kind);
}

static void decide_faults(struct floor_record *record, const struct fault_occasion *occasion)
{
	struct fault_plan *plan = record->floor->faults;
	const struct order_request *request = &record->shown.request;
	bool ioc = request->type == ORDER_IOC || request->type == ORDER_MARKET;
	char value[FAULT_VALUE_MAX + 1];
	struct order_faults *faults = &record->faults;
	faults->fill_pct = ioc ? fault_plan_number(plan, "ioc.fill_pct", occasion, -1) : -1;
	if (fault_plan_strikes(plan, "ord.ack_then", occasion, value)) {
		faults->refused = strcmp(value, "reject") == 0;
		faults->vanishes = !faults->refused;
	}
	if (fault_plan_strikes(plan, "lt.silent_drop", occasion, NULL))
		faults->vanishes = true;
	if (request->reduce_only && fault_plan_strikes(plan, "ro.reject", occasion, NULL))
		faults->refused = true;
	faults->stuck = fault_plan_strikes(plan, "ord.stuck", occasion, NULL);
	faults->self_trade = fault_plan_strikes(plan, "ord.stp", occasion, NULL);
}

static void match_due(void *user)
{
	struct floor_record *record = user;
	struct trading_floor *floor = record->floor;
	record->match = 0;
	assert(record->shown.state == ORDER_STATE_OPEN);
	if (trading_floor_down(floor)) {
		record->match = scheduler_after(floor->scheduler, DOWN_RETRY_NS,
						SCHEDULE_SIMULATED_MATCH, match_due, record);
		return;
	}
	floor_match(record);
	floor_flush(floor);
}

static int64_t match_delay(const struct floor_record *record, const struct fault_occasion *occasion)
{
	const struct trading_floor_options *options = &record->floor->options;
	int64_t usual = record->shown.request.type == ORDER_POST_ONLY ? options->maker_delay_ns
								      : options->taker_delay_ns;
	int64_t ms = fault_plan_number(record->floor->faults, "ord.delay_ms", occasion, -1);
	return ms < 0 ? usual : ms * NS_IN_MS;
}

const struct floor_order *trading_floor_place(struct trading_floor *floor, floor_account account,
					      const struct order_request *request, const char *tag,
					      bool check_now)
{
	assert(account < floor->account_count);
	struct floor_account_state *state = &floor->accounts[account];
	floor_obey_conditions(floor);
	if (floor_market_open(floor, request->instrument) == NULL)
		return NULL;
	struct floor_record *record = add_record(floor, state);
	if (record == NULL)
		return NULL;
	record->shown.request = *request;
	record->shown.request.client_id = (uint32_t)state->record_count;
	record->shown.placed_ns = record->shown.updated_ns = trading_floor_venue_time(floor);
	record->faults.fill_pct = -1;
	tag_record(floor, record, tag);
	if (check_now) {
		char text[sizeof(record->shown.text)];
		enum reject_reason reason = trading_floor_judge(
			floor, account, &record->shown.request, text, sizeof(text));
		if (reason != REJECT_NONE) {
			floor_record_end(record, ORDER_STATE_REJECTED, reason, text);
			return &record->shown;
		}
	}
	struct fault_occasion occasion = occasion_of(record, kind_of(request));
	decide_faults(record, &occasion);
	if (record->faults.vanishes) {
		remove_from(state->live, &state->live_count, record);
		return &record->shown;
	}
	if (!record->faults.stuck)
		record->match = scheduler_after(floor->scheduler, match_delay(record, &occasion),
						SCHEDULE_SIMULATED_MATCH, match_due, record);
	return &record->shown;
}

enum reject_reason trading_floor_judge(const struct trading_floor *floor, floor_account account,
				       const struct order_request *request, char *text, size_t size)
{
	assert(account < floor->account_count);
	struct simulated_answer answer = simulated_venue_judge(
		floor->accounts[account].venue, request, scheduler_now(floor->scheduler));
	snprintf(text, size, "%s", answer.text);
	return answer.accepted ? REJECT_NONE : answer.reason;
}

/* ---- cancels -----------------------------------------------------------------------------------
 */

void floor_cancel_now(struct floor_record *record, const char *text)
{
	struct trading_floor *floor = record->floor;
	struct floor_account_state *account = &floor->accounts[record->shown.account];
	const struct order_request *request = &record->shown.request;
	if (!record->matched) {
		floor_record_end(record, ORDER_STATE_CANCELLED, REJECT_NONE, text);
		floor_tell_order(record);
		return;
	}
	snprintf(record->shown.text, sizeof(record->shown.text), "%s", text);
	simulated_venue_cancel(account->venue, request->instrument, request->client_id,
			       scheduler_now(floor->scheduler));
	/* The venue's word ended the record: both know the same orders. */
	assert(record->shown.state != ORDER_STATE_OPEN);
}

/* The order fills in part just before its cancel acts: traded through at its own price. */
static void race(struct floor_record *record)
{
	struct trading_floor *floor = record->floor;
	const struct order_request *request = &record->shown.request;
	struct floor_market *market = floor->markets[request->instrument];
	const struct order_rules *rules =
		&instrument_latest(floor->instruments, request->instrument)->rules;
	int64_t left = floor_record_displayed(record).units;
	struct quantity part = {left * record->faults.race_pct / 100};
	if (record->faults.race_pct < 100)
		part = quantity_floor_to_lot(rules, part);
	if (part.units <= 0)
		return;
	bool buys = request->side == SIDE_BUY;
	struct price through = {request->limit.units + (buys ? -1 : 1)};
	struct market_event print = floor_event(floor, market->id, EVENT_TRADE);
	print.u.trade.price = request->limit;
	print.u.trade.taker_side = side_opposite(request->side);
	print.u.trade.quantity.units =
		floor_private_print(&floor->accounts[record->shown.account], market->id, through,
				    part, print.u.trade.taker_side);
	print.u.trade.id = floor->last_trade;
	if (print.u.trade.quantity.units > 0)
		floor_print(floor, market, &print);
}

static void cancel_due(void *user)
{
	struct floor_record *record = user;
	record->cancel = 0;
	assert(record->shown.state == ORDER_STATE_OPEN);
	if (record->shown.resting && record->faults.race_pct > 0)
		race(record);
	if (record->shown.state == ORDER_STATE_OPEN)
		floor_cancel_now(record, "");
	floor_flush(record->floor);
}

static void request_cancel(struct floor_record *record)
{
	struct trading_floor *floor = record->floor;
	if (record->cancel != 0)
		return;
	struct fault_occasion occasion = occasion_of(record, "cancel");
	int64_t ms = fault_plan_number(floor->faults, "cxl.delay_ms", &occasion, -1);
	record->faults.race_pct = fault_plan_number(floor->faults, "cxl.fill_race", &occasion, 0);
	record->cancel = scheduler_after(floor->scheduler,
					 ms < 0 ? floor->options.cancel_delay_ns : ms * NS_IN_MS,
					 SCHEDULE_SIMULATED_MATCH, cancel_due, record);
}

bool trading_floor_cancel(struct trading_floor *floor, uint64_t number)
{
	struct floor_record *record = floor_record_at(floor, number);
	floor_obey_conditions(floor);
	if (record == NULL || record->shown.state != ORDER_STATE_OPEN || record->faults.vanishes)
		return false;
	request_cancel(record);
	return true;
}

unsigned trading_floor_cancel_all(struct trading_floor *floor, floor_account account,
				  instrument_id instrument)
{
	assert(account < floor->account_count);
	const struct floor_account_state *state = &floor->accounts[account];
	unsigned count = 0;
	floor_obey_conditions(floor);
	for (size_t i = 0; i < state->live_count; i++) {
		struct floor_record *record = state->live[i];
		if (instrument != 0 && record->shown.request.instrument != instrument)
			continue;
		request_cancel(record);
		count++;
	}
	return count;
}

static void expiry_due(void *user)
{
	struct floor_record *record = user;
	record->expiry = 0;
	assert(record->shown.state == ORDER_STATE_OPEN);
	floor_cancel_now(record, "expired");
	floor_flush(record->floor);
}

static int64_t local_time(const struct trading_floor *floor, int64_t venue_ns)
{
	return market_state_local_time(floor->books, floor->options.venue, venue_ns);
}

void trading_floor_expire(struct trading_floor *floor, uint64_t number, int64_t venue_ns)
{
	struct floor_record *record = floor_record_at(floor, number);
	if (record == NULL || record->shown.state != ORDER_STATE_OPEN || record->faults.vanishes)
		return;
	scheduler_cancel(floor->scheduler, record->expiry);
	record->expiry = scheduler_at(floor->scheduler, local_time(floor, venue_ns),
				      SCHEDULE_SIMULATED_MATCH, expiry_due, record);
}

static void dead_man_due(void *user)
{
	struct floor_account_state *account = user;
	account->dead_man = 0;
	while (account->live_count > 0)
		floor_cancel_now(account->live[0], "scheduled cancel");
	floor_flush(account->floor);
}

void trading_floor_dead_man(struct trading_floor *floor, floor_account account, int64_t at_ns)
{
	assert(account < floor->account_count);
	struct floor_account_state *state = &floor->accounts[account];
	scheduler_cancel(floor->scheduler, state->dead_man);
	state->dead_man = at_ns == 0 ? 0
				     : scheduler_at(floor->scheduler, local_time(floor, at_ns),
						    SCHEDULE_SIMULATED_MATCH, dead_man_due, state);
}

/* ---- leverage ----------------------------------------------------------------------------------
 */

bool trading_floor_set_leverage(struct trading_floor *floor, floor_account account,
				instrument_id instrument, int32_t leverage, char *why, size_t size)
{
	assert(account < floor->account_count);
	struct simulated_answer answer =
		simulated_venue_set_leverage(floor->accounts[account].venue, instrument, leverage,
					     scheduler_now(floor->scheduler));
	snprintf(why, size, "%s", answer.text);
	return answer.accepted;
}

int32_t trading_floor_leverage(const struct trading_floor *floor, floor_account account,
			       instrument_id instrument)
{
	assert(account < floor->account_count);
	return simulated_venue_position(floor->accounts[account].venue, instrument).leverage;
}

/* ---- looking -----------------------------------------------------------------------------------
 */

bool trading_floor_is_stuck(const struct trading_floor *floor, uint64_t number)
{
	const struct floor_record *record = floor_record_at(floor, number);
	return record != NULL && record->faults.stuck && record->shown.state == ORDER_STATE_OPEN;
}

const struct floor_order *trading_floor_order(const struct trading_floor *floor, uint64_t number)
{
	const struct floor_record *record = floor_record_at(floor, number);
	return record == NULL || record->faults.vanishes ? NULL : &record->shown;
}

const struct floor_order *trading_floor_tagged(const struct trading_floor *floor,
					       floor_account account, const char *tag)
{
	if (tag[0] == '\0')
		return NULL;
	const struct floor_record *record = floor->tags[bucket_of(account, tag)];
	for (; record != NULL; record = record->older_in_bucket)
		if (record->shown.account == account && !record->faults.vanishes &&
		    strcmp(record->shown.tag, tag) == 0)
			return &record->shown;
	return NULL;
}

uint64_t trading_floor_next_order(const struct trading_floor *floor, floor_account account,
				  uint64_t before)
{
	assert(account < floor->account_count);
	const struct floor_account_state *state = &floor->accounts[account];
	/* Numbers grow along the list: the first index whose number is not below `before`. */
	size_t low = 0, high = state->record_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (state->records[middle]->shown.number < before)
			low = middle + 1;
		else
			high = middle;
	}
	while (low-- > 0)
		if (!state->records[low]->faults.vanishes)
			return state->records[low]->shown.number;
	return 0;
}
