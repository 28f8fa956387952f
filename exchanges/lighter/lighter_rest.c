/* REST: a queue before the venue's request budget, one answer for every call. */
#include "exchanges/lighter/lighter_state.h"

#include "core/base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A refusal for rate that names no time (§1.4: weight / (limit / 60) s; 60 s by the firewall). */
#define COOL_DOWN_NS	     (5 * NS_PER_SECOND)
#define FIREWALL_NS	     (60 * NS_PER_SECOND)
#define TOKEN_LIFE_S	     (8 * 3600 - 300) /* at most 8 h ahead (§1.11) */
#define TOKEN_RENEW_AFTER_NS (7 * NS_PER_HOUR)

enum bucket { BUCKET_REQUESTS, BUCKET_TRANSACTIONS, BUCKET_LEVERAGE, BUCKETS };

/* A rolling minute holds at most capacity + refill: half of the limit each. */
static const struct rate_bucket_options standard_buckets[BUCKETS] = {
	[BUCKET_REQUESTS] = {"requests", 30, 30 * 60, {0, 0, 30, 40, 70}},
	[BUCKET_TRANSACTIONS] = {"transactions", 30, 30 * 60, {0, 0, 30, 40}},
	[BUCKET_LEVERAGE] = {"leverage changes", 20, 20 * 60, {0}},
};
static const struct rate_bucket_options premium_buckets[BUCKETS] = {
	[BUCKET_REQUESTS] = {"read weight", 12000, 12000 * 60, {0, 0, 0, 30, 70}},
	[BUCKET_TRANSACTIONS] = {"transactions", 2000, 2000 * 60, {0, 0, 30, 40}},
	[BUCKET_LEVERAGE] = {"leverage changes", 20, 20 * 60, {0}},
};

void lighter_rest_begin(struct lighter_client *client)
{
	rate_limiter_init(&client->limiter,
			  client->options.premium ? premium_buckets : standard_buckets, BUCKETS,
			  lighter_now(client));
}

static void weigh(const struct lighter_client *client, bool leverage,
		  int64_t weights[RATE_BUCKETS_MAX])
{
	memset(weights, 0, RATE_BUCKETS_MAX * sizeof(*weights));
	/* A standard account's transactions and reads share one limit. */
	weights[BUCKET_REQUESTS] = client->options.premium ? 0 : 1;
	weights[BUCKET_TRANSACTIONS] = 1;
	weights[BUCKET_LEVERAGE] = leverage ? 1 : 0;
}

int64_t lighter_take_transaction(struct lighter_client *client, enum request_priority priority,
				 bool leverage)
{
	int64_t weights[RATE_BUCKETS_MAX];
	weigh(client, leverage, weights);
	return rate_limiter_take(&client->limiter, priority, weights, lighter_now(client));
}

int64_t lighter_order_room(const struct lighter_client *client)
{
	int64_t weights[RATE_BUCKETS_MAX];
	weigh(client, false, weights);
	return rate_limiter_room(&client->limiter, PRIORITY_OPEN, weights, lighter_now(client));
}

void lighter_rate_limited(struct lighter_client *client, int64_t retry_after_s, int64_t least_ns)
{
	int64_t wait_ns = least_ns > COOL_DOWN_NS ? least_ns : COOL_DOWN_NS;
	if (retry_after_s >= 0 && retry_after_s <= 3600)
		wait_ns = retry_after_s * NS_PER_SECOND;
	if (wait_ns < least_ns)
		wait_ns = least_ns;
	client->statistics.rate_limited++;
	rate_limiter_block(&client->limiter, lighter_now(client) + wait_ns);
	log_write(LOG_WARNING, LIGHTER_AREA,
		  "refused for too many requests; nothing is sent for %" PRId64 " ms",
		  wait_ns / NS_PER_MS);
}

const char *lighter_token(struct lighter_client *client)
{
	uint8_t extra[32];
	struct error err = {0};
	if (!client->options.has_account || !client->clock_told)
		return "";
	if (client->token_renew_ns > lighter_now(client))
		return client->token;
	for (size_t i = 0; i < sizeof(extra); i += 8) {
		uint64_t word = random_u64(&client->random);
		memcpy(extra + i, &word, 8);
	}
	if (!lighter_auth_token(&client->options.key,
				lighter_venue_now(client) / NS_PER_SECOND + TOKEN_LIFE_S,
				client->options.account_index, client->options.api_key_index, extra,
				client->token, &err)) {
		log_write(LOG_ALARM, LIGHTER_AREA, "no auth token can be made: %s", err.text);
		client->token[0] = '\0';
		return "";
	}
	client->token_renew_ns = lighter_now(client) + TOKEN_RENEW_AFTER_NS;
	return client->token;
}

/* ---- answers --------------------------------------------------------------------------------- */

static void judge(struct lighter_client *client, const struct http_response *response,
		  struct lighter_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->message = "";
	answer->sent_ns = response->sent_ns;
	answer->received_ns = response->received_ns;
	answer->kind = ANSWER_FAILED;
	switch (response->outcome) {
	case TRANSPORT_NEVER_SENT:
		answer->kind = ANSWER_NEVER_SENT;
		answer->message = response->why ? response->why : "";
		return;
	case TRANSPORT_UNKNOWN:
		answer->message = response->why ? response->why : "";
		return;
	case TRANSPORT_ANSWERED:
		break;
	}
	answer->status = response->status;
	bool sound = lighter_reply_read(response->body, response->length, &answer->reply);
	if (response->status == 429 || response->status == 405 ||
	    (sound && answer->reply.has_code && lighter_code_is_rate_limit(answer->reply.code)))
		lighter_rate_limited(client, response->retry_after_s,
				     response->status == 405 ? FIREWALL_NS : 0);
	if (!sound) {
		answer->message = "the answer is no JSON object";
		return;
	}
	answer->message = answer->reply.message;
	if (answer->reply.has_code && answer->reply.code != LIGHTER_CODE_OK) {
		answer->kind = ANSWER_ERROR;
		answer->code = answer->reply.code;
	} else if (response->status == 200) {
		answer->kind = ANSWER_VALUE;
	}
}

static void free_call(struct lighter_call *call)
{
	scheduler_cancel(call->client->scheduler, call->give_up);
	call->give_up = 0;
	call->state = CALL_FREE;
}

static void pump_calls(struct lighter_client *client);

static void on_response(void *user, const struct http_response *response)
{
	struct lighter_call *call = user;
	struct lighter_client *client = call->client;
	struct lighter_answer answer;
	lighter_answered done = call->done;
	void *done_user = call->user;
	if (!lighter_enter(client))
		return;
	free_call(call);
	judge(client, response, &answer);
	done(done_user, &answer);
	if (!client->dying)
		pump_calls(client);
	lighter_leave(client);
}

/* It waited until its caller could wait no longer: proven never sent. */
static void on_give_up(void *user)
{
	struct lighter_call *call = user;
	struct lighter_client *client = call->client;
	struct lighter_answer answer = {.kind = ANSWER_NEVER_SENT,
					.message = "the request budget left no room in time"};
	lighter_answered done = call->done;
	void *done_user = call->user;
	call->give_up = 0;
	if (!lighter_enter(client))
		return;
	free_call(call);
	done(done_user, &answer);
	lighter_leave(client);
}

static void on_queue(void *user)
{
	struct lighter_client *client = user;
	client->queue.entry = 0;
	if (!lighter_enter(client))
		return;
	pump_calls(client);
	lighter_leave(client);
}

/* ---- the queue ------------------------------------------------------------------------------- */

static struct lighter_call *first_waiting(struct lighter_client *client)
{
	struct lighter_call *first = NULL;
	for (size_t i = 0; i < LIGHTER_CALLS_MAX; i++) {
		struct lighter_call *call = &client->calls[i];
		if (call->state == CALL_WAITING &&
		    (first == NULL || call->priority < first->priority ||
		     (call->priority == first->priority && call->sequence < first->sequence)))
			first = call;
	}
	return first;
}

static void pump_calls(struct lighter_client *client)
{
	struct lighter_call *call;
	while ((call = first_waiting(client)) != NULL) {
		int64_t weights[RATE_BUCKETS_MAX] = {
			[BUCKET_REQUESTS] = client->options.premium ? call->weight : 1};
		int64_t next_ns = rate_limiter_take(&client->limiter, call->priority, weights,
						    lighter_now(client));
		if (next_ns != 0) {
			lighter_arm(client, &client->queue, next_ns, on_queue);
			return;
		}
		const char *token = client->key_fits ? lighter_token(client) : "";
		struct http_request request = {
			.method = HTTP_GET,
			.target = call->target,
			.authorization = token[0] ? token : NULL,
		};
		call->state = CALL_SENT;
		scheduler_cancel(client->scheduler, call->give_up);
		call->give_up = 0;
		client->statistics.requests++;
		endpoint_request(client->endpoint, &request, call->give_up_ns, on_response, call);
	}
	lighter_arm(client, &client->queue, INT64_MAX, on_queue);
}

static struct lighter_call *take_call(struct lighter_client *client)
{
	for (size_t i = 0; i < LIGHTER_CALLS_MAX; i++) {
		struct lighter_call *call = &client->calls[i];
		if (call->state != CALL_FREE)
			continue;
		memset(call, 0, sizeof(*call));
		call->client = client;
		call->sequence = ++client->sequence;
		return call;
	}
	return NULL;
}

bool lighter_get(struct lighter_client *client, enum request_priority priority, int64_t weight,
		 int64_t give_up_ns, lighter_answered done, void *user, const char *format, ...)
{
	struct lighter_call *call = take_call(client);
	va_list arguments;
	if (call == NULL)
		return false;
	va_start(arguments, format);
	int length = vsnprintf(call->target, sizeof(call->target), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof(call->target))
		return false;
	call->state = CALL_WAITING;
	call->priority = priority;
	call->weight = weight;
	call->give_up_ns = give_up_ns;
	call->done = done;
	call->user = user;
	if (give_up_ns != INT64_MAX)
		call->give_up = scheduler_at(client->scheduler, give_up_ns, SCHEDULE_COMPLETION,
					     on_give_up, call);
	pump_calls(client);
	return true;
}

bool lighter_post(struct lighter_client *client, const struct lighter_signed *const *transactions,
		  size_t count, int64_t give_up_ns, lighter_answered done, void *user)
{
	char body[LIGHTER_SEND_MAX];
	struct lighter_call *call = take_call(client);
	if (call == NULL)
		return false;
	struct http_request request = {
		.method = HTTP_POST,
		.target = count > 1 ? "/api/v1/sendTxBatch" : "/api/v1/sendTx",
		.content_type = LIGHTER_FORM_TYPE,
		.body = body,
		.body_length = lighter_write_send_form(body, transactions, count),
		.one_shot = true,
	};
	call->state = CALL_SENT;
	call->done = done;
	call->user = user;
	client->statistics.requests++;
	endpoint_request(client->endpoint, &request, give_up_ns, on_response, call);
	return true;
}

void lighter_rest_end(struct lighter_client *client)
{
	for (size_t i = 0; i < LIGHTER_CALLS_MAX; i++) {
		struct lighter_call *call = &client->calls[i];
		scheduler_cancel(client->scheduler, call->give_up);
		call->give_up = 0;
	}
	lighter_arm(client, &client->queue, INT64_MAX, on_queue);
}
