#include "execution/order_life.h"

#include <stdlib.h>
#include <string.h>

const char *order_phase_text(enum order_phase phase)
{
	switch (phase) {
	case ORDER_PREPARED:
		return "prepared";
	case ORDER_SENT:
		return "sent";
	case ORDER_UNKNOWN:
		return "unknown";
	case ORDER_WORKING:
		return "working";
	case ORDER_ENDED:
		return "ended";
	case ORDER_REFUSED:
		return "refused";
	case ORDER_ABSENT:
		return "absent";
	}
	abort();
	return "";
}

void order_life_begin(struct order_life *life, const struct order_request *request,
		      const struct instrument *instrument)
{
	memset(life, 0, sizeof(*life));
	life->request = *request;
	life->instrument = instrument;
}

void order_life_end(struct order_life *life)
{
	free(life->keys);
	life->keys = NULL;
	life->key_count = life->key_capacity = 0;
}

static bool grow_executed(struct order_life *life, struct quantity executed)
{
	if (executed.units <= life->executed.units)
		return false;
	life->executed = executed;
	return true;
}

static bool enter(struct order_life *life, enum order_phase phase)
{
	if (order_phase_is_terminal(life->phase) || phase <= life->phase)
		return false;
	life->phase = phase;
	return true;
}

bool order_life_order(struct order_life *life, const struct account_event *event)
{
	enum order_state state = event->u.order.state;
	struct quantity total = event->u.order.executed;
	bool terminal = state == ORDER_STATE_FILLED || state == ORDER_STATE_CANCELLED;
	bool changed;

	/* An older, smaller total under way is only late; a smaller final one is a contradiction.
	 */
	if (terminal && total.units < life->executed.units && !life->shrank) {
		life->shrank = true;
		changed = true;
	} else {
		changed = grow_executed(life, total);
	}
	switch (state) {
	case ORDER_STATE_OPEN:
		return enter(life, ORDER_WORKING) || changed;
	case ORDER_STATE_FILLED:
	case ORDER_STATE_CANCELLED:
		if (enter(life, ORDER_ENDED)) {
			life->reason = event->u.order.reason;
			changed = true;
		}
		return changed;
	case ORDER_STATE_REJECTED:
		if (enter(life, life->executed.units > 0 ? ORDER_ENDED : ORDER_REFUSED)) {
			life->reason = event->u.order.reason;
			changed = true;
		}
		return changed;
	}
	return changed;
}

/* Two independent 64-bit hashes (FNV-1a from two bases): ids of one order never meet in both. */
static struct fill_key key_of(const char *trade_id)
{
	struct fill_key key = {UINT64_C(0xcbf29ce484222325), UINT64_C(0x9ae16a3b2f90404f)};

	for (const char *c = trade_id; *c; c++) {
		key.a = (key.a ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
		key.b = (key.b ^ (unsigned char)*c) * UINT64_C(0x9e3779b97f4a7c15);
		key.b ^= key.b >> 29;
	}
	return key;
}

static bool remember(struct order_life *life, struct fill_key key)
{
	for (size_t i = 0; i < life->key_count; i++)
		if (life->keys[i].a == key.a && life->keys[i].b == key.b)
			return false;
	if (life->key_count == ORDER_FILLS_MAX)
		return false;
	if (life->key_count == life->key_capacity) {
		size_t capacity = life->key_capacity ? 2 * life->key_capacity : 8;
		struct fill_key *grown = realloc(life->keys, capacity * sizeof(*grown));
		if (!grown)
			abort(); /* a fill that cannot be counted must not be lost in silence */
		life->keys = grown;
		life->key_capacity = capacity;
	}
	life->keys[life->key_count++] = key;
	return true;
}

static void add_amounts(struct order_life *life, const struct account_event *event)
{
	const struct instrument *instrument = life->instrument;
	struct money value, notional, tokens;
	bool exact =
		contract_value(instrument, event->u.fill.quantity, event->u.fill.price, &value) &&
		contract_notional(instrument, event->u.fill.quantity, event->u.fill.price,
				  &notional) &&
		contract_tokens(instrument, event->u.fill.quantity, event->u.fill.price, &tokens) &&
		money_add(life->value, value, &life->value) &&
		money_add(life->notional, notional, &life->notional) &&
		money_add(life->tokens, tokens, &life->tokens);
	/* Ranges were checked when the order was made; a fill cannot leave them. */
	assert(exact);
	if (instrument->kind == INSTRUMENT_SPOT && event->u.fill.fee_asset == instrument->base) {
		exact = money_add(life->fee_base, event->u.fill.fee, &life->fee_base) &&
			i128_mul(life->fee_base.e18, instrument->multiplier, &life->fee_tokens.e18);
		assert(exact);
	}
}

bool order_life_fill(struct order_life *life, const struct account_event *event, int64_t match_ns)
{
	if (event->u.fill.quantity.units <= 0 || event->u.fill.price.units <= 0 ||
	    !remember(life, key_of(event->u.fill.trade_id)))
		return false;
	life->filled.units += event->u.fill.quantity.units;
	life->fills++;
	add_amounts(life, event);
	if (life->first_match_ns == 0 || match_ns < life->first_match_ns)
		life->first_match_ns = match_ns;
	if (match_ns > life->last_match_ns)
		life->last_match_ns = match_ns;
	grow_executed(life, life->filled);
	enter(life,
	      life->executed.units >= life->request.quantity.units ? ORDER_ENDED : ORDER_WORKING);
	return true;
}

bool order_life_answer(struct order_life *life, const struct command_result *result)
{
	if (life->phase != ORDER_SENT)
		return false; /* events or look-ups have already said more */
	switch (result->outcome) {
	case COMMAND_ACKNOWLEDGED:
		return enter(life, ORDER_WORKING);
	case COMMAND_REJECTED:
		/* The id is there already: the order exists, whatever came of it. */
		if (result->reason == REJECT_DUPLICATE_ID)
			return enter(life, ORDER_UNKNOWN);
		life->reason = result->reason;
		return enter(life, ORDER_REFUSED);
	case COMMAND_UNKNOWN:
		return enter(life, ORDER_UNKNOWN);
	}
	return false;
}

bool order_life_not_found(struct order_life *life)
{
	if (life->phase != ORDER_WORKING)
		return false;
	life->phase = ORDER_UNKNOWN; /* no step back: reserved as before, and now to be proven */
	return true;
}

struct quantity order_life_open(const struct order_life *life)
{
	if (order_phase_is_terminal(life->phase))
		return (struct quantity){0};
	int64_t open = life->request.quantity.units - life->executed.units;
	return (struct quantity){open > 0 ? open : 0};
}

bool order_life_complete(const struct order_life *life)
{
	return order_phase_is_terminal(life->phase) && life->filled.units >= life->executed.units;
}

struct money order_life_tokens(const struct order_life *life, struct price fallback)
{
	struct price price = life->request.limit.units > 0 ? life->request.limit : fallback;
	struct quantity rest = {life->executed.units - life->filled.units};
	struct money tokens = life->tokens, more;

	if (rest.units > 0 && contract_tokens(life->instrument, rest, price, &more) &&
	    money_add(tokens, more, &tokens))
		return tokens;
	return life->tokens;
}
