/* What each action does (§2.2 to §2.6). */
#include "exchanges/testnet/hyperliquid_service_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEDULE_LEAST_MS     5000
#define SCHEDULE_TRIGGERS_MAX 10
#define SCHEDULE_VOLUME_USD   1000000
#define AGENT_NAME_MAX	      16
#define AGENT_DAYS	      90
#define AGENT_DAYS_MAX	      180

static const char *array_of(enum hyper_action_type type)
{
	switch (type) {
	case HYPER_ORDER:
		return "orders";
	case HYPER_CANCEL:
	case HYPER_CANCEL_BY_CLOID:
		return "cancels";
	case HYPER_BATCH_MODIFY:
		return "modifies";
	case HYPER_MODIFY:
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
	return NULL;
}

unsigned hyper_action_length(const struct hyper_call *call)
{
	const char *name = array_of(call->type);
	const struct hyper_json *array =
		name != NULL ? hyper_json_member(call->action, name) : NULL;
	if (call->type == HYPER_MODIFY)
		return 1;
	return array != NULL ? array->count : 0;
}

bool hyper_slots_make(struct hyper_call *call)
{
	unsigned count = hyper_action_length(call);
	if (count > HYPER_SLOTS_MAX || count == 0)
		return count == 0;
	call->pending->slots = calloc(count, sizeof(*call->pending->slots));
	if (call->pending->slots == NULL)
		return false;
	call->pending->slot_count = count;
	switch (call->type) {
	case HYPER_ORDER:
	case HYPER_BATCH_MODIFY:
		call->pending->kind = "order";
		break;
	case HYPER_CANCEL:
	case HYPER_CANCEL_BY_CLOID:
		call->pending->kind = "cancel";
		break;
	case HYPER_MODIFY:
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
	return true;
}

/* ---- what the packer cannot see ----------------------------------------------------------------
 */

static bool order_readable(const struct hyper_json *node)
{
	struct hyper_wanted wanted;
	return hyper_wanted_read(node, &wanted);
}

bool hyper_action_readable(const struct hyper_call *call)
{
	static const char *const OTHERS[] = {
		"agentSendAsset",     "agentSetAbstraction",
		"subAccountTransfer", "reserveRequestWeight",
		"createSubAccount",   "topUpIsolatedOnlyMargin",
		"vaultTransfer",      "agentEnableDexAbstraction",
		"twapOrder",	      "twapCancel",
		"evmUserModify",      "claimRewards",
		"registerReferrer",   "spotUser",
		"cDeposit",
	};
	const char *name = array_of(call->type);
	const struct hyper_json *array =
		name != NULL ? hyper_json_member(call->action, name) : NULL;
	if (call->type == HYPER_MODIFY)
		return order_readable(hyper_json_member(call->action, "order"));
	if (call->type == HYPER_OTHER) {
		const char *type = hyper_json_text(hyper_json_member(call->action, "type"));
		for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
			if (strcmp(OTHERS[i], type) == 0)
				return true;
		}
		return false;
	}
	for (const struct hyper_json *at = array != NULL ? array->first : NULL; at != NULL;
	     at = at->next) {
		if ((call->type == HYPER_ORDER && !order_readable(at)) ||
		    (call->type == HYPER_BATCH_MODIFY &&
		     !order_readable(hyper_json_member(at, "order"))))
			return false;
	}
	return true;
}

/* ---- orders ------------------------------------------------------------------------------------
 */

static void place_all(struct hyper_call *call)
{
	const struct hyper_json *orders = hyper_json_member(call->action, "orders");
	const char *grouping = hyper_json_text(hyper_json_member(call->action, "grouping"));
	struct hyper_pending *pending = call->pending;
	unsigned i = 0;
	if (hyper_json_given(call->action, "builder") != NULL) {
		hyper_refuse(call, "Builder fee has not been approved.");
		return;
	}
	if (grouping == NULL || strcmp(grouping, "na") != 0) {
		hyper_refuse(call, "Invalid TP/SL price.");
		return;
	}
	bool forced = pending->forced;
	for (const struct hyper_json *at = orders->first; at != NULL; at = at->next, i++) {
		struct hyper_slot *slot = &pending->slots[i];
		struct hyper_slot unseen = {.kind = HYPER_SLOT_DONE};
		struct hyper_wanted wanted;
		if (!hyper_wanted_read(at, &wanted))
			abort(); /* hyper_action_readable */
		/* A forced answer stays what it is. */
		struct hyper_order *order = hyper_order_prepare(
			call->service, pending->account, &wanted, false, forced ? &unseen : slot);
		if (order != NULL)
			hyper_order_send(call->service, order, forced ? &unseen : slot,
					 pending->expires_ns);
		if (forced && unseen.kind == HYPER_SLOT_PLACE)
			order->waiters--;
		else if (!forced && slot->kind == HYPER_SLOT_PLACE)
			pending->open_slots++;
	}
}

/* ---- cancels -----------------------------------------------------------------------------------
 */

static struct hyper_order *find_order(struct hyper_call *call, const struct hyper_json *id)
{
	uint64_t oid;
	const char *cloid = hyper_json_text(id);
	if (cloid != NULL)
		return hyper_order_by_cloid(call->service, call->pending->account, cloid);
	return hyper_json_u64(id, &oid)
		       ? hyper_order_by_oid(call->service, call->pending->account, oid)
		       : NULL;
}

static void cancel_one(struct hyper_call *call, const struct hyper_json *node,
		       struct hyper_slot *slot)
{
	bool by_cloid = call->type == HYPER_CANCEL_BY_CLOID;
	uint64_t asset = 0;
	(void)!hyper_json_u64(hyper_json_member(node, by_cloid ? "asset" : "a"), &asset);
	struct hyper_order *order =
		find_order(call, hyper_json_member(node, by_cloid ? "cloid" : "o"));
	if (order == NULL || !order->live || order->market != asset ||
	    !trading_floor_cancel(call->service->floor, order->floor->number)) {
		hyper_slot_error(slot, HYPER_NEVER_PLACED, asset);
		return;
	}
	order->cancel_asked = true;
	order->waiters++;
	slot->kind = HYPER_SLOT_CANCEL;
	slot->order = order;
	call->pending->open_slots++;
}

static void cancel_all(struct hyper_call *call)
{
	const struct hyper_json *cancels = hyper_json_member(call->action, "cancels");
	unsigned i = 0;
	for (const struct hyper_json *at = cancels->first; at != NULL; at = at->next)
		cancel_one(call, at, &call->pending->slots[i++]);
}

/* ---- modifications -----------------------------------------------------------------------------
 */

static bool would_cross(const struct hyper_call *call, const struct hyper_order *order)
{
	struct book_level level;
	if (trading_floor_depth(call->service->floor,
				call->service->markets[order->market].instrument,
				order->buy ? SIDE_SELL : SIDE_BUY, &level, 1) != 1)
		return false;
	return order->buy ? order->limit.units >= level.price.units
			  : order->limit.units <= level.price.units;
}

static void modify_one(struct hyper_call *call, const struct hyper_json *id,
		       const struct hyper_json *node, struct hyper_slot *slot)
{
	struct hyper_wanted wanted;
	struct hyper_pending *pending = call->pending;
	struct hyper_order *old = find_order(call, id);
	if (!hyper_wanted_read(node, &wanted))
		abort(); /* hyper_action_readable */
	bool live = old != NULL && old->live && old->market == wanted.asset;
	if (!live && !pending->always_place) {
		hyper_slot_error(slot, HYPER_CANNOT_MODIFY, wanted.asset);
		return;
	}
	struct hyper_order *order =
		hyper_order_prepare(call->service, pending->account, &wanted, true, slot);
	if (order == NULL)
		return;
	/* Without `a` it may only rest (§2.4). */
	if (!pending->always_place && (order->tif == HYPER_IOC || would_cross(call, order))) {
		order->lost = true;
		hyper_slot_error(slot, HYPER_CANNOT_MODIFY, wanted.asset);
		return;
	}
	if (!pending->always_place)
		order->tif = HYPER_ALO;
	if (!live || !trading_floor_cancel(call->service->floor, old->floor->number)) {
		hyper_order_send(call->service, order, slot, pending->expires_ns);
		pending->open_slots += slot->kind == HYPER_SLOT_PLACE;
		return;
	}
	old->cancel_asked = true;
	old->waiters++;
	slot->kind = HYPER_SLOT_MODIFY;
	slot->order = old;
	slot->replacement = order;
	pending->open_slots++;
}

static void modify_all(struct hyper_call *call)
{
	const struct hyper_json *modifies = hyper_json_member(call->action, "modifies");
	bool always = false;
	unsigned i = 0;
	(void)!hyper_json_bool(hyper_json_member(call->action, "a"), &always);
	call->pending->always_place = always;
	if (call->type == HYPER_MODIFY) {
		modify_one(call, hyper_json_member(call->action, "oid"),
			   hyper_json_member(call->action, "order"), &call->pending->slots[0]);
		if (call->pending->open_slots == 0)
			hyper_modify_verdict(call->pending);
		return;
	}
	for (const struct hyper_json *at = modifies->first; at != NULL; at = at->next)
		modify_one(call, hyper_json_member(at, "oid"), hyper_json_member(at, "order"),
			   &call->pending->slots[i++]);
}

/* A lone modify answers `default`; its error is the whole action's. */
void hyper_modify_verdict(struct hyper_pending *pending)
{
	static const char ERROR[] = "{\"error\":\"";
	const char *status = pending->slot_count == 1 ? pending->slots[0].status : "";
	if (strcmp(pending->kind, "default") != 0 || pending->slot_count != 1 ||
	    strncmp(status, ERROR, strlen(ERROR)) != 0)
		return;
	snprintf(pending->refusal_room, sizeof(pending->refusal_room), "%.*s",
		 (int)(strlen(status) - strlen(ERROR) - 2), status + strlen(ERROR));
	pending->refusal = pending->refusal_room;
}

void hyper_actions_modified(struct hyper_pending *pending)
{
	hyper_modify_verdict(pending);
	hyper_pending_answer(pending);
}

/* ---- leverage and margin -----------------------------------------------------------------------
 */

static bool has_position(const struct hyper_call *call, uint64_t asset)
{
	instrument_id instrument = call->service->markets[asset].instrument;
	return trading_floor_position(call->service->floor, call->pending->account, instrument)
		       .quantity.units != 0;
}

static void update_leverage(struct hyper_call *call)
{
	uint64_t asset = 0, leverage = 0;
	bool cross = true;
	char why[96];
	(void)!hyper_json_u64(hyper_json_member(call->action, "asset"), &asset);
	(void)!hyper_json_u64(hyper_json_member(call->action, "leverage"), &leverage);
	(void)!hyper_json_bool(hyper_json_member(call->action, "isCross"), &cross);
	if (asset >= call->service->market_count) {
		hyper_refuse(call, "Invalid asset %" PRIu64, asset);
		return;
	}
	instrument_id instrument = call->service->markets[asset].instrument;
	const struct order_rules *rules =
		&instrument_latest(call->service->instruments, instrument)->rules;
	if (leverage < 1 || leverage > (uint64_t)rules->maximum_leverage) {
		hyper_refuse(call, "Invalid leverage value");
	} else if (!cross) {
		hyper_refuse(call, has_position(call, asset)
					   ? "Cannot switch leverage type with open position."
					   : "Isolated margin is not offered here.");
	} else if (!trading_floor_set_leverage(call->service->floor, call->pending->account,
					       instrument, (int32_t)leverage, why, sizeof(why))) {
		hyper_refuse(call,
			     "Account %s does not have sufficient margin available to decrease "
			     "leverage.",
			     call->account->address_text);
	} else {
		call->account->changed = true;
		hyper_flush_later(call->service);
	}
}

/* ---- the dead man's switch ---------------------------------------------------------------------
 */

static void schedule_cancel(struct hyper_call *call)
{
	struct hyper_account *account = call->account;
	struct hyperliquid_service *service = call->service;
	int64_t now_ms = hyper_now_ms(service);
	uint64_t at_ms = 0;
	(void)!hyper_json_u64(hyper_json_given(call->action, "time"), &at_ms);
	if (account->volume.e18 < SCHEDULE_VOLUME_USD * MONEY_ONE) {
		hyper_refuse(call,
			     "Cannot set scheduled cancel time until enough volume traded. "
			     "Required: $%d. Traded: $%" PRId64 ".",
			     SCHEDULE_VOLUME_USD, (int64_t)(account->volume.e18 / MONEY_ONE));
		return;
	}
	if (account->armed_ms != 0 && account->armed_ms <= now_ms) {
		/* It has gone off since. */
		int64_t day = account->armed_ms / (NS_PER_DAY / NS_PER_MS);
		account->triggers = account->triggers_day == day ? account->triggers + 1 : 1;
		account->triggers_day = day;
		account->armed_ms = 0;
	}
	if (at_ms != 0 && at_ms < (uint64_t)(now_ms + SCHEDULE_LEAST_MS)) {
		hyper_refuse(call, "Scheduled cancel time too early, must be at least 5 seconds "
				   "from now.");
		return;
	}
	if (at_ms != 0 && account->triggers_day == now_ms / (NS_PER_DAY / NS_PER_MS) &&
	    account->triggers >= SCHEDULE_TRIGGERS_MAX) {
		hyper_refuse(call, "Cannot set scheduled cancel time: too many triggers today.");
		return;
	}
	int64_t at_ns = hyper_ns_of_ms(at_ms);
	account->armed_ms = at_ns / NS_PER_MS;
	trading_floor_dead_man(service->floor, account->number, at_ns);
}

/* ---- API wallets -------------------------------------------------------------------------------
 */

static bool is_zero(const uint8_t address[HYPER_ADDRESS_BYTES])
{
	static const uint8_t ZERO[HYPER_ADDRESS_BYTES];
	return memcmp(address, ZERO, HYPER_ADDRESS_BYTES) == 0;
}

/* Splits "name valid_until 1771174068515". */
static bool read_agent_name(struct hyper_call *call, char name[AGENT_NAME_MAX + 1], int64_t *until)
{
	static const char MARK[] = " valid_until ";
	const char *text = hyper_json_text(hyper_json_member(call->action, "agentName"));
	int64_t now_ms = hyper_now_ms(call->service), day_ms = NS_PER_DAY / NS_PER_MS;
	if (text == NULL)
		text = "";
	const char *mark = strstr(text, MARK);
	size_t length = mark != NULL ? (size_t)(mark - text) : strlen(text);
	*until = now_ms + AGENT_DAYS * day_ms;
	if (length > AGENT_NAME_MAX)
		return hyper_refuse(call, "Extra agent name is too long.");
	memcpy(name, text, length);
	name[length] = '\0';
	if (mark == NULL)
		return true;
	struct json_token token = {.type = JSON_NUMBER,
				   .text = mark + strlen(MARK),
				   .length = strlen(mark + strlen(MARK))};
	if (!json_to_i64(&token, until) || *until > now_ms + AGENT_DAYS_MAX * day_ms)
		return hyper_refuse(call, "Agent valid_until is invalid.");
	if (*until <= now_ms)
		return hyper_refuse(call, "Agent valid_until already expired.");
	return true;
}

static void approve_agent(struct hyper_call *call)
{
	struct hyper_account *account = call->account;
	uint8_t address[HYPER_ADDRESS_BYTES];
	char name[AGENT_NAME_MAX + 1];
	int64_t until;
	if (!hyper_address_read(hyper_json_text(hyper_json_member(call->action, "agentAddress")),
				address) ||
	    !read_agent_name(call, name, &until))
		return;
	unsigned place = 0, named = 0;
	while (place < account->agent_count && strcmp(account->agents[place].name, name) != 0)
		place++;
	for (unsigned i = 0; i < account->agent_count; i++)
		named += account->agents[i].name[0] != '\0';
	bool there = place < account->agent_count;
	if (is_zero(address)) {
		if (there)
			account->agents[place] = account->agents[--account->agent_count];
		return;
	}
	if (hyper_account_of_signer(call->service, address) != NULL) {
		hyper_refuse(call, "Extra agent already used.");
		return;
	}
	if (!there &&
	    (account->agent_count == HYPER_AGENTS_MAX || (name[0] != '\0' && named >= 3))) {
		hyper_refuse(call, "Too many extra agents for cumulative volume traded. Current "
				   "limit is 3");
		return;
	}
	struct hyper_agent *agent = &account->agents[place];
	memcpy(agent->address, address, sizeof(address));
	snprintf(agent->name, sizeof(agent->name), "%s", name);
	agent->valid_until_ms = until;
	account->agent_count += !there;
}

void hyper_execute(struct hyper_call *call)
{
	switch (call->type) {
	case HYPER_ORDER:
		place_all(call);
		break;
	case HYPER_CANCEL:
	case HYPER_CANCEL_BY_CLOID:
		cancel_all(call);
		break;
	case HYPER_MODIFY:
	case HYPER_BATCH_MODIFY:
		modify_all(call);
		break;
	case HYPER_SCHEDULE_CANCEL:
		schedule_cancel(call);
		break;
	case HYPER_UPDATE_LEVERAGE:
		update_leverage(call);
		break;
	case HYPER_UPDATE_ISOLATED_MARGIN:
		hyper_refuse(call, "Position does not use isolated margin.");
		break;
	case HYPER_NOOP:
		break;
	case HYPER_SET_REFERRER:
		hyper_refuse(call, "Referral code does not exist.");
		break;
	case HYPER_APPROVE_AGENT:
		approve_agent(call);
		break;
	case HYPER_APPROVE_BUILDER_FEE:
		hyper_refuse(call, "Builder has insufficient balance to be approved.");
		break;
	case HYPER_OTHER_USER_SIGNED:
		hyper_refuse(call, "Insufficient balance for withdrawal");
		break;
	case HYPER_OTHER:
		hyper_refuse(call, "Action is not offered here.");
		break;
	}
}
