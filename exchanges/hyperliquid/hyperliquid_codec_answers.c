#include "exchanges/hyperliquid/hyperliquid_codec_answers.h"

#include <string.h>
#include <strings.h>

/* ---- answers -----------------------------------------------------------------------------------
 */

static bool is_container(const struct hyperliquid_value *value)
{
	return value->type == JSON_OBJECT_BEGIN || value->type == JSON_ARRAY_BEGIN;
}

/* {"oid":..,"cloid":..} and for fills totalSz. */
static bool read_placed(const struct hyperliquid_value *value, struct hyperliquid_status *status)
{
	static const char *const names[] = {"oid", "cloid", "totalSz"};
	struct hyperliquid_value values[3];
	if (!hyperliquid_members(value, names, 3, values) ||
	    !hyperliquid_u64(&values[0], &status->order_id))
		return false;
	status->has_order_id = true;
	status->cloid = values[1];
	return status->kind != HYPERLIQUID_STATUS_FILLED ||
	       (hyperliquid_money(&values[2], &status->total) && status->total.e18 >= 0);
}

static void read_text(const struct hyperliquid_value *value, char text[HYPERLIQUID_TEXT_MAX + 1])
{
	/* Too long for the buffer: its beginning still names it. */
	if (!hyperliquid_copy(value, text, HYPERLIQUID_TEXT_MAX + 1))
		hyperliquid_excerpt(value, text, HYPERLIQUID_TEXT_MAX + 1);
}

static enum hyperliquid_status_kind kind_of_word(const struct hyperliquid_value *value)
{
	if (hyperliquid_is(value, "success"))
		return HYPERLIQUID_STATUS_SUCCESS;
	if (hyperliquid_is(value, "waitingForFill") || hyperliquid_is(value, "waitingForTrigger"))
		return HYPERLIQUID_STATUS_WAITING;
	return HYPERLIQUID_STATUS_STRANGE;
}

static void read_status(const struct hyperliquid_value *value, struct hyperliquid_status *status)
{
	enum { RESTING, FILLED, ERROR, ALL };
	static const char *const names[ALL] = {"resting", "filled", "error"};
	static const enum hyperliquid_status_kind kinds[ALL] = {
		HYPERLIQUID_STATUS_RESTING, HYPERLIQUID_STATUS_FILLED, HYPERLIQUID_STATUS_ERROR};
	struct hyperliquid_value values[ALL];
	unsigned said = 0;
	memset(status, 0, sizeof(*status));
	status->kind = kind_of_word(value);
	if (value->type == JSON_STRING || !hyperliquid_members(value, names, ALL, values))
		return;
	for (size_t i = 0; i < ALL; i++) {
		if (values[i].type == JSON_ERROR)
			continue;
		said++;
		status->kind = kinds[i];
	}
	if (said != 1) {
		status->kind = HYPERLIQUID_STATUS_STRANGE;
		return;
	}
	if (status->kind == HYPERLIQUID_STATUS_ERROR) {
		if (values[ERROR].type != JSON_STRING)
			status->kind = HYPERLIQUID_STATUS_STRANGE;
		read_text(&values[ERROR], status->text);
	} else if (!read_placed(
			   &values[status->kind == HYPERLIQUID_STATUS_FILLED ? FILLED : RESTING],
			   status)) {
		memset(status, 0, sizeof(*status));
		status->kind = HYPERLIQUID_STATUS_STRANGE;
	}
}

/* `data` of an accepted action; singular `status` is one status (rule 4). */
static bool read_statuses(const struct hyperliquid_value *data, struct hyperliquid_answer *answer)
{
	static const char *const names[] = {"statuses", "status"};
	struct hyperliquid_value values[2], element;
	struct hyperliquid_array elements;
	if (!hyperliquid_members(data, names, 2, values))
		return false;
	if (values[0].type == JSON_ERROR && values[1].type != JSON_ERROR) {
		read_status(&values[1], &answer->statuses[0]);
		answer->count = 1;
		return true;
	}
	if (!hyperliquid_array_begin(&values[0], &elements))
		return false;
	while (hyperliquid_array_next(&elements, &element)) {
		if (answer->count == HYPERLIQUID_BATCH_MAX)
			return false;
		read_status(&element, &answer->statuses[answer->count++]);
	}
	return !elements.broken;
}

void hyperliquid_decode_answer(const struct hyperliquid_value *value,
			       struct hyperliquid_answer *answer)
{
	static const char *const outer[] = {"status", "response"};
	static const char *const inner[] = {"type", "data"};
	struct hyperliquid_value values[2], parts[2];
	answer->kind = HYPERLIQUID_ANSWER_STRANGE;
	answer->text[0] = '\0';
	answer->count = 0;
	if (!hyperliquid_members(value, outer, 2, values) || values[0].type != JSON_STRING)
		return;
	if (hyperliquid_is(&values[0], "err")) {
		/* A refusal without its text names no reason that could be definite. */
		if (values[1].type != JSON_STRING)
			return;
		read_text(&values[1], answer->text);
		answer->kind = HYPERLIQUID_ANSWER_REFUSED;
		return;
	}
	if (!hyperliquid_is(&values[0], "ok"))
		return;
	/* Rule 5: a plain string under "ok" is an accepted action without statuses. */
	if (is_container(&values[1])) {
		if (!hyperliquid_members(&values[1], inner, 2, parts))
			return;
		if (!hyperliquid_missing(&parts[1]) && !read_statuses(&parts[1], answer)) {
			answer->count = 0;
			return;
		}
	} else if (values[1].type == JSON_STRING) {
		read_text(&values[1], answer->text);
	} else {
		return;
	}
	answer->kind = HYPERLIQUID_ANSWER_OK;
}

struct hyperliquid_status hyperliquid_status_of(const struct hyperliquid_answer *answer,
						size_t index, size_t size)
{
	struct hyperliquid_status nothing = {.kind = HYPERLIQUID_STATUS_MISSING};
	if (answer->kind != HYPERLIQUID_ANSWER_OK || answer->count > size)
		return nothing;
	if (index < answer->count)
		return answer->statuses[index];
	if (answer->count == 0)
		return nothing;
	/* Shorter than the batch: only an error may stand for those that are not named. */
	const struct hyperliquid_status *last = &answer->statuses[answer->count - 1];
	return last->kind == HYPERLIQUID_STATUS_ERROR ? *last : nothing;
}

/* ---- error texts -------------------------------------------------------------------------------
 */

#define ORDER  HYPERLIQUID_SCOPE_ORDER
#define CANCEL HYPERLIQUID_SCOPE_CANCEL
#define ACTION HYPERLIQUID_SCOPE_ACTION

/* Texts of an order stand for the whole action too when validation ends it early (§2.7). */
static const struct {
	const char *part;
	unsigned scopes;
	enum reject_reason reason;
} refusals[] = {
	{"Price must be divisible by tick size", ORDER | ACTION, REJECT_TICK},
	{"Order has invalid price", ORDER | ACTION, REJECT_TICK},
	{"Order has invalid size", ORDER | ACTION, REJECT_LOT},
	{"Order has zero size", ORDER | ACTION, REJECT_MINIMUM_QUANTITY},
	{"Order must have minimum value of", ORDER | ACTION, REJECT_MINIMUM_NOTIONAL},
	{"Insufficient margin to place order", ORDER | ACTION, REJECT_MARGIN},
	{"Reduce only order would increase position", ORDER | ACTION, REJECT_REDUCE_ONLY},
	{"Post only order would have immediately matched", ORDER | ACTION, REJECT_WOULD_CROSS},
	{"could not immediately match against any resting orders", ORDER, REJECT_PRICE_BAND},
	{"No liquidity available for market order", ORDER, REJECT_PRICE_BAND},
	{"Invalid TP/SL price", ORDER, REJECT_OTHER},
	{"Order would increase open interest while open interest is capped", ORDER,
	 REJECT_MARKET_STATUS},
	{"more aggressive than oracle while at open interest cap", ORDER, REJECT_MARKET_STATUS},
	{"Order would increase open interest too quickly", ORDER, REJECT_RATE_LIMITED},
	{"Price too far from oracle", ORDER | ACTION, REJECT_PRICE_BAND},
	{"Order price cannot be more than", ORDER | ACTION, REJECT_PRICE_BAND},
	{"Order would cause position to exceed margin tier limit", ORDER, REJECT_LEVERAGE},
	{"insufficient spot balance", ORDER, REJECT_MARGIN},
	{"Only post-only orders allowed", ORDER | ACTION, REJECT_MAINTENANCE},
	{"Order was never placed, already canceled, or filled", CANCEL, REJECT_NOT_FOUND},
	{"User or API Wallet", ACTION, REJECT_AUTH},
	{"Must deposit before performing actions", ACTION, REJECT_AUTH},
	{"Unable to recover signer", ACTION, REJECT_AUTH},
	{"Vault not registered", ACTION, REJECT_AUTH},
	{"Vault may not perform this action", ACTION, REJECT_AUTH},
	{"Action disabled when unified account is active", ACTION, REJECT_AUTH},
	/* "duplicate nonce" is not here: something with this nonce was processed. */
	{"nonce too low", ACTION, REJECT_OTHER},
	{"Action already expired", ACTION, REJECT_EXPIRED},
	{"Too many cumulative requests sent", ACTION, REJECT_RATE_LIMITED},
	{"Signed action over weight limit", ACTION, REJECT_OTHER},
	{"Cannot set scheduled cancel time until enough volume traded", ACTION, REJECT_OTHER},
	{"Cannot switch leverage type with open position", ACTION, REJECT_LEVERAGE},
	{"Cross margin is not allowed for this asset", ACTION, REJECT_LEVERAGE},
	{"sufficient margin available to decrease leverage", ACTION, REJECT_LEVERAGE},
	{"Position does not use isolated margin", ACTION, REJECT_LEVERAGE},
	{"Builder fee has not been approved", ORDER | ACTION, REJECT_OTHER},
};

static bool contains(const char *text, const char *part)
{
	size_t length = strlen(part);
	for (; *text; text++)
		if (strncasecmp(text, part, length) == 0)
			return true;
	return false;
}

bool hyperliquid_refusal(const char *text, enum hyperliquid_scope scope, enum reject_reason *reason)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if ((refusals[i].scopes & scope) != 0 && contains(text, refusals[i].part)) {
			*reason = refusals[i].reason;
			return true;
		}
	}
	return false;
}

enum hyperliquid_notice hyperliquid_notice_of(const char *text)
{
	static const struct {
		const char *part;
		enum hyperliquid_notice notice;
	} notices[] = {
		{"duplicate nonce", HYPERLIQUID_NOTICE_DUPLICATE_NONCE},
		{"nonce too low", HYPERLIQUID_NOTICE_NONCE_TOO_LOW},
		{"Action already expired", HYPERLIQUID_NOTICE_EXPIRED},
		{"Too many cumulative requests", HYPERLIQUID_NOTICE_BUDGET_USED_UP},
		{"Cannot set scheduled cancel time", HYPERLIQUID_NOTICE_NO_SCHEDULED_CANCEL},
		{"User or API Wallet", HYPERLIQUID_NOTICE_UNKNOWN_SIGNER},
		{"Must deposit before", HYPERLIQUID_NOTICE_UNKNOWN_SIGNER},
		{"Only post-only orders allowed", HYPERLIQUID_NOTICE_UPGRADE},
		{"could not immediately match", HYPERLIQUID_NOTICE_NOTHING_MATCHED},
		{"No liquidity available", HYPERLIQUID_NOTICE_NOTHING_MATCHED},
	};
	for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++)
		if (contains(text, notices[i].part))
			return notices[i].notice;
	return HYPERLIQUID_NOTICE_NONE;
}

int64_t hyperliquid_lowest_nonce(const char *text)
{
	const char *at = strrchr(text, '<');
	int64_t nonce = 0;
	if (at == NULL)
		return 0;
	for (at++; *at == ' '; at++)
		;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (nonce > INT64_MAX / 100)
			return 0;
		nonce = nonce * 10 + (*at - '0');
	}
	return nonce;
}
