#include "core/base/log.h"
#include "exchanges/hyperliquid/hyperliquid_state.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum bucket { BUCKET_IP, BUCKET_MESSAGES };

#define BACKOFF_429_FIRST_NS NS_PER_SECOND
#define BACKOFF_429_MAX_NS   (60 * NS_PER_SECOND)
#define STILL_ON_ITS_WAY_NS  (500 * NS_PER_MS)
#define POST_TEXT_MAX	     (HYPERLIQUID_BODY_MAX + 128)

struct hyperliquid_request {
	struct hyperliquid_client *client;
	struct hyperliquid_request *next_free;
	bool used, posted, action;
	uint64_t post_id;
	enum request_priority priority;
	int64_t weight, give_up_ns, sent_ns, nonce_ms;
	schedule_id timer;	/* waiting for budget, for a post's answer, or to complete */
	const char *never_sent; /* why, while `timer` completes it */
	hyperliquid_replied done;
	void *user;
	char body[HYPERLIQUID_BODY_TEXT]; /* of an info request */
};

static void begin_pool(struct hyperliquid_client *client)
{
	client->requests = calloc(HYPERLIQUID_REQUESTS_MAX, sizeof(*client->requests));
	if (client->requests == NULL) {
		fputs("hyperliquid: out of memory\n", stderr);
		abort();
	}
	for (size_t i = HYPERLIQUID_REQUESTS_MAX; i > 0; i--) {
		struct hyperliquid_request *request = &client->requests[i - 1];
		request->client = client;
		request->next_free = client->free_requests;
		client->free_requests = request;
	}
}

static struct hyperliquid_request *begin(struct hyperliquid_client *client,
					 enum request_priority priority, int64_t weight,
					 int64_t give_up_ns, hyperliquid_replied done, void *user)
{
	if (client->requests == NULL)
		begin_pool(client);
	struct hyperliquid_request *request = client->free_requests;
	if (request == NULL) {
		fprintf(stderr, "hyperliquid: more than %d requests under way\n",
			HYPERLIQUID_REQUESTS_MAX);
		abort();
	}
	client->free_requests = request->next_free;
	*request = (struct hyperliquid_request){.client = client,
						.used = true,
						.priority = priority,
						.weight = weight,
						.give_up_ns = give_up_ns,
						.done = done,
						.user = user};
	return request;
}

static void forget_post(struct hyperliquid_request *request)
{
	struct hyperliquid_client *client = request->client;
	for (unsigned i = 0; request->posted && i < client->post_count; i++) {
		if (client->posts[i] != request)
			continue;
		client->posts[i] = client->posts[--client->post_count];
		break;
	}
	request->posted = false;
}

static void complete(struct hyperliquid_request *request, const struct hyperliquid_reply *reply)
{
	struct hyperliquid_client *client = request->client;
	hyperliquid_replied done = request->done;
	void *user = request->user;
	forget_post(request);
	scheduler_cancel(client->scheduler, request->timer);
	*request =
		(struct hyperliquid_request){.client = client, .next_free = client->free_requests};
	client->free_requests = request;
	if (!client->freeing)
		done(user, reply);
}

static struct hyperliquid_reply reply_of(const struct hyperliquid_request *request,
					 enum hyperliquid_reply_outcome outcome, const char *why)
{
	return (struct hyperliquid_reply){.outcome = outcome,
					  .value = {.type = JSON_ERROR, .text = ""},
					  .sent_ns = request->sent_ns,
					  .received_ns = hyperliquid_now(request->client),
					  .nonce_ms = request->nonce_ms,
					  .why = why};
}

static void complete_never_sent(void *user)
{
	struct hyperliquid_request *request = user;
	struct hyperliquid_reply reply =
		reply_of(request, HYPERLIQUID_REPLY_NEVER_SENT, request->never_sent);
	request->timer = 0;
	complete(request, &reply);
}

/* Completions never come from inside the call that asked. */
static void never_send(struct hyperliquid_request *request, const char *why)
{
	request->never_sent = why;
	request->timer = scheduler_after(request->client->scheduler, 0, SCHEDULE_COMPLETION,
					 complete_never_sent, request);
}

/* ---- budget ------------------------------------------------------------------------------------
 */

void hyperliquid_charge_rows(struct hyperliquid_client *client, size_t rows)
{
	int64_t left = rate_limiter_left(&client->limiter, BUCKET_IP, hyperliquid_now(client));
	rate_limiter_set_left(&client->limiter, BUCKET_IP, left - (int64_t)(rows / 20),
			      hyperliquid_now(client));
}

static void too_many(struct hyperliquid_client *client, int64_t retry_after_s)
{
	int64_t wait_ns =
		client->backoff_429_ns == 0 ? BACKOFF_429_FIRST_NS : 2 * client->backoff_429_ns;
	if (wait_ns > BACKOFF_429_MAX_NS)
		wait_ns = BACKOFF_429_MAX_NS;
	client->backoff_429_ns = wait_ns;
	if (retry_after_s > 0 && retry_after_s < 3600 && retry_after_s * NS_PER_SECOND > wait_ns)
		wait_ns = retry_after_s * NS_PER_SECOND;
	rate_limiter_block(&client->limiter, hyperliquid_now(client) + wait_ns);
	log_write(LOG_WARNING, "hyperliquid", "too many requests: silent for %lld ms",
		  (long long)(wait_ns / NS_PER_MS));
}

/* 0 when taken, else when it may be. */
static int64_t take(struct hyperliquid_client *client, enum request_priority priority,
		    int64_t ip_weight, int64_t messages)
{
	const int64_t weights[RATE_BUCKETS_MAX] = {
		[BUCKET_IP] = ip_weight, [BUCKET_MESSAGES] = messages};
	return rate_limiter_take(&client->limiter, priority, weights, hyperliquid_now(client));
}

int64_t hyperliquid_order_room(const struct hyperliquid_client *client)
{
	/* A full bucket of messages holds no order up: it goes by HTTP then. */
	const int64_t weights[RATE_BUCKETS_MAX] = {[BUCKET_IP] = 1};
	int64_t room = rate_limiter_room(&client->limiter, PRIORITY_OPEN, weights,
					 hyperliquid_now(client));
	int64_t actions = client->budget_left - HYPERLIQUID_BUDGET_RESERVE + 1;
	if (client->budget_known && actions < room)
		room = actions > 0 ? actions : 0;
	return room;
}

/* ---- HTTP --------------------------------------------------------------------------------------
 */

static bool is_json(const char *content_type)
{
	return strncmp(content_type, "application/json", strlen("application/json")) == 0;
}

static void http_answered(void *user, const struct http_response *response)
{
	struct hyperliquid_request *request = user;
	struct hyperliquid_client *client = request->client;
	struct hyperliquid_reply reply =
		reply_of(request, HYPERLIQUID_REPLY_UNKNOWN, response->why ? response->why : "");
	reply.sent_ns = response->sent_ns;
	reply.received_ns = response->received_ns;
	switch (response->outcome) {
	case TRANSPORT_NEVER_SENT:
		reply.outcome = HYPERLIQUID_REPLY_NEVER_SENT;
		break;
	case TRANSPORT_UNKNOWN:
		break;
	case TRANSPORT_ANSWERED:
		/* Everything but a JSON answer under 200 leaves open what was done (§1.1, §6.1). */
		reply.why = "the venue answered without a result";
		if (response->status == 429)
			too_many(client, response->retry_after_s);
		if (response->status != 200 || !is_json(response->content_type))
			break;
		client->backoff_429_ns = 0;
		if (hyperliquid_document(response->body, response->length, &reply.value))
			reply.outcome = HYPERLIQUID_REPLY_ANSWERED;
		break;
	}
	complete(request, &reply);
}

static void send_http(struct hyperliquid_request *request, const char *target, const char *body,
		      size_t length, bool one_shot)
{
	const struct http_request http = {.method = HTTP_POST,
					  .target = target,
					  .content_type = "application/json",
					  .body = body,
					  .body_length = length,
					  .one_shot = one_shot};
	request->sent_ns = hyperliquid_now(request->client);
	endpoint_request(request->client->options.endpoint, &http, request->give_up_ns,
			 http_answered, request);
}

/* Sends an info request as soon as the budget has it. */
static void try_ask(void *user)
{
	struct hyperliquid_request *request = user;
	struct hyperliquid_client *client = request->client;
	request->timer = 0;
	int64_t at_ns = take(client, request->priority, request->weight, 0);
	if (at_ns == 0) {
		send_http(request, "/info", request->body, strlen(request->body), false);
		return;
	}
	if (at_ns >= request->give_up_ns) {
		request->never_sent = "no request budget until it was given up";
		request->timer = scheduler_at(client->scheduler, request->give_up_ns,
					      SCHEDULE_COMPLETION, complete_never_sent, request);
		return;
	}
	request->timer =
		scheduler_at(client->scheduler, at_ns, SCHEDULE_COMPLETION, try_ask, request);
}

void hyperliquid_ask(struct hyperliquid_client *client, enum request_priority priority,
		     int64_t weight, int64_t give_up_ns, hyperliquid_replied done, void *user,
		     const char *format, ...)
{
	struct hyperliquid_request *request =
		begin(client, priority, weight, give_up_ns, done, user);
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(request->body, sizeof(request->body), format, arguments);
	va_end(arguments);
	assert(length > 0 && (size_t)length < sizeof(request->body));
	try_ask(request);
}

/* ---- actions -----------------------------------------------------------------------------------
 */

static void post_given_up(void *user)
{
	struct hyperliquid_request *request = user;
	struct hyperliquid_reply reply =
		reply_of(request, HYPERLIQUID_REPLY_UNKNOWN, "the venue did not answer in time");
	/* Not a word since, but what was on its way already: the socket is half open, and whatever
	 * comes next goes another way. */
	struct hyperliquid_client *client = request->client;
	bool dead = client->last_frame_ns < request->sent_ns + STILL_ON_ITS_WAY_NS &&
		    reply.received_ns >= request->sent_ns + 2 * STILL_ON_ITS_WAY_NS;
	request->timer = 0;
	if (dead && client->link != NULL) {
		forget_post(request); /* the loss of the others is told from inside */
		stream_link_reconnect(client->link, "a post was not answered, nor anything said");
	}
	complete(request, &reply);
}

bool hyperliquid_send(struct hyperliquid_client *client, const char *text, size_t length)
{
	return client->link != NULL && stream_link_is_up(client->link) &&
	       take(client, PRIORITY_CANCEL, 0, 1) == 0 &&
	       stream_link_send(client->link, text, length);
}

/* False: proven that it did not leave this way. */
static bool post(struct hyperliquid_request *request)
{
	struct hyperliquid_client *client = request->client;
	if (client->post_count == HYPERLIQUID_POSTS_MAX)
		return false;
	uint64_t id = client->next_post + 1;
	int length = snprintf(client->post_text, POST_TEXT_MAX,
			      "{\"method\":\"post\",\"id\":%" PRIu64
			      ",\"request\":{\"type\":\"action\",\"payload\":%s}}",
			      id, client->signature->body);
	assert(length > 0 && length < POST_TEXT_MAX);
	request->sent_ns = hyperliquid_now(client);
	if (!hyperliquid_send(client, client->post_text, (size_t)length))
		return false;
	client->next_post = id;
	request->post_id = id;
	request->posted = true;
	client->posts[client->post_count++] = request;
	if (request->give_up_ns != INT64_MAX)
		request->timer = scheduler_at(client->scheduler, request->give_up_ns,
					      SCHEDULE_COMPLETION, post_given_up, request);
	return true;
}

static bool sign(struct hyperliquid_request *request, const struct hyperliquid_action *action,
		 const struct hyperliquid_act_options *options)
{
	struct hyperliquid_client *client = request->client;
	struct hyperliquid_envelope envelope = {.nonce_ms = request->nonce_ms,
						.has_vault = client->options.has_vault,
						.expires_after_ms = options->expires_after_ms,
						.mainnet = client->options.mainnet};
	struct error err = {0};
	memcpy(envelope.vault, client->options.vault, sizeof(envelope.vault));
	if (hyperliquid_sign(&client->options.key, action, &envelope, client->signature, &err))
		return true;
	log_write(LOG_ALARM, "hyperliquid", "an action could not be signed: %s", err.text);
	return false;
}

void hyperliquid_act(struct hyperliquid_client *client, const struct hyperliquid_action *action,
		     const struct hyperliquid_act_options *options, hyperliquid_replied done,
		     void *user)
{
	struct hyperliquid_request *request =
		begin(client, options->priority, 1 + options->members / 40, options->give_up_ns,
		      done, user);
	request->action = true;
	request->nonce_ms = options->nonce_ms;
	if (client->post_text == NULL)
		client->post_text = malloc(POST_TEXT_MAX);
	if (client->signature == NULL)
		client->signature = malloc(sizeof(*client->signature));
	if (client->post_text == NULL || client->signature == NULL) {
		never_send(request, "out of memory");
		return;
	}
	if (take(client, options->priority, request->weight, 0) != 0) {
		never_send(request, "no request budget now: not sent");
		return;
	}
	if (request->nonce_ms == 0)
		request->nonce_ms = hyperliquid_nonce_next(
			&client->nonce, hyperliquid_venue_now(client) / NS_PER_MS);
	if (!sign(request, action, options)) {
		never_send(request, "the action could not be signed: not sent");
		return;
	}
	client->budget_left -= options->members;
	if (post(request))
		return;
	send_http(request, "/exchange", client->signature->body, client->signature->body_length,
		  true);
}

void hyperliquid_post_answered(struct hyperliquid_client *client,
			       const struct hyperliquid_value *data, int64_t received_ns)
{
	struct hyperliquid_post_answer answer;
	if (!hyperliquid_decode_post(data, &answer)) {
		log_write(LOG_WARNING, "hyperliquid", "an answer to a post cannot be read");
		return;
	}
	for (unsigned i = 0; i < client->post_count; i++) {
		struct hyperliquid_request *request = client->posts[i];
		if (request->post_id != answer.id)
			continue;
		struct hyperliquid_reply reply =
			reply_of(request, HYPERLIQUID_REPLY_UNKNOWN,
				 "the venue answered the post with an error");
		reply.received_ns = received_ns;
		if (answer.is_action) {
			client->backoff_429_ns = 0;
			reply.outcome = HYPERLIQUID_REPLY_ANSWERED;
			reply.value = answer.payload;
		} else if (answer.is_error && answer.payload.type == JSON_STRING &&
			   answer.payload.length >= 3 &&
			   memcmp(answer.payload.text, "429", 3) == 0) {
			too_many(client, 0);
		}
		complete(request, &reply);
		return;
	}
	/* Given up long ago, or never ours. */
}

void hyperliquid_posts_lost(struct hyperliquid_client *client, const char *why)
{
	while (client->post_count > 0) {
		struct hyperliquid_request *request = client->posts[client->post_count - 1];
		struct hyperliquid_reply reply = reply_of(request, HYPERLIQUID_REPLY_UNKNOWN, why);
		complete(request, &reply);
	}
}

void hyperliquid_requests_free(struct hyperliquid_client *client)
{
	for (size_t i = 0; client->requests != NULL && i < HYPERLIQUID_REQUESTS_MAX; i++)
		scheduler_cancel(client->scheduler, client->requests[i].timer);
	free(client->requests);
	free(client->signature);
	free(client->post_text);
}
