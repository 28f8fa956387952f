/* The start, one answer after the other: clock, markets, key, fees, nonce; and the hourly look at
 * the markets. */
#include "exchanges/lighter/lighter_state.h"

#include "core/base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STEP_WITHIN_NS	 (10 * NS_PER_SECOND)
#define REFRESH_EVERY_NS NS_PER_HOUR
#define REFRESH_AGAIN_NS NS_PER_MINUTE
#define REFRESH_SOON_NS	 NS_PER_SECOND

static void on_refresh(void *user);

static void end_start(struct lighter_client *client, bool ok, const char *why)
{
	lifecycle_done done = client->start_done;
	client->starting = false;
	client->start_done = NULL;
	if (!ok) {
		client->started = false;
		log_write(LOG_WARNING, LIGHTER_AREA, "start failed: %s", why);
	}
	done(client->start_user, ok, why);
}

static void finish_start(struct lighter_client *client)
{
	if (!lighter_open_stream(client)) {
		end_start(client, false, "out of memory");
		return;
	}
	lighter_arm(client, &client->refresh, lighter_now(client) + REFRESH_EVERY_NS, on_refresh);
	end_start(client, true, "");
}

/* Fails the start unless the answer is a value. */
static bool answered(struct lighter_client *client, const struct lighter_answer *answer,
		     const char *what)
{
	char why[320];
	if (!client->starting) /* stopped meanwhile */
		return false;
	if (answer->kind == ANSWER_VALUE)
		return true;
	if (answer->kind == ANSWER_ERROR)
		snprintf(why, sizeof(why), "Lighter refuses %s: %" PRId64 " %s", what, answer->code,
			 answer->message);
	else if (answer->status != 0)
		snprintf(why, sizeof(why), "Lighter answers HTTP %d when asked for %s",
			 answer->status, what);
	else
		snprintf(why, sizeof(why), "Lighter cannot be reached for %s: %s", what,
			 answer->message);
	end_start(client, false, why);
	return false;
}

static void ask(struct lighter_client *client, int64_t weight, lighter_answered next,
		const char *format, ...) __attribute__((format(printf, 4, 5)));
static void ask(struct lighter_client *client, int64_t weight, lighter_answered next,
		const char *format, ...)
{
	char target[LIGHTER_TARGET_MAX];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(target, sizeof(target), format, arguments);
	va_end(arguments);
	if (!lighter_get(client, PRIORITY_OPEN, weight, lighter_now(client) + STEP_WITHIN_NS, next,
			 client, "%s", target))
		end_start(client, false, "too many requests are in flight");
}

static void on_nonce(void *user, const struct lighter_answer *answer)
{
	struct lighter_client *client = user;
	int64_t nonce;
	if (!answered(client, answer, "the next nonce"))
		return;
	if (!lighter_i64(&answer->reply.slots[REPLY_NONCE], &nonce) || nonce < 0) {
		end_start(client, false, "Lighter's answer names no next nonce");
		return;
	}
	/* Transactions of an earlier run may still land: "invalid nonce" will tell. */
	lighter_nonces_resync(&client->nonces, answer->sent_ns, nonce);
	finish_start(client);
}

static void on_limits(void *user, const struct lighter_answer *answer)
{
	struct lighter_client *client = user;
	int64_t maker, taker;
	if (!client->starting)
		return;
	if (answer->kind == ANSWER_VALUE &&
	    lighter_i64(&answer->reply.slots[REPLY_MAKER_TICK], &maker) &&
	    lighter_i64(&answer->reply.slots[REPLY_TAKER_TICK], &taker) && maker >= -100000 &&
	    maker <= 100000 && taker >= -100000 && taker <= 100000)
		lighter_markets_set_fees(client, maker, taker);
	else
		log_write(LOG_WARNING, LIGHTER_AREA,
			  "the account's own fees cannot be read; the markets' fees are used");
	ask(client, WEIGHT_NONCE, on_nonce,
	    "/api/v1/nextNonce?account_index=%" PRId64 "&api_key_index=%" PRId32,
	    client->options.account_index, client->options.api_key_index);
}

static void on_keys(void *user, const struct lighter_answer *answer)
{
	struct lighter_client *client = user;
	struct lighter_list list;
	struct lighter_slot object;
	struct lighter_api_key key;
	bool found = false;
	if (!answered(client, answer, "the account's API keys"))
		return;
	lighter_list_begin(&list, &answer->reply.slots[REPLY_API_KEYS]);
	while (!found && lighter_list_next(&list, &object))
		found = lighter_api_key_read(&object, &key) == LIGHTER_OK &&
			key.index == client->options.api_key_index;
	if (!found) {
		end_start(client, false,
			  "the account has no API key at the configured index: make one in "
			  "Lighter's front end, or correct account and key index");
		return;
	}
	if (memcmp(key.public_key, client->options.key.public_key, sizeof(key.public_key)) != 0) {
		end_start(client, false,
			  "the configured private key is not the one registered at this key index: "
			  "configure the right key, or register it in Lighter's front end");
		return;
	}
	client->key_fits = true;
	ask(client, WEIGHT_OTHER, on_limits, "/api/v1/accountLimits?account_index=%" PRId64,
	    client->options.account_index);
}

static void on_markets(void *user, const struct lighter_answer *answer)
{
	struct lighter_client *client = user;
	struct error err = {0};
	if (!answered(client, answer, "its markets"))
		return;
	if (!lighter_markets_take(client, &answer->reply, &err)) {
		end_start(client, false, err.text);
		return;
	}
	if (!client->options.has_account) {
		finish_start(client);
		return;
	}
	ask(client, WEIGHT_KEYS, on_keys,
	    "/api/v1/apikeys?account_index=%" PRId64 "&api_key_index=%" PRId32,
	    client->options.account_index, client->options.api_key_index);
}

static void on_time(void *user, const struct lighter_answer *answer)
{
	struct lighter_client *client = user;
	int64_t venue_ns;
	if (!answered(client, answer, "its time"))
		return;
	if (!lighter_time(&answer->reply.slots[REPLY_TIMESTAMP], &venue_ns) || venue_ns == 0) {
		end_start(client, false, "Lighter's answer names no time");
		return;
	}
	lighter_clock_sample(client, answer->sent_ns, answer->received_ns, venue_ns, NS_PER_SECOND);
	if (!client->clock_told) {
		end_start(client, false,
			  "Lighter's clock cannot be read: the answer took too long");
		return;
	}
	ask(client, WEIGHT_OTHER, on_markets, "/api/v1/orderBookDetails?market_id=255&filter=perp");
}

static void refuse_start(struct lighter_client *client, const char *why, lifecycle_done done,
			 void *user)
{
	lighter_complete_later(client, false, why, done, user);
}

void lighter_start(struct exchange_client *base, const struct exchange_sink *sink,
		   lifecycle_done done, void *user)
{
	struct lighter_client *client = lighter_self(base);
	if (client->starting || client->started) {
		refuse_start(client, "the client is started already", done, user);
		return;
	}
	client->sink = *sink;
	client->starting = client->started = true;
	client->key_fits = false;
	client->start_done = done;
	client->start_user = user;
	if (!lighter_get(client, PRIORITY_OPEN, WEIGHT_OTHER, lighter_now(client) + STEP_WITHIN_NS,
			 on_time, client, "/")) {
		client->starting = client->started = false;
		refuse_start(client, "too many requests are in flight", done, user);
	}
}

/* ---- markets again --------------------------------------------------------------------------- */

static void on_markets_again(void *user, const struct lighter_answer *answer)
{
	struct lighter_client *client = user;
	struct error err = {0};
	int64_t after_ns = REFRESH_EVERY_NS;
	client->refreshing = false;
	if (answer->kind != ANSWER_VALUE || !lighter_markets_take(client, &answer->reply, &err)) {
		log_write(LOG_WARNING, LIGHTER_AREA, "the markets cannot be read again: %s",
			  err.text[0] ? err.text : answer->message);
		after_ns = REFRESH_AGAIN_NS;
	}
	lighter_arm(client, &client->refresh, lighter_now(client) + after_ns, on_refresh);
}

static void on_refresh(void *user)
{
	struct lighter_client *client = user;
	client->refresh.entry = 0;
	if (!lighter_enter(client))
		return;
	if (client->started && !client->refreshing) {
		client->refreshing =
			lighter_get(client, PRIORITY_READ, WEIGHT_OTHER,
				    lighter_now(client) + 6 * STEP_WITHIN_NS, on_markets_again,
				    client, "/api/v1/orderBookDetails?market_id=255&filter=perp");
		if (!client->refreshing)
			lighter_arm(client, &client->refresh,
				    lighter_now(client) + REFRESH_AGAIN_NS, on_refresh);
	}
	lighter_leave(client);
}

void lighter_markets_refresh_soon(struct lighter_client *client)
{
	int64_t at_ns = lighter_now(client) + REFRESH_SOON_NS;
	if (client->refreshing || (client->refresh.entry != 0 && client->refresh.at_ns <= at_ns))
		return;
	lighter_arm(client, &client->refresh, at_ns, on_refresh);
}
