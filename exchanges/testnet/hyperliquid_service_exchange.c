/* The door of actions: who signed, nonce, expiry, budget; faults of group A (§2.1, §4, §6.1). */
#include "exchanges/testnet/hyperliquid_service_state.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IP_WEIGHT_PER_MINUTE 1200
#define FREE_EVERY_NS	     (10 * NS_PER_SECOND)
#define STALE_COST	     5
#define BUDGET_AT_FIRST	     10000
#define CANCELS_MORE	     100000
#define NONCE_BEHIND_MS	     (2 * NS_PER_DAY / NS_PER_MS)
#define NONCE_AHEAD_MS	     (NS_PER_DAY / NS_PER_MS)

bool hyper_refuse(struct hyper_call *call, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(call->refusal, sizeof(call->refusal), format, arguments);
	va_end(arguments);
	return false;
}

/* ---- the envelope ------------------------------------------------------------------------------
 */

struct envelope {
	const struct hyper_json *action;
	uint64_t nonce, expires_after;
	bool expires, has_vault;
	uint8_t vault[HYPER_ADDRESS_BYTES];
	struct hyper_signature signature;
};

static bool read_envelope(const struct hyper_json *body, struct envelope *envelope)
{
	const struct hyper_json *vault = hyper_json_given(body, "vaultAddress");
	const struct hyper_json *expiry = hyper_json_given(body, "expiresAfter");
	*envelope = (struct envelope){.action = hyper_json_given(body, "action"),
				      .has_vault = vault != NULL,
				      .expires = expiry != NULL};
	return envelope->action != NULL &&
	       hyper_json_u64(hyper_json_member(body, "nonce"), &envelope->nonce) &&
	       hyper_signature_read(hyper_json_member(body, "signature"), &envelope->signature) &&
	       (vault == NULL || hyper_address_read(hyper_json_text(vault), envelope->vault)) &&
	       (expiry == NULL || hyper_json_u64(expiry, &envelope->expires_after));
}

/* ---- who signed --------------------------------------------------------------------------------
 */

static bool identify_user(struct hyper_call *call, const struct envelope *envelope)
{
	uint8_t digest[32];
	uint64_t nonce;
	char address[HYPER_ADDRESS_TEXT];
	if (!hyper_user_digest(call->action, digest) ||
	    !hyper_signature_recover(&envelope->signature, digest, call->signer))
		return hyper_refuse(call, "Unable to recover signer.");
	call->account = hyper_account_of(call->service, call->signer);
	if (call->account == NULL)
		return hyper_refuse(call, "Must deposit before performing actions. User: %s",
				    hyper_address_write(call->signer, address));
	if (!hyper_user_nonce(call->action, &nonce) || nonce != envelope->nonce)
		return hyper_refuse(call, "Invalid nonce: the action's is another");
	return true;
}

static bool identify_agent(struct hyper_call *call, const struct envelope *envelope,
			   const struct hyper_packed *packed)
{
	struct hyperliquid_service *service = call->service;
	const char only = service->options.source;
	const char sources[] = {only != 0 ? only : 'b', only != 0 ? '\0' : 'a'};
	uint8_t connection_id[32], digest[32], first[HYPER_ADDRESS_BYTES] = {0};
	char address[HYPER_ADDRESS_TEXT];
	hyper_action_hash(packed, envelope->nonce, envelope->has_vault ? envelope->vault : NULL,
			  envelope->expires, envelope->expires_after, connection_id);
	for (unsigned i = 0; i < 2 && sources[i] != '\0'; i++) {
		hyper_agent_digest(sources[i], connection_id, digest);
		if (!hyper_signature_recover(&envelope->signature, digest, call->signer))
			return hyper_refuse(call, "Unable to recover signer.");
		if (i == 0)
			memcpy(first, call->signer, sizeof(first));
		call->account = hyper_account_of_signer(service, call->signer);
		if (call->account != NULL)
			return true;
	}
	return hyper_refuse(call, "User or API Wallet %s does not exist.",
			    hyper_address_write(first, address));
}

/* ---- nonces (§4.6) -----------------------------------------------------------------------------
 */

static struct hyper_signer *signer_of(struct hyper_call *call)
{
	struct hyperliquid_service *service = call->service;
	for (size_t i = 0; i < service->signer_count; i++) {
		if (memcmp(service->signers[i].address, call->signer, HYPER_ADDRESS_BYTES) == 0)
			return &service->signers[i];
	}
	if (service->signer_count == HYPER_SIGNERS_MAX)
		return NULL;
	struct hyper_signer *signer = &service->signers[service->signer_count++];
	memcpy(signer->address, call->signer, HYPER_ADDRESS_BYTES);
	return signer;
}

static bool nonce_used(const struct hyper_signer *signer, uint64_t nonce)
{
	for (size_t i = 0; i < signer->count; i++) {
		if (signer->nonces[i] == nonce)
			return true;
	}
	return false;
}

static bool judge_nonce(struct hyper_call *call, const struct hyper_signer *signer, uint64_t nonce)
{
	uint64_t now_ms = (uint64_t)hyper_now_ms(call->service);
	uint64_t oldest = now_ms > NONCE_BEHIND_MS ? now_ms - NONCE_BEHIND_MS : 0;
	if (nonce_used(signer, nonce))
		return hyper_refuse(call, "Invalid nonce: duplicate nonce %" PRIu64, nonce);
	if (signer->count == HYPER_NONCES_KEPT && nonce < signer->nonces[0])
		return hyper_refuse(call, "Invalid nonce: nonce too low %" PRIu64 " < %" PRIu64,
				    nonce, signer->nonces[0]);
	if (nonce <= oldest)
		return hyper_refuse(call, "Invalid nonce: nonce too low %" PRIu64 " < %" PRIu64,
				    nonce, oldest);
	if (nonce >= now_ms + NONCE_AHEAD_MS)
		return hyper_refuse(call, "Invalid nonce: nonce too high %" PRIu64 " > %" PRIu64,
				    nonce, now_ms + NONCE_AHEAD_MS);
	return true;
}

static void use_nonce(struct hyper_signer *signer, uint64_t nonce)
{
	size_t at = signer->count;
	if (signer->count == HYPER_NONCES_KEPT) {
		memmove(signer->nonces, signer->nonces + 1,
			(HYPER_NONCES_KEPT - 1) * sizeof(signer->nonces[0]));
		at = HYPER_NONCES_KEPT - 1;
	} else {
		signer->count++;
	}
	for (; at > 0 && signer->nonces[at - 1] > nonce; at--)
		signer->nonces[at] = signer->nonces[at - 1];
	signer->nonces[at] = nonce;
}

/* An action that was not executed yet is killed by a noop with its nonce (§2.3). */
static bool kill(struct hyper_call *call, const struct hyper_signer *signer, uint64_t nonce)
{
	struct hyperliquid_service *service = call->service;
	size_t place = (size_t)(signer - service->signers);
	struct hyper_pending *at = service->pending;
	while (at != NULL && (at == call->pending || at->signer != place || at->nonce != nonce ||
			      at->open_slots == 0))
		at = at->next;
	if (at == NULL)
		return false;
	for (unsigned i = 0; i < at->slot_count; i++) {
		/* A part of it has happened: too late. */
		if (at->slots[i].kind != HYPER_SLOT_PLACE || at->slots[i].order->seen_ms != 0)
			return false;
	}
	for (unsigned i = 0; i < at->slot_count; i++) {
		at->slots[i].order->lost = true;
		trading_floor_expire(service->floor, at->slots[i].order->floor->number,
				     hyper_now_ns(service));
	}
	/* The first one's answer is what a second use of a nonce is told. */
	char text[96];
	snprintf(text, sizeof(text), "Invalid nonce: duplicate nonce %" PRIu64, nonce);
	hyper_pending_refuse(at, text);
	return true;
}

/* ---- the budget (§6.1) -------------------------------------------------------------------------
 */

uint64_t hyper_request_cap(const struct hyper_account *account)
{
	return BUDGET_AT_FIRST + (uint64_t)(account->volume.e18 / MONEY_ONE);
}

static bool is_cancel(enum hyper_action_type type)
{
	return type == HYPER_CANCEL || type == HYPER_CANCEL_BY_CLOID;
}

static bool spend(struct hyper_call *call, unsigned count)
{
	struct hyper_account *account = call->account;
	uint64_t cap = hyper_request_cap(account);
	uint64_t most = cap;
	int64_t now_ns = scheduler_now(call->service->scheduler);
	if (is_cancel(call->type))
		most = cap < CANCELS_MORE ? 2 * cap : cap + CANCELS_MORE;
	if (account->requests_used + count > most && call->service->options.rate_limits) {
		if (now_ns - account->last_free_ns < FREE_EVERY_NS)
			return hyper_refuse(call,
					    "Too many cumulative requests sent (%" PRIu64
					    " > %" PRIu64 ") for cumulative volume traded $%" PRId64
					    ".0. Place taker orders to free up 1 request per USDC "
					    "traded.",
					    account->requests_used, cap,
					    (int64_t)(account->volume.e18 / MONEY_ONE));
		account->last_free_ns = now_ns;
	}
	account->requests_used += count;
	return true;
}

/* ---- faults ------------------------------------------------------------------------------------
 */

static bool is_trading(enum hyper_action_type type)
{
	switch (type) {
	case HYPER_ORDER:
	case HYPER_CANCEL:
	case HYPER_CANCEL_BY_CLOID:
	case HYPER_MODIFY:
	case HYPER_BATCH_MODIFY:
		return true;
	case HYPER_SCHEDULE_CANCEL:
	case HYPER_UPDATE_LEVERAGE:
	case HYPER_UPDATE_ISOLATED_MARGIN:
	case HYPER_NOOP:
	case HYPER_SET_REFERRER:
	case HYPER_APPROVE_AGENT:
	case HYPER_APPROVE_BUILDER_FEE:
	case HYPER_OTHER_USER_SIGNED:
	case HYPER_OTHER:
		break;
	}
	return false;
}

/* What the first order or cancel of the action is about. */
static struct fault_occasion occasion_of(const struct hyper_call *call)
{
	struct hyper_wanted wanted;
	const struct hyper_json *orders = hyper_json_member(call->action, "orders");
	if (call->type == HYPER_ORDER && orders != NULL && orders->first != NULL &&
	    hyper_wanted_read(orders->first, &wanted))
		return hyper_order_occasion(call->service, &wanted, NULL);
	struct fault_occasion occasion =
		hyper_order_occasion(call->service, NULL, is_cancel(call->type) ? "cancel" : NULL);
	const struct hyper_json *cancels = hyper_json_member(call->action, "cancels");
	uint64_t asset;
	if (cancels != NULL && cancels->first != NULL &&
	    (hyper_json_u64(hyper_json_member(cancels->first, "a"), &asset) ||
	     hyper_json_u64(hyper_json_member(cancels->first, "asset"), &asset)) &&
	    asset < call->service->market_count)
		occasion.symbol = call->service->markets[asset].terms->symbol;
	return occasion;
}

/* "503:unknown" or "429". True: it is executed, since the word says that nobody can know. */
static bool fault_status(const char *value, struct hyper_pending *pending)
{
	const char *word = strchr(value, ':');
	pending->spoil = HYPER_SPOIL_STATUS;
	pending->spoil_status = 0;
	for (const char *at = value; *at >= '0' && *at <= '9'; at++)
		pending->spoil_status = pending->spoil_status * 10 + (*at - '0');
	if (word != NULL && strcmp(word, ":unknown") == 0) {
		pending->spoil_page = "Unknown error, please check";
		return true;
	}
	pending->spoil_page =
		word != NULL && strcmp(word, ":unavail") == 0 ? "Service Unavailable"
		: pending->spoil_status == 429
			? "null"
			: "<html><head><title>Error</title></head><body></body></html>";
	return false;
}

/* "margin", "internal", "limit", or a number; ":executed" behind it. */
static bool fault_code(const char *value, struct hyper_call *call)
{
	size_t length = strcspn(value, ":");
	unsigned count = hyper_action_length(call);
	bool executed = value[length] == ':';
	if (length == 6 && memcmp(value, "margin", 6) == 0 && call->type == HYPER_ORDER) {
		for (unsigned i = 0; i < count; i++)
			hyper_slot_error(&call->pending->slots[i],
					 "Insufficient margin to place order.", 0);
		call->pending->forced = true;
	} else if (length == 5 && memcmp(value, "limit", 5) == 0) {
		call->pending->refusal = "Too many cumulative requests sent";
	} else {
		snprintf(call->pending->refusal_room, sizeof(call->pending->refusal_room),
			 "Internal error %.*s", (int)length, value);
		call->pending->refusal = call->pending->refusal_room;
	}
	return executed;
}

enum before { BEFORE_GO_ON, BEFORE_ANSWER, BEFORE_STOP };

/* What strikes before the venue looks at the action; STOP: nothing is left to do. */
static enum before faults_before(struct hyper_call *call, const struct fault_occasion *occasion)
{
	char value[FAULT_VALUE_MAX + 1], address[HYPER_ADDRESS_TEXT];
	struct fault_plan *plan = call->service->faults;
	struct hyper_pending *pending = call->pending;
	if (plan == NULL)
		return BEFORE_GO_ON;
	if (fault_plan_strikes(plan, "ord.lost", occasion, value)) {
		pending->spoil = HYPER_SPOIL_DROP;
		return BEFORE_ANSWER;
	}
	if (fault_plan_strikes(plan, "rate.429", occasion, value)) {
		pending->spoil = HYPER_SPOIL_STATUS;
		pending->spoil_status = 429;
		pending->spoil_page = "null";
		return BEFORE_ANSWER;
	}
	if (fault_plan_strikes(plan, "auth", occasion, value)) {
		hyper_refuse(call, "User or API Wallet %s does not exist.",
			     hyper_address_write(call->signer, address));
		return BEFORE_STOP;
	}
	if (fault_plan_strikes(plan, "rate.orders", occasion, value)) {
		hyper_refuse(call,
			     "Too many cumulative requests sent (%" PRIu64 " > %" PRIu64
			     ") for cumulative volume traded $%" PRId64
			     ".0. Place taker orders to free up 1 request per USDC traded.",
			     hyper_request_cap(call->account) + 1, hyper_request_cap(call->account),
			     (int64_t)(call->account->volume.e18 / MONEY_ONE));
		return BEFORE_STOP;
	}
	if (fault_plan_strikes(plan, "nonce", occasion, value)) {
		bool duplicate = strcmp(value, "dup") == 0;
		hyper_refuse(call,
			     duplicate ? "Invalid nonce: duplicate nonce %" PRIu64
				       : "Invalid nonce: nonce too low %" PRIu64,
			     pending->nonce);
		return BEFORE_STOP;
	}
	if (fault_plan_strikes(plan, "ord.http", occasion, value))
		return fault_status(value, pending) ? BEFORE_GO_ON : BEFORE_ANSWER;
	if (fault_plan_strikes(plan, "ord.code", occasion, value))
		return fault_code(value, call) ? BEFORE_GO_ON : BEFORE_ANSWER;
	return BEFORE_GO_ON;
}

/* What becomes of the answer to an executed action. */
static void faults_after(struct hyper_call *call, const struct fault_occasion *occasion)
{
	static const struct {
		const char *knob, *word;
		enum hyper_spoil spoil;
	} SPOILS[] = {
		{"ord.resp", "drop", HYPER_SPOIL_DROP},
		{"ord.exec_then", "close", HYPER_SPOIL_CLOSE},
		{"ord.exec_then", "rst", HYPER_SPOIL_RESET},
		{"ord.body", "trunc", HYPER_SPOIL_TRUNCATED},
		{"ord.body", "html", HYPER_SPOIL_PAGE},
		{"ord.body", "type", HYPER_SPOIL_TYPE},
		{"ord.body", "empty", HYPER_SPOIL_EMPTY},
	};
	static const char *const KNOBS[] = {"ord.resp", "ord.exec_then", "ord.body"};
	char value[FAULT_VALUE_MAX + 1];
	struct fault_plan *plan = call->service->faults;
	for (size_t k = 0; plan != NULL && k < 3; k++) {
		if (!fault_plan_strikes(plan, KNOBS[k], occasion, value))
			continue;
		for (size_t i = 0; i < sizeof(SPOILS) / sizeof(SPOILS[0]); i++) {
			if (strcmp(SPOILS[i].knob, KNOBS[k]) == 0 &&
			    strcmp(SPOILS[i].word, value) == 0)
				call->pending->spoil = SPOILS[i].spoil;
		}
	}
	if (plan != NULL && fault_plan_strikes(plan, "ord.swap_reply", occasion, value))
		call->pending->swapped = true;
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

static void cannot_read(struct hyperliquid_service *service,
			const struct hyper_address_of_answer *to)
{
	static const char TEXT[] = "Failed to deserialize the JSON body into the target type";
	struct served_text body = {0};
	reply_raw(&body, TEXT, strlen(TEXT));
	hyper_answer(service, to, 422, "text/plain; charset=utf-8", &body, 0);
	served_text_free(&body);
}

/* False: call->refusal says why. */
static bool admit(struct hyper_call *call, const struct envelope *envelope,
		  struct hyper_signer *signer)
{
	char address[HYPER_ADDRESS_TEXT];
	unsigned count = hyper_action_length(call);
	if (envelope->expires && envelope->expires_after < (uint64_t)hyper_now_ms(call->service)) {
		call->account->requests_used += STALE_COST;
		return hyper_refuse(call, "Action already expired");
	}
	bool killed = call->type == HYPER_NOOP && kill(call, signer, envelope->nonce);
	if (!killed && !judge_nonce(call, signer, envelope->nonce))
		return false;
	if (envelope->has_vault)
		return hyper_refuse(call, "Vault not registered: %s",
				    hyper_address_write(envelope->vault, address));
	if (count > HYPER_SLOTS_MAX)
		return hyper_refuse(call, "Signed action over weight limit of %d.",
				    HYPER_SLOTS_MAX);
	if (!spend(call, count > 0 ? count : 1))
		return false;
	if (!killed)
		use_nonce(signer, envelope->nonce);
	return true;
}

static void perform(struct hyper_call *call, const struct envelope *envelope)
{
	struct hyperliquid_service *service = call->service;
	struct hyper_signer *signer = signer_of(call);
	const struct fault_occasion occasion = occasion_of(call);
	struct hyper_pending *pending = call->pending;
	enum before before = BEFORE_GO_ON;
	pending->account = call->account->number;
	pending->nonce = envelope->nonce;
	pending->signer = (size_t)(signer - service->signers);
	pending->expires_ns = envelope->expires ? hyper_ns_of_ms(envelope->expires_after) : 0;
	if (!hyper_slots_make(call)) {
		hyper_pending_refuse(pending, "Signed action over weight limit of 200.");
		return;
	}
	if (is_trading(call->type))
		before = faults_before(call, &occasion);
	if (before == BEFORE_STOP || (before == BEFORE_GO_ON && !admit(call, envelope, signer))) {
		hyper_pending_refuse(pending, call->refusal);
		return;
	}
	if (before == BEFORE_ANSWER) {
		hyper_pending_answer(pending);
		return;
	}
	if (is_trading(call->type))
		faults_after(call, &occasion);
	hyper_execute(call);
	if (call->refusal[0] != '\0')
		hyper_pending_refuse(pending, call->refusal);
	else if (pending->open_slots == 0)
		hyper_pending_answer(pending);
}

void hyper_exchange(struct hyperliquid_service *service, const struct hyper_address_of_answer *to,
		    const struct hyper_json *body)
{
	struct hyper_address_of_answer address = *to;
	struct envelope envelope;
	struct hyper_packed packed = {NULL, 0};
	address.action = true;
	bool readable = read_envelope(body, &envelope);
	struct hyper_call call = {.service = service, .action = envelope.action};
	readable = readable && hyper_action_type(call.action, &call.type) &&
		   (hyper_action_is_user_signed(call.type) ||
		    hyper_action_pack(call.action, &packed)) &&
		   hyper_action_readable(&call);
	if (!readable) {
		free(packed.bytes);
		cannot_read(service, &address);
		return;
	}
	int64_t weight = 1 + hyper_action_length(&call) / 40;
	if (service->options.rate_limits &&
	    !hyper_minute_spend(&service->weight, scheduler_now(service->scheduler), weight,
				IP_WEIGHT_PER_MINUTE)) {
		struct served_text null = {0};
		reply_raw(&null, "null", 4);
		hyper_answer(service, &address, 429, NULL, &null, 0);
		served_text_free(&null);
		free(packed.bytes);
		return;
	}
	call.pending = hyper_pending_create(service, &address);
	if (call.pending != NULL) {
		bool known = hyper_action_is_user_signed(call.type)
				     ? identify_user(&call, &envelope)
				     : identify_agent(&call, &envelope, &packed);
		if (known)
			perform(&call, &envelope);
		else
			hyper_pending_refuse(call.pending, call.refusal);
	}
	free(packed.bytes);
}
