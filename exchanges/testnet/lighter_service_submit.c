/* Transactions at the API: judged in the venue's order, executed, answered; faults of group A act
 * here (§1.10, §2.6, §3). */
#include "exchanges/testnet/lighter_service_state.h"

#include "core/base/json_reader.h"

#include <stdlib.h>
#include <string.h>

#define NONCE_SKIP_MOST	     ((INT64_C(1) << 47) - 2)
#define SCHEDULE_LEAST_MS    (5 * 60 * INT64_C(1000))
#define SCHEDULE_MOST_MS     (15 * 24 * 3600 * INT64_C(1000))
#define PREDICTED_MS	     300
#define VOLUME_QUOTA_MESSAGE "{\"ratelimit\": \"didn't use volume quota\"}"

/* ---- judging --------------------------------------------------------------------------------- */

static struct served_key_state *find_key(struct served_account *account, int64_t index)
{
	for (unsigned i = 0; i < account->key_count; i++) {
		if (account->keys[i].index == index)
			return &account->keys[i];
	}
	return NULL;
}

/* Form, account, key and signature; nothing that depends on what the market does. */
static int identify(struct lighter_service *service, const struct served_payload *payload,
		    struct served_submission *submission)
{
	struct served_transaction *transaction = &submission->transaction;
	unsigned account;
	int code = served_transaction_parse(payload->type, payload->info, payload->length,
					    transaction);
	if (code == 0)
		code = served_transaction_judge(transaction);
	if (code != 0)
		return code;
	if (!served_find_account(service, transaction->account_index, &account))
		return 21100;
	submission->account = &service->accounts[account];
	submission->key = find_key(submission->account, transaction->api_key_index);
	if (submission->key == NULL)
		return 21109;
	served_transaction_hash(transaction, service->chain_id, submission->hash);
	served_hex(submission->hash, TX_HASH_BYTES, submission->hash_hex);
	const uint8_t *signer = transaction->type == TX_CHANGE_PUB_KEY
					? transaction->public_key
					: submission->key->public_key;
	if (!served_signature_holds(signer, submission->hash, transaction->signature))
		return 21120;
	return transaction->expired_at_ms > served_now_ms(service) ? 0 : 21711;
}

static int judge_nonce(const struct served_submission *submission, int64_t *expected)
{
	const struct served_transaction *transaction = &submission->transaction;
	bool skips = (transaction->attributes & 1u << ATTRIBUTE_SKIP_NONCE) != 0;
	if (skips ? transaction->nonce < *expected || transaction->nonce > NONCE_SKIP_MOST
		  : transaction->nonce != *expected)
		return 21104;
	*expected = transaction->nonce + 1;
	return 0;
}

static int judge_create(struct lighter_service *service, unsigned account, const int64_t *values,
			bool price_protection)
{
	char fault[FAULT_VALUE_MAX + 1] = "";
	bool used = values[CREATE_CLIENT_INDEX] != 0 &&
		    served_order_live(service, account, values[CREATE_CLIENT_INDEX]) != NULL;
	(void)served_strikes(service, "ord.dup_id", fault);
	if ((used && strcmp(fault, "accept") != 0) || strcmp(fault, "reject") == 0)
		return 21728;
	return served_order_judge(service, account, values, price_protection);
}

static int judge_cancel(struct lighter_service *service, unsigned account, const int64_t *values)
{
	const struct served_order *order =
		served_order_find(service, account, values[CANCEL_INDEX]);
	if (values[CANCEL_MARKET] >= service->market_count)
		return 21602;
	if (order == NULL || order->phase == PHASE_FINAL || order->phase == PHASE_DROPPED)
		return 21600;
	return order->market == values[CANCEL_MARKET] ? 0 : 21602;
}

static int judge_cancel_all(const struct lighter_service *service,
			    const struct served_transaction *transaction)
{
	int64_t now_ms = served_now_ms(service), at_ms = transaction->values[CANCEL_ALL_TIME];
	if (transaction->values[CANCEL_ALL_TIME_IN_FORCE] == CANCEL_ALL_SCHEDULED &&
	    (at_ms < now_ms + SCHEDULE_LEAST_MS || at_ms > now_ms + SCHEDULE_MOST_MS))
		return 21711;
	if ((transaction->attributes & 1u << ATTRIBUTE_CANCEL_ALL_MARKET) &&
	    transaction->attribute[ATTRIBUTE_CANCEL_ALL_MARKET] >= service->market_count)
		return 21602;
	return 0;
}

static int judge_leverage(struct lighter_service *service, unsigned account, const int64_t *values)
{
	if (values[LEVERAGE_MARKET] >= service->market_count)
		return 21602;
	instrument_id instrument = service->markets[values[LEVERAGE_MARKET]].instrument;
	const struct order_rules *rules =
		&instrument_latest(service->instruments, instrument)->rules;
	if (10000 / values[LEVERAGE_FRACTION] > rules->maximum_leverage)
		return 21113;
	if (values[LEVERAGE_MODE] == 0)
		return 0;
	/* Isolated margin is not modelled: without a position it is refused as a risk change. */
	const struct served_tally *tally =
		&service->accounts[account].tallies[values[LEVERAGE_MARKET]];
	bool busy = tally->open_orders > 0 ||
		    trading_floor_position(service->floor, account, instrument).quantity.units != 0;
	return busy ? 21132 : 21133;
}

/* What the venue's state says of it. */
static int judge_business(struct lighter_service *service,
			  const struct served_submission *submission, bool price_protection)
{
	const struct served_transaction *transaction = &submission->transaction;
	unsigned account = (unsigned)(submission->account - service->accounts);
	const int64_t *values = transaction->values;
	switch (transaction->type) {
	case TX_CREATE_ORDER:
		return judge_create(service, account, values, price_protection);
	case TX_CANCEL_ORDER:
		return judge_cancel(service, account, values);
	case TX_CANCEL_ALL:
		return judge_cancel_all(service, transaction);
	case TX_MODIFY_ORDER:
		return served_order_modify_judge(
			service, served_order_find(service, account, values[MODIFY_INDEX]), values);
	case TX_UPDATE_LEVERAGE:
		return judge_leverage(service, account, values);
	case TX_CHANGE_PUB_KEY:
		return 21120; /* no L1 signature is accepted here: keys are given at the start */
	default:
		return 21505;
	}
}

/* ---- executing ------------------------------------------------------------------------------- */

static void execute_leverage(struct lighter_service *service, unsigned account,
			     const int64_t *values, struct served_record *record)
{
	struct served_market *market = &service->markets[values[LEVERAGE_MARKET]];
	struct served_tally *tally = &service->accounts[account].tallies[values[LEVERAGE_MARKET]];
	char why[96];
	bool set = trading_floor_set_leverage(service->floor, account, market->instrument,
					      (int32_t)(10000 / values[LEVERAGE_FRACTION]), why,
					      sizeof(why));
	record->state = set ? TX_STATE_EXECUTED : TX_STATE_FAILED;
	record->error = set ? 0 : 21133;
	tally->touched = true;
	if (set)
		tally->margin_fraction = values[LEVERAGE_FRACTION];
	served_tell_account(service, account, (unsigned)values[LEVERAGE_MARKET]);
}

static void execute_cancel_all(struct lighter_service *service, unsigned account,
			       const struct served_transaction *transaction)
{
	struct served_account *owner = &service->accounts[account];
	bool one_market = (transaction->attributes & 1u << ATTRIBUTE_CANCEL_ALL_MARKET) != 0;
	switch (transaction->values[CANCEL_ALL_TIME_IN_FORCE]) {
	case CANCEL_ALL_NOW:
		served_orders_cancel_all(
			service, account,
			one_market ? (unsigned)transaction->attribute[ATTRIBUTE_CANCEL_ALL_MARKET]
				   : SERVED_PERP_NIL);
		break;
	case CANCEL_ALL_SCHEDULED:
		owner->cancel_all_ms = transaction->values[CANCEL_ALL_TIME];
		trading_floor_dead_man(service->floor, account, owner->cancel_all_ms * NS_PER_MS);
		break;
	default:
		owner->cancel_all_ms = 0;
		trading_floor_dead_man(service->floor, account, 0);
		break;
	}
}

/* The order it created, or NULL. False: no room. */
static bool execute(struct lighter_service *service, const struct served_submission *submission,
		    struct served_order **order)
{
	const struct served_transaction *transaction = &submission->transaction;
	unsigned account = (unsigned)(submission->account - service->accounts);
	size_t place = served_record_add(service, submission);
	if (place == SIZE_MAX)
		return false;
	submission->key->next_nonce = transaction->nonce + 1;
	memcpy(service->last_hash, submission->hash_hex, sizeof(service->last_hash));
	switch (transaction->type) {
	case TX_CREATE_ORDER:
		*order = served_order_create(service, account, transaction, place);
		break;
	case TX_CANCEL_ORDER: {
		struct served_order *which =
			served_order_find(service, account, transaction->values[CANCEL_INDEX]);
		if (which != NULL)
			served_order_cancel(service, which);
		break;
	}
	case TX_MODIFY_ORDER: {
		struct served_order *which =
			served_order_find(service, account, transaction->values[MODIFY_INDEX]);
		if (which != NULL)
			served_order_modify(service, which, transaction->values);
		break;
	}
	case TX_CANCEL_ALL:
		execute_cancel_all(service, account, transaction);
		break;
	case TX_UPDATE_LEVERAGE:
		execute_leverage(service, account, transaction->values, &service->records[place]);
		break;
	default:
		break;
	}
	struct served_record *record = &service->records[place];
	if (transaction->type != TX_CREATE_ORDER && record->state == TX_STATE_PENDING)
		record->state = TX_STATE_EXECUTED;
	served_tell_tx(service, record);
	return transaction->type != TX_CREATE_ORDER || *order != NULL;
}

/* ---- faults ---------------------------------------------------------------------------------- */

static bool is_order(const struct served_submission *submission)
{
	switch (submission->transaction.type) {
	case TX_CREATE_ORDER:
	case TX_CANCEL_ORDER:
	case TX_CANCEL_ALL:
	case TX_MODIFY_ORDER:
		return true;
	default:
		return false;
	}
}

static struct fault_occasion occasion_of(const struct lighter_service *service,
					 const struct served_submission *submission)
{
	struct fault_occasion occasion = served_occasion(service);
	const struct served_transaction *transaction = &submission->transaction;
	if (transaction->type == TX_CREATE_ORDER) {
		occasion.kind = transaction->values[CREATE_REDUCE_ONLY] ? "unwind" : "open";
		occasion.side = transaction->values[CREATE_IS_ASK] ? FAULT_SELL : FAULT_BUY;
	} else if (transaction->type != TX_MODIFY_ORDER) {
		occasion.kind = "cancel";
	}
	if (transaction->type != TX_CANCEL_ALL &&
	    transaction->values[0] < (int64_t)service->market_count)
		occasion.symbol =
			served_instrument(service, (unsigned)transaction->values[0])->symbol;
	return occasion;
}

static int refuse(struct served_receipt *receipt, int status, int code)
{
	receipt->status = status;
	receipt->code = code;
	receipt->message = served_message(code);
	return code;
}

/* "503:unknown" or "429". Executed only where the word says that nobody can know. */
static bool fault_status(const char *value, struct served_receipt *receipt)
{
	static const char UNKNOWN[] = "{\"code\":29500,\"message\":\"unknown error, please check "
				      "the status of the transaction\"}";
	static const char UNAVAILABLE[] = "{\"code\":29500,\"message\":\"Service Unavailable.\"}";
	static const char PAGE[] = "<html><head><title>Error</title></head><body></body></html>";
	const char *word = strchr(value, ':');
	char digits[8];
	size_t length = word != NULL ? (size_t)(word - value) : strlen(value);
	int64_t status = 503;
	if (length < sizeof(digits)) {
		memcpy(digits, value, length);
		digits[length] = '\0';
		(void)!served_integer(digits, 100, 599, &status);
	}
	receipt->spoil = SPOIL_STATUS;
	receipt->status = (int)status;
	bool executed = word != NULL && strcmp(word, ":unknown") == 0;
	bool unavailable = word != NULL && strcmp(word, ":unavail") == 0;
	receipt->spoil_page = executed ? UNKNOWN : unavailable ? UNAVAILABLE : PAGE;
	return executed;
}

/* "21739", "margin", "29500:executed". */
static bool fault_code(const char *value, struct served_receipt *receipt)
{
	const char *colon = strchr(value, ':');
	char text[FAULT_VALUE_MAX + 1];
	size_t length = colon != NULL ? (size_t)(colon - value) : strlen(value);
	int64_t code = 29500;
	memcpy(text, value, length);
	text[length] = '\0';
	if (strcmp(text, "margin") == 0)
		code = 21739;
	else if (strcmp(text, "limit") == 0)
		code = 21717;
	else if (strcmp(text, "internal") != 0)
		(void)!served_integer(text, 0, 999999, &code);
	refuse(receipt, code >= 29500 && code < 30000 ? 500 : 400, (int)code);
	return colon != NULL;
}

enum before { BEFORE_GO_ON, BEFORE_STOP, BEFORE_EXECUTE_AND_REFUSE };

/* What strikes before the venue looks at the order. */
static enum before faults_before(struct lighter_service *service,
				 const struct fault_occasion *occasion,
				 struct served_receipt *receipt)
{
	char value[FAULT_VALUE_MAX + 1];
	struct fault_plan *plan = service->faults;
	if (fault_plan_strikes(plan, "ord.lost", occasion, value)) {
		receipt->spoil = SPOIL_DROP;
		return BEFORE_STOP;
	}
	if (fault_plan_strikes(plan, "rate.429", occasion, value) ||
	    fault_plan_strikes(plan, "rate.orders", occasion, value)) {
		refuse(receipt, 429, 23000);
		return BEFORE_STOP;
	}
	if (fault_plan_strikes(plan, "auth", occasion, value)) {
		refuse(receipt, 400, strcmp(value, "sig") == 0 ? 21120 : 21109);
		return BEFORE_STOP;
	}
	if (fault_plan_strikes(plan, "nonce", occasion, value)) {
		refuse(receipt, 400, 21104);
		return BEFORE_STOP;
	}
	if (fault_plan_strikes(plan, "ord.http", occasion, value))
		return fault_status(value, receipt) ? BEFORE_EXECUTE_AND_REFUSE : BEFORE_STOP;
	if (fault_plan_strikes(plan, "ord.code", occasion, value))
		return fault_code(value, receipt) ? BEFORE_EXECUTE_AND_REFUSE : BEFORE_STOP;
	return BEFORE_GO_ON;
}

/* What becomes of the answer to an executed order. */
static void faults_after(struct lighter_service *service, const struct fault_occasion *occasion,
			 struct served_order *order, struct served_receipt *receipt)
{
	static const struct {
		const char *knob, *word;
		enum served_spoil spoil;
	} SPOILS[] = {
		{"ord.resp", "drop", SPOIL_DROP},      {"ord.exec_then", "close", SPOIL_CLOSE},
		{"ord.exec_then", "rst", SPOIL_RESET}, {"ord.body", "trunc", SPOIL_TRUNCATED},
		{"ord.body", "html", SPOIL_PAGE},      {"ord.body", "type", SPOIL_TYPE},
		{"ord.body", "empty", SPOIL_EMPTY},
	};
	static const char *const KNOBS[] = {"ord.resp", "ord.exec_then", "ord.body"};
	char value[FAULT_VALUE_MAX + 1];
	for (size_t k = 0; k < 3; k++) {
		if (!fault_plan_strikes(service->faults, KNOBS[k], occasion, value))
			continue;
		for (size_t i = 0; i < sizeof(SPOILS) / sizeof(SPOILS[0]); i++) {
			if (strcmp(SPOILS[i].knob, KNOBS[k]) == 0 &&
			    strcmp(SPOILS[i].word, value) == 0)
				receipt->spoil = SPOILS[i].spoil;
		}
	}
	receipt->swapped = fault_plan_strikes(service->faults, "ord.swap_reply", occasion, value);
	if (order != NULL && order->phase == PHASE_SUBMITTED &&
	    fault_plan_strikes(service->faults, "ws.before_ack", occasion, value))
		receipt->answer_after = order;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int identify_all(struct lighter_service *service, const struct served_payload *payloads,
			unsigned count, struct served_submission *submissions)
{
	for (unsigned i = 0; i < count; i++) {
		int code = identify(service, &payloads[i], &submissions[i]);
		if (code != 0)
			return code;
		if (submissions[i].key != submissions[0].key)
			return 21121;
		if (i > 0 &&
		    submissions[i].transaction.nonce <= submissions[i - 1].transaction.nonce)
			return 21105;
	}
	return 0;
}

/* Two orders of one batch with the same client index: neither is live yet. */
static bool repeats_client_index(const struct served_submission *submissions, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		for (unsigned k = 0; k < i; k++) {
			const struct served_transaction *a = &submissions[i].transaction;
			const struct served_transaction *b = &submissions[k].transaction;
			if (a->type == TX_CREATE_ORDER && b->type == TX_CREATE_ORDER &&
			    a->values[CREATE_CLIENT_INDEX] != 0 &&
			    a->values[CREATE_CLIENT_INDEX] == b->values[CREATE_CLIENT_INDEX])
				return true;
		}
	}
	return false;
}

static int judge_all(struct lighter_service *service, unsigned count,
		     const struct served_submission *submissions, bool price_protection)
{
	int64_t expected = submissions[0].key->next_nonce;
	int code = 0;
	for (unsigned i = 0; code == 0 && i < count; i++)
		code = judge_nonce(&submissions[i], &expected);
	for (unsigned i = 0; code == 0 && i < count; i++)
		code = judge_business(service, &submissions[i], price_protection);
	return code == 0 && repeats_client_index(submissions, count) ? 21728 : code;
}

static void execute_all(struct lighter_service *service, unsigned count,
			const struct served_submission *submissions, struct served_receipt *receipt,
			struct served_order **order)
{
	for (unsigned i = 0; i < count; i++) {
		if (!execute(service, &submissions[i], order)) {
			refuse(receipt, 400, 21506);
			return;
		}
		memcpy(receipt->hashes[i], submissions[i].hash_hex, TX_HASH_HEX + 1);
	}
	receipt->count = count;
}

void served_submit(struct lighter_service *service, const struct served_payload *payloads,
		   unsigned count, bool batch, bool price_protection,
		   struct served_receipt *receipt)
{
	struct served_submission submissions[SERVED_BATCH_MAX];
	struct fault_occasion occasion = {0};
	struct served_order *order = NULL;
	enum before before = BEFORE_GO_ON;
	*receipt = (struct served_receipt){.status = 200, .code = 200, .batch = batch};
	int code = identify_all(service, payloads, count, submissions);
	if (code != 0) {
		refuse(receipt, 400, code);
		return;
	}
	if (!served_spend_transaction(service, submissions[0].account)) {
		refuse(receipt, 429, 23000);
		return;
	}
	bool faulty = service->faults != NULL && is_order(&submissions[0]);
	if (faulty) {
		occasion = occasion_of(service, &submissions[0]);
		before = faults_before(service, &occasion, receipt);
	}
	if (before == BEFORE_STOP)
		return;
	code = judge_all(service, count, submissions, price_protection);
	if (code != 0) {
		receipt->spoil = SPOIL_NOTHING;
		refuse(receipt, 400, code);
		return;
	}
	receipt->predicted_ms = served_now_ms(service) + PREDICTED_MS;
	receipt->quota = submissions[0].account->premium;
	execute_all(service, count, submissions, receipt, &order);
	if (faulty && before == BEFORE_GO_ON && receipt->code == 200)
		faults_after(service, &occasion, order, receipt);
}

/* ---- the batch's texts ----------------------------------------------------------------------- */

static int read_types(const char *text, struct served_batch *batch)
{
	struct json_reader reader;
	struct json_token token;
	enum json_type type;
	json_reader_init(&reader, text, strlen(text));
	if (json_next(&reader, &token) != JSON_ARRAY_BEGIN)
		return 21501;
	while ((type = json_next(&reader, &token)) == JSON_NUMBER) {
		if (batch->count == SERVED_BATCH_MAX)
			return 21514;
		if (!json_to_i64(&token, &batch->payloads[batch->count++].type))
			return 21501;
	}
	return type == JSON_ARRAY_END && json_next(&reader, &token) == JSON_END ? 0 : 21501;
}

int served_batch_read(const char *types, const char *infos, struct served_batch *batch)
{
	struct json_reader reader;
	struct json_token token;
	enum json_type type;
	size_t size = strlen(infos) + SERVED_BATCH_MAX + 1, used = 0;
	unsigned count = 0;
	*batch = (struct served_batch){.count = 0};
	int code = read_types(types, batch);
	batch->room = code == 0 ? malloc(size) : NULL;
	if (batch->room == NULL)
		return code != 0 ? code : 29500;
	json_reader_init(&reader, infos, strlen(infos));
	if (json_next(&reader, &token) != JSON_ARRAY_BEGIN)
		return 21501;
	while ((type = json_next(&reader, &token)) == JSON_STRING) {
		if (count == SERVED_BATCH_MAX)
			return 21514;
		char *text = batch->room + used;
		if (!json_unescape(&token, text, size - used))
			return 21501;
		if (count < batch->count) {
			batch->payloads[count].info = text;
			batch->payloads[count].length = strlen(text);
		}
		used += strlen(text) + 1;
		count++;
	}
	if (type != JSON_ARRAY_END || json_next(&reader, &token) != JSON_END)
		return 21501;
	return count == batch->count && count > 0 ? 0 : 21513;
}

/* ---- answering ------------------------------------------------------------------------------- */

void served_put_receipt(struct served_text *text, const struct served_receipt *receipt)
{
	if (receipt->spoil == SPOIL_TYPE)
		reply_text(text, "code", "ok");
	else
		reply_integer(text, "code", receipt->code);
	reply_text(text, "message", receipt->code != 200 ? receipt->message : VOLUME_QUOTA_MESSAGE);
	if (receipt->code != 200)
		return;
	if (receipt->batch)
		reply_open(text, "tx_hash", '[');
	for (unsigned i = 0; i < receipt->count; i++) {
		if (receipt->spoil == SPOIL_TYPE)
			reply_integer(text, receipt->batch ? NULL : "tx_hash", 7);
		else
			reply_text(text, receipt->batch ? NULL : "tx_hash", receipt->hashes[i]);
	}
	if (receipt->batch)
		reply_close(text, ']');
	reply_integer(text, "predicted_execution_time_ms", receipt->predicted_ms);
	if (receipt->quota)
		reply_integer(text, "volume_quota_remaining", 10000);
}

static void put_spoiled(struct served_call *call, const struct served_receipt *receipt)
{
	switch (receipt->spoil) {
	case SPOIL_NOTHING:
	case SPOIL_TYPE:
		break;
	case SPOIL_DROP:
		served_hold(call, 0, NULL);
		break;
	case SPOIL_CLOSE:
	case SPOIL_RESET:
		call->taken = true;
		call->host->drop(call->request, receipt->spoil == SPOIL_RESET);
		break;
	case SPOIL_STATUS:
		call->content_type = receipt->spoil_page[0] == '<' ? "text/html" : NULL;
		served_text_clear(&call->body);
		reply_raw(&call->body, receipt->spoil_page, strlen(receipt->spoil_page));
		break;
	case SPOIL_TRUNCATED:
		if (call->body.length > 0)
			call->body.length /= 2;
		break;
	case SPOIL_PAGE:
		call->content_type = "text/html";
		served_text_clear(&call->body);
		reply_raw(&call->body, "<html><body>OK</body></html>", 28);
		break;
	case SPOIL_EMPTY:
		served_text_clear(&call->body);
		break;
	}
}

static void answer_receipt(struct served_call *call, const struct served_receipt *receipt)
{
	served_text_clear(&call->body);
	reply_open(&call->body, NULL, '{');
	served_put_receipt(&call->body, receipt);
	reply_close(&call->body, '}');
	call->status = receipt->status;
	put_spoiled(call, receipt);
	if (!call->taken && receipt->answer_after != NULL)
		served_hold(call, 5 * NS_PER_SECOND, receipt->answer_after);
}

static bool want_protection(struct served_call *call, bool *protection)
{
	const char *text = served_form_text(call->form, "price_protection");
	*protection = text == NULL || strcmp(text, "true") == 0;
	if (text == NULL || *protection || strcmp(text, "false") == 0)
		return true;
	served_refuse(call, 400, 20001);
	return false;
}

void served_post_send_tx(struct served_call *call)
{
	const char *info = served_form_text(call->form, "tx_info");
	struct served_payload payload;
	struct served_receipt receipt;
	bool protection;
	if (served_form_integer(call->form, "tx_type", 0, 255, &payload.type) != FORM_VALUE ||
	    info == NULL) {
		served_refuse(call, 400, 20001);
		return;
	}
	if (!want_protection(call, &protection))
		return;
	payload.info = info;
	payload.length = strlen(info);
	served_submit(call->service, &payload, 1, false, protection, &receipt);
	answer_receipt(call, &receipt);
}

void served_post_send_tx_batch(struct served_call *call)
{
	const char *types = served_form_text(call->form, "tx_types");
	const char *infos = served_form_text(call->form, "tx_infos");
	struct served_receipt receipt;
	struct served_batch batch;
	if (types == NULL || infos == NULL) {
		served_refuse(call, 400, 20001);
		return;
	}
	int code = served_batch_read(types, infos, &batch);
	if (code != 0) {
		served_refuse(call, 400, code);
	} else {
		served_submit(call->service, batch.payloads, batch.count, true, true, &receipt);
		answer_receipt(call, &receipt);
	}
	free(batch.room);
}
