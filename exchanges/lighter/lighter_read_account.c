/* Reads of our account. */
#include "exchanges/lighter/lighter_read.h"

#include "core/base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_ROWS 100

static int64_t account_of(const struct lighter_read *read)
{
	return read->client->options.account_index;
}

/* The next page's parameter, or nothing. */
static const char *cursor_name(const struct lighter_read *read)
{
	return read->cursor[0] ? "&cursor=" : "";
}

static void escape_cursor(struct lighter_read *read)
{
	static const char digits[] = "0123456789ABCDEF";
	char escaped[LIGHTER_CURSOR_MAX];
	size_t used = 0;
	for (const char *c = read->cursor; *c; c++) {
		bool plain = (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
			     (*c >= 'a' && *c <= 'z') || strchr("-_.~", *c) != NULL;
		if (used + 4 > sizeof(escaped)) {
			used = 0; /* too long: no further page can be asked for */
			break;
		}
		if (plain) {
			escaped[used++] = *c;
		} else {
			escaped[used++] = '%';
			escaped[used++] = digits[(unsigned char)*c >> 4];
			escaped[used++] = digits[(unsigned char)*c & 15];
		}
	}
	escaped[used] = '\0';
	memcpy(read->cursor, escaped, used + 1);
}

enum page { PAGE_LAST, PAGE_MORE, PAGE_TROUBLE };

/* Whether the answer names a further page; its cursor is ready to be asked with. */
static enum page next_page(struct lighter_read *read, const struct lighter_answer *answer)
{
	char before[LIGHTER_CURSOR_MAX];
	memcpy(before, read->cursor, sizeof(before));
	if (!lighter_next_cursor(&answer->reply, read->cursor))
		return PAGE_TROUBLE;
	if (read->cursor[0] == '\0')
		return PAGE_LAST;
	escape_cursor(read);
	/* Endless or standing still: not complete. */
	if (read->cursor[0] == '\0' || ++read->pages >= LIGHTER_PAGES_MAX ||
	    strcmp(before, read->cursor) == 0)
		return PAGE_TROUBLE;
	return PAGE_MORE;
}

static void finish_events(struct lighter_read *read)
{
	read->result.u.events.events = read->rows;
	read->result.u.events.count = read->count;
	lighter_read_finish(read, READ_VALUE);
}

/* ---- positions, balances --------------------------------------------------------------------- */

void lighter_ask_account(struct lighter_read *read)
{
	lighter_read_ask(read, WEIGHT_OTHER, "/api/v1/account?by=index&value=%" PRId64,
			 account_of(read));
}

/* Our account in the answer. */
static bool own_account(const struct lighter_read *read, const struct lighter_answer *answer,
			struct lighter_account *account)
{
	struct lighter_list list;
	struct lighter_slot object;
	bool found = false;
	if (answer->kind != ANSWER_VALUE)
		return false;
	lighter_list_begin(&list, &answer->reply.slots[REPLY_ACCOUNTS]);
	while (!found && lighter_list_next(&list, &object))
		found = lighter_account_read(&object, account) == LIGHTER_OK &&
			account->index == account_of(read);
	return found;
}

/* 10 000 / the fraction, which the venue floors: to the nearest whole one. 0: not said. */
static int32_t leverage_of(int64_t initial_margin)
{
	return initial_margin > 0 ? (int32_t)((20000 / initial_margin + 1) / 2) : 0;
}

bool lighter_position_value(const struct lighter_client *client,
			    const struct lighter_position *position, struct position_value *value)
{
	instrument_id instrument = client->markets[position->market].instrument;
	value->instrument = instrument;
	value->quantity = position->quantity;
	value->liquidation_known = position->liquidation_known;
	value->liquidation_price = position->liquidation;
	value->leverage = leverage_of(position->initial_margin);
	return position->quantity.units == 0 ||
	       contract_value_e18(instrument_get(client->instruments, instrument),
				  position->quantity, position->entry, &value->cost);
}

/*
 * The stream says that we hold something of a market which the list leaves out: one of the two is
 * wrong, and an empty list has been seen to be. Not known.
 */
static bool contradicted(const struct lighter_client *client, const bool *listed)
{
	for (size_t i = 0; i < LIGHTER_MARKETS; i++)
		if (!listed[i] && client->account.streamed[i] &&
		    client->account.position[i].units != 0)
			return true;
	return false;
}

static bool add_positions(struct lighter_read *read, const struct lighter_account *account)
{
	struct lighter_client *client = read->client;
	bool listed[LIGHTER_MARKETS] = {false};
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_position position;
	lighter_list_begin(&list, &account->positions);
	while (lighter_list_next(&list, &object)) {
		enum lighter_result result =
			lighter_position_read(&object, &client->scales, &position);
		if (result == LIGHTER_OTHER_MARKET)
			continue;
		/* One that cannot be read makes the whole answer unusable. */
		if (result != LIGHTER_OK)
			return false;
		listed[position.market] = position.quantity.units != 0;
		struct lighter_market *market = &client->markets[position.market];
		if (position.initial_margin > 0)
			market->initial_margin = position.initial_margin;
		if (position.margin_mode >= 0)
			market->margin_mode = position.margin_mode;
		if (market->instrument == 0 ||
		    (read->request.instrument != 0 && read->market != position.market) ||
		    (read->request.instrument == 0 && position.quantity.units == 0))
			continue;
		struct position_value *row = lighter_read_row(read, sizeof(*row));
		if (row == NULL || !lighter_position_value(client, &position, row))
			return false;
	}
	return !list.unsound && !contradicted(client, listed);
}

static enum read_outcome take_positions(struct lighter_read *read,
					const struct lighter_account *account)
{
	if (!add_positions(read, account))
		return READ_UNKNOWN;
	if (read->request.instrument != 0 && read->count == 0) {
		/* No row of this market in a complete list: flat. */
		struct position_value *row = lighter_read_row(read, sizeof(*row));
		if (row == NULL)
			return READ_UNKNOWN;
		row->instrument = read->request.instrument;
	}
	read->result.u.positions.values = read->rows;
	read->result.u.positions.count = read->count;
	return READ_VALUE;
}

/* Markets once set or traded have a row, with or without a position. Without one it is what the
 * account said before, if it did, else the market's default, which is cross margin. */
static enum read_outcome unlisted_leverage(const struct lighter_market *market,
					   struct leverage_value *value)
{
	int64_t fraction = market->initial_margin ? market->initial_margin
						  : market->terms.default_initial_margin;
	if (fraction == 0)
		return READ_ABSENT;
	value->leverage = leverage_of(fraction);
	value->mode = market->margin_mode == 1 ? MARGIN_ISOLATED : MARGIN_CROSS;
	return READ_VALUE;
}

static enum read_outcome take_leverage(struct lighter_read *read,
				       const struct lighter_account *account)
{
	struct leverage_value *value = &read->result.u.leverage;
	bool found = false;
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_position position;
	lighter_list_begin(&list, &account->positions);
	while (lighter_list_next(&list, &object)) {
		enum lighter_result result =
			lighter_position_read(&object, &read->client->scales, &position);
		if (result == LIGHTER_UNUSABLE)
			return READ_UNKNOWN; /* it may be the one */
		if (result != LIGHTER_OK || position.market != read->market)
			continue;
		if (found || position.initial_margin == 0 ||
		    (position.margin_mode != 0 && position.margin_mode != 1))
			return READ_UNKNOWN;
		value->leverage = leverage_of(position.initial_margin);
		value->mode = position.margin_mode == 1 ? MARGIN_ISOLATED : MARGIN_CROSS;
		found = true;
	}
	if (list.unsound)
		return READ_UNKNOWN;
	return found ? READ_VALUE : unlisted_leverage(&read->client->markets[read->market], value);
}

static enum read_outcome take_balances(struct lighter_read *read,
				       const struct lighter_account *account)
{
	struct balance_value *row = lighter_read_row(read, sizeof(*row));
	if (row == NULL)
		return READ_UNKNOWN;
	row->asset = read->client->usdc;
	row->total = account->collateral;
	row->available = account->available;
	read->result.u.balances.values = row;
	read->result.u.balances.count = 1;
	return READ_VALUE;
}

/* A whole answer is also news for those who listen to the streams: it heals a frame that got lost.
 */
static void note_said(const struct lighter_read *read, const struct lighter_account *account,
		      int64_t asked_ns)
{
	struct lighter_client *client = read->client;
	struct streamed_account *said = &client->account.said;
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_position position;
	struct position_value value;
	lighter_list_begin(&list, &account->positions);
	while (lighter_list_next(&list, &object)) {
		if (lighter_position_read(&object, &client->scales, &position) != LIGHTER_OK ||
		    client->markets[position.market].instrument == 0)
			continue;
		memset(&value, 0, sizeof(value));
		if (lighter_position_value(client, &position, &value))
			streamed_account_position(said, &value, asked_ns);
	}
	streamed_account_all_told(said, asked_ns);
	const struct balance_value balance = {client->usdc, account->collateral,
					      account->available};
	streamed_account_balance(said, &balance, asked_ns);
}

void lighter_take_account(struct lighter_read *read, const struct lighter_answer *answer)
{
	struct lighter_account account;
	enum read_outcome outcome = READ_UNKNOWN;
	if (own_account(read, answer, &account))
		outcome = read->request.kind == READ_POSITIONS	? take_positions(read, &account)
			  : read->request.kind == READ_LEVERAGE ? take_leverage(read, &account)
								: take_balances(read, &account);
	if (outcome == READ_VALUE && read->request.kind == READ_POSITIONS)
		note_said(read, &account, answer->sent_ns);
	lighter_read_finish(read, outcome);
}

/* ---- orders ---------------------------------------------------------------------------------- */

static bool add_order(struct lighter_read *read, const struct lighter_order_report *order)
{
	struct account_event event;
	if (!lighter_order_event(read->client, order, lighter_now(read->client), &event))
		return true;
	struct account_event *row = lighter_read_row(read, sizeof(*row));
	if (row == NULL)
		return false;
	*row = event;
	return true;
}

void lighter_ask_open_orders(struct lighter_read *read)
{
	int64_t market = read->market >= 0 ? read->market : LIGHTER_MARKETS;
	lighter_read_ask(read, WEIGHT_OTHER,
			 "/api/v1/accountActiveOrders?account_index=%" PRId64 "&market_id=%" PRId64
			 "%s%s",
			 account_of(read), market, cursor_name(read), read->cursor);
}

void lighter_take_open_orders(struct lighter_read *read, const struct lighter_answer *answer)
{
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_order_report order;
	bool sound = answer->kind == ANSWER_VALUE &&
		     answer->reply.slots[REPLY_ORDERS].type != JSON_ERROR;
	if (sound) {
		lighter_list_begin(&list, &answer->reply.slots[REPLY_ORDERS]);
		while (sound && lighter_list_next(&list, &object)) {
			enum lighter_result result =
				lighter_order_read(&object, &read->client->scales, &order);
			if (result == LIGHTER_OTHER_MARKET)
				continue;
			sound = result == LIGHTER_OK && order.status_known;
			if (sound && order.state == ORDER_STATE_OPEN &&
			    (read->market < 0 || read->market == order.market))
				sound = add_order(read, &order);
		}
		sound = sound && !list.unsound;
	}
	enum page page = sound ? next_page(read, answer) : PAGE_TROUBLE;
	if (page == PAGE_MORE)
		lighter_ask_open_orders(read);
	else if (page == PAGE_LAST)
		finish_events(read);
	else
		lighter_read_finish(read, READ_UNKNOWN);
}

/*
 * One order by client id: the look-up by client index; where the venue does not offer it, the
 * active and then the inactive orders. Not there counts only if the transaction that made it is not
 * pending either (executed and in no list: dropped).
 */
enum order_step { STEP_LOOK_UP, STEP_ACTIVE, STEP_INACTIVE, STEP_TRANSACTION };

static const char *hash_of(const struct lighter_read *read)
{
	return lighter_sent_hash(read->client, read->request.client_id);
}

void lighter_ask_order(struct lighter_read *read)
{
	switch ((enum order_step)read->step) {
	case STEP_LOOK_UP:
		lighter_read_ask(read, WEIGHT_OTHER,
				 "/api/v1/accountOrders?client_order_indexes=%" PRIu32
				 "&account_index=%" PRId64,
				 read->request.client_id, account_of(read));
		break;
	case STEP_ACTIVE:
		lighter_ask_open_orders(read);
		break;
	case STEP_INACTIVE:
		lighter_read_ask(read, WEIGHT_INACTIVE,
				 "/api/v1/accountInactiveOrders?account_index=%" PRId64
				 "&limit=%d%s%s",
				 account_of(read), PAGE_ROWS, cursor_name(read), read->cursor);
		break;
	case STEP_TRANSACTION:
		lighter_read_ask(read, WEIGHT_OTHER, "/api/v1/tx?by=hash&value=%s", hash_of(read));
		break;
	}
}

static void go_to(struct lighter_read *read, enum order_step step)
{
	read->step = step;
	read->cursor[0] = '\0';
	if (step == STEP_TRANSACTION && hash_of(read)[0] == '\0')
		lighter_read_finish(read, READ_ABSENT); /* sent by an earlier run: nothing to ask */
	else
		lighter_ask_order(read);
}

static void take_transaction(struct lighter_read *read, const struct lighter_answer *answer)
{
	int64_t code;
	if (answer->kind == ANSWER_ERROR &&
	    (answer->code == LIGHTER_CODE_NOT_FOUND_TX || answer->code == LIGHTER_CODE_NOT_FOUND)) {
		lighter_read_finish(read, READ_ABSENT);
		return;
	}
	enum lighter_tx_status status = TX_STATUS_UNKNOWN;
	if (answer->kind == ANSWER_VALUE)
		status = lighter_tx_read(&answer->reply, &code);
	/* The venue drops some orders without a word (§5.1): executed, or never to be executed any
	 * more (§3.6), and in no list. Before its end it may be listed late; after it, the proof of
	 * absence has its own patience. */
	bool taken = status == TX_EXECUTED || status == TX_PENDING || status == TX_PENDING_FINAL;
	if (taken && lighter_sent_is_dead(read->client, read->request.client_id)) {
		lighter_read_finish(read, READ_ABSENT);
		return;
	}
	if (status != TX_FAILED) {
		lighter_read_finish(read, READ_UNKNOWN); /* it may still land */
		return;
	}
	struct account_event *event = &read->order;
	struct lighter_verdict verdict = lighter_verdict_of(code);
	memset(event, 0, sizeof(*event));
	event->kind = ACCOUNT_ORDER;
	event->local_ns = lighter_now(read->client);
	event->venue = read->client->base.venue;
	event->instrument = read->request.instrument;
	event->u.order.client_id = read->request.client_id;
	event->u.order.state = ORDER_STATE_REJECTED;
	event->u.order.reason = verdict.definite ? verdict.reason : REJECT_OTHER;
	read->result.u.events.events = event;
	read->result.u.events.count = 1;
	lighter_read_finish(read, READ_VALUE);
}

void lighter_take_order(struct lighter_read *read, const struct lighter_answer *answer)
{
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_order_report order;
	if (read->step == STEP_TRANSACTION) {
		take_transaction(read, answer);
		return;
	}
	if (read->step == STEP_LOOK_UP && answer->kind == ANSWER_ERROR &&
	    answer->code == LIGHTER_CODE_NOT_FOUND) {
		go_to(read, STEP_ACTIVE);
		return;
	}
	if (read->step == STEP_LOOK_UP && answer->kind == ANSWER_FAILED && answer->status == 404) {
		go_to(read, STEP_ACTIVE);
		return;
	}
	if (answer->kind != ANSWER_VALUE || answer->reply.slots[REPLY_ORDERS].type == JSON_ERROR) {
		lighter_read_finish(read, READ_UNKNOWN);
		return;
	}
	lighter_list_begin(&list, &answer->reply.slots[REPLY_ORDERS]);
	while (lighter_list_next(&list, &object)) {
		enum lighter_result result =
			lighter_order_read(&object, &read->client->scales, &order);
		if (result == LIGHTER_OTHER_MARKET ||
		    (result == LIGHTER_OK && order.client_id != read->request.client_id))
			continue;
		/* One that cannot be read, or whose status is a new word, may be the one. */
		bool sound = result == LIGHTER_OK && order.status_known &&
			     lighter_order_event(read->client, &order, lighter_now(read->client),
						 &read->order);
		read->result.u.events.events = &read->order;
		read->result.u.events.count = 1;
		lighter_read_finish(read, sound ? READ_VALUE : READ_UNKNOWN);
		return;
	}
	enum page page = list.unsound ? PAGE_TROUBLE : next_page(read, answer);
	if (page == PAGE_TROUBLE)
		lighter_read_finish(read, READ_UNKNOWN);
	else if (page == PAGE_MORE)
		lighter_ask_order(read);
	else
		go_to(read, read->step == STEP_ACTIVE ? STEP_INACTIVE : STEP_TRANSACTION);
}

/* ---- fills, payments ------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct account_event *first = a, *second = b;
	return (first->exch_ns > second->exch_ns) - (first->exch_ns < second->exch_ns);
}

/* Asks on, unless the page ends before `since` in a list that runs backwards. */
static void page_on(struct lighter_read *read, const struct lighter_answer *answer,
		    int64_t first_ns, int64_t last_ns, void (*ask)(struct lighter_read *read))
{
	bool backwards = first_ns > last_ns;
	enum page page =
		backwards && last_ns < read->request.since_ns ? PAGE_LAST : next_page(read, answer);
	if (page == PAGE_MORE) {
		ask(read);
		return;
	}
	if (page == PAGE_TROUBLE) {
		lighter_read_finish(read, READ_UNKNOWN);
		return;
	}
	if (read->count > 0)
		qsort(read->rows, read->count, sizeof(struct account_event), by_time);
	finish_events(read);
}

void lighter_ask_fills(struct lighter_read *read)
{
	char market[40] = "";
	if (read->market >= 0)
		snprintf(market, sizeof(market), "&market_id=%" PRId64, read->market);
	lighter_read_ask(read, WEIGHT_TRADES,
			 "/api/v1/trades?sort_by=timestamp&limit=%d&account_index=%" PRId64
			 "%s%s%s",
			 PAGE_ROWS, account_of(read), market, cursor_name(read), read->cursor);
}

static bool add_event(struct lighter_read *read, const struct account_event *event)
{
	struct account_event *row = lighter_read_row(read, sizeof(*row));
	if (row == NULL)
		return false;
	*row = *event;
	return true;
}

void lighter_take_fills(struct lighter_read *read, const struct lighter_answer *answer)
{
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_trade trade;
	struct account_event event;
	int64_t first_ns = 0, last_ns = 0;
	bool sound = answer->kind == ANSWER_VALUE &&
		     answer->reply.slots[REPLY_TRADES].type != JSON_ERROR;
	if (sound) {
		lighter_list_begin(&list, &answer->reply.slots[REPLY_TRADES]);
		while (sound && lighter_list_next(&list, &object)) {
			enum lighter_result result =
				lighter_trade_read(&object, &read->client->scales, &trade);
			if (result == LIGHTER_OTHER_MARKET)
				continue;
			sound = result == LIGHTER_OK && trade.time_ns > 0;
			first_ns = first_ns ? first_ns : trade.time_ns;
			last_ns = trade.time_ns;
			if (sound && trade.time_ns >= read->request.since_ns &&
			    lighter_fill_event(read->client, &trade, lighter_now(read->client),
					       &event))
				sound = add_event(read, &event);
		}
		sound = sound && !list.unsound;
	}
	if (sound)
		page_on(read, answer, first_ns, last_ns, lighter_ask_fills);
	else
		lighter_read_finish(read, READ_UNKNOWN);
}

void lighter_ask_payments(struct lighter_read *read)
{
	char market[40] = "";
	if (read->market >= 0)
		snprintf(market, sizeof(market), "&market_id=%" PRId64, read->market);
	lighter_read_ask(read, WEIGHT_OTHER,
			 "/api/v1/positionFunding?account_index=%" PRId64 "&limit=%d%s%s%s",
			 account_of(read), PAGE_ROWS, market, cursor_name(read), read->cursor);
}

void lighter_take_payments(struct lighter_read *read, const struct lighter_answer *answer)
{
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_payment payment;
	struct account_event event;
	int64_t first_ns = 0, last_ns = 0;
	bool sound = answer->kind == ANSWER_VALUE &&
		     answer->reply.slots[REPLY_POSITION_FUNDINGS].type != JSON_ERROR;
	if (sound) {
		lighter_list_begin(&list, &answer->reply.slots[REPLY_POSITION_FUNDINGS]);
		while (sound && lighter_list_next(&list, &object)) {
			enum lighter_result result =
				lighter_payment_read(&object, &read->client->scales, &payment);
			if (result == LIGHTER_OTHER_MARKET)
				continue;
			sound = result == LIGHTER_OK;
			first_ns = first_ns ? first_ns : payment.time_ns;
			last_ns = payment.time_ns;
			if (sound && payment.time_ns >= read->request.since_ns &&
			    lighter_payment_event(read->client, &payment, lighter_now(read->client),
						  &event))
				sound = add_event(read, &event);
		}
		sound = sound && !list.unsound;
	}
	if (sound)
		page_on(read, answer, first_ns, last_ns, lighter_ask_payments);
	else
		lighter_read_finish(read, READ_UNKNOWN);
}

/* ---- access ---------------------------------------------------------------------------------- */

enum access_step { ACCESS_KEY, ACCESS_TIER, ACCESS_ACCOUNT };

void lighter_ask_access(struct lighter_read *read)
{
	switch ((enum access_step)read->step) {
	case ACCESS_KEY:
		lighter_read_ask(read, WEIGHT_KEYS,
				 "/api/v1/apikeys?account_index=%" PRId64 "&api_key_index=%" PRId32,
				 account_of(read), read->client->options.api_key_index);
		break;
	case ACCESS_TIER:
		lighter_read_ask(read, WEIGHT_OTHER, "/api/v1/accountLimits?account_index=%" PRId64,
				 account_of(read));
		break;
	case ACCESS_ACCOUNT:
		lighter_ask_account(read);
		break;
	}
}

static bool take_key(struct lighter_read *read, const struct lighter_answer *answer)
{
	struct access_value *access = &read->result.u.access;
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_api_key key;
	if (answer->kind != ANSWER_VALUE)
		return false;
	access->may_trade = ANSWER_NO;
	access->advice = "the API key is not registered: make it in Lighter's front end";
	lighter_list_begin(&list, &answer->reply.slots[REPLY_API_KEYS]);
	while (lighter_list_next(&list, &object)) {
		if (lighter_api_key_read(&object, &key) != LIGHTER_OK)
			return false;
		if (key.index == read->client->options.api_key_index &&
		    memcmp(key.public_key, read->client->options.key.public_key,
			   sizeof(key.public_key)) == 0) {
			access->may_trade = ANSWER_YES;
			/* Transfers elsewhere need the L1 key (§2.1 of the fault catalogue). */
			access->advice = "Lighter's API keys can sign withdrawals, to the owner's "
					 "own L1 address only; no key without that right exists";
		}
	}
	return !list.unsound;
}

void lighter_take_access(struct lighter_read *read, const struct lighter_answer *answer)
{
	struct access_value *access = &read->result.u.access;
	struct lighter_client *client = read->client;
	struct lighter_account account;
	bool sound = false;
	switch ((enum access_step)read->step) {
	case ACCESS_KEY:
		access->mode = "";
		sound = take_key(read, answer);
		break;
	case ACCESS_TIER:
		sound = answer->kind == ANSWER_VALUE;
		if (sound && !lighter_text(&answer->reply.slots[REPLY_TIER_NAME], read->cursor,
					   sizeof(read->cursor)))
			read->cursor[0] = '\0';
		break;
	case ACCESS_ACCOUNT:
		sound = own_account(read, answer, &account);
		if (!sound)
			break;
		access->mode = read->cursor; /* the tier's name, kept until the end */
		access->mode_fits = account.status == 1 ? ANSWER_YES : ANSWER_UNKNOWN;
		if (account.status >= 0 && account.status != 1) {
			access->mode_fits = ANSWER_NO;
			access->advice = "the account is not active";
		}
		access->may_withdraw = ANSWER_UNKNOWN;
		access->budget_known = true;
		access->budget_left = rate_limiter_left(&client->limiter, 0, lighter_now(client));
		access->budget_limit = client->limiter.buckets[0].options.capacity;
		break;
	}
	if (!sound) {
		lighter_read_finish(read, READ_UNKNOWN);
		return;
	}
	if (read->step == ACCESS_ACCOUNT) {
		lighter_read_finish(read, READ_VALUE);
		return;
	}
	read->step++;
	lighter_ask_access(read);
}

void lighter_ask_order_room(struct lighter_read *read)
{
	read->result.u.order_room = lighter_order_room(read->client);
	lighter_read_finish(read, READ_VALUE);
}
