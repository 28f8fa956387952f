#include "core/net/virtual_link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CONTENT_TYPE_MAX 127

/*
 * One request, known to two sides that learn of each other late: the client until it is completed,
 * the service from the arrival until it has answered or heard that the client is gone. The memory
 * goes when neither knows it and nothing is on its way.
 */
struct service_request {
	struct virtual_link *link;
	struct virtual_endpoint *endpoint; /* NULL once completed */
	struct service_request *previous, *next;
	unsigned inside; /* callbacks running now that were given this request */

	http_done done;
	void *user;
	int64_t sent_ns, completed_ns;
	schedule_id arrival, give_up;

	bool at_service;
	schedule_id gone; /* the client's hanging up on its way to the service */
	bool lose_answer;

	/* What is on its way to the client. */
	schedule_id finish;
	enum transport_outcome outcome;
	int status;
	int64_t retry_after_s;
	const char *why;
	char answer_type[CONTENT_TYPE_MAX + 1];
	char *answer; /* owned */
	size_t answer_length;

	struct service_request_view view; /* into text */
	char text[];
};

static bool fits(const char *text, size_t limit)
{
	return !text || strnlen(text, limit + 1) <= limit;
}

/* Lengths of the strings with their NUL, then the body and a NUL of its own. */
static struct service_request *copied(const struct http_request *request)
{
	const char *strings[] = {
		request->target,
		request->content_type ? request->content_type : "",
		request->authorization ? request->authorization : "",
	};
	size_t sizes[3], total = request->body_length + 1;
	for (unsigned i = 0; i < 3; i++) {
		sizes[i] = strlen(strings[i]) + 1;
		total += sizes[i];
	}
	struct service_request *copy = calloc(1, sizeof(*copy) + total);
	if (!copy)
		virtual_link_no_memory();
	char *at = copy->text;
	char *places[3];
	for (unsigned i = 0; i < 3; i++) {
		places[i] = memcpy(at, strings[i], sizes[i]);
		at += sizes[i];
	}
	if (request->body_length)
		memcpy(at, request->body, request->body_length);
	copy->view = (struct service_request_view){
		.method = request->method,
		.target = places[0],
		.content_type = places[1],
		.authorization = places[2],
		.body = at,
		.body_length = request->body_length,
	};
	return copy;
}

static void release_when_over(struct service_request *request)
{
	struct virtual_link *link = request->link;
	if (link->dying || request->endpoint || request->arrival || request->at_service ||
	    request->inside > 0)
		return;
	assert(!request->gone && !request->finish && !request->give_up);
	if (request->previous)
		request->previous->next = request->next;
	else
		link->requests = request->next;
	if (request->next)
		request->next->previous = request->previous;
	link->request_count--;
	free(request->answer);
	free(request);
}

static void cancel(struct virtual_link *link, schedule_id *entry)
{
	scheduler_cancel(link->scheduler, *entry);
	*entry = 0;
}

/* ---- towards the client ---------------------------------------------------------------------- */

static void complete(struct service_request *request)
{
	struct virtual_link *link = request->link;
	bool answered = request->outcome == TRANSPORT_ANSWERED;
	struct http_response response = {
		.outcome = request->outcome,
		.status = answered ? request->status : 0,
		.content_type = answered ? request->answer_type : "",
		.retry_after_s = answered ? request->retry_after_s : -1,
		.body = answered && request->answer ? request->answer : "",
		.length = answered ? request->answer_length : 0,
		.sent_ns = request->sent_ns,
		.received_ns = scheduler_now(link->scheduler),
		.why = answered ? "" : request->why,
	};
	cancel(link, &request->give_up);
	cancel(link, &request->finish);
	request->endpoint = NULL;
	request->completed_ns = response.received_ns;
	virtual_link_enter(link);
	request->inside++;
	request->done(request->user, &response);
	request->inside--;
	release_when_over(request);
	virtual_link_leave(link);
}

static void finished(void *user)
{
	struct service_request *request = user;
	request->finish = 0;
	complete(request);
}

static void finish_at(struct service_request *request, int64_t at_ns, enum schedule_class class,
		      enum transport_outcome outcome, const char *why)
{
	request->outcome = outcome;
	request->why = why;
	request->finish = scheduler_at(request->link->scheduler, at_ns, class, finished, request);
}

/* ---- towards the service --------------------------------------------------------------------- */

static void hung_up(void *user)
{
	struct service_request *request = user;
	struct virtual_link *link = request->link;
	request->gone = 0;
	request->at_service = false;
	virtual_link_enter(link);
	request->inside++;
	link->service->request_gone(link->service->user, request);
	request->inside--;
	release_when_over(request);
	virtual_link_leave(link);
}

/* The client has closed the connection; the service hears it when that has travelled up. */
static void hang_up(struct service_request *request)
{
	if (!request->at_service || request->gone)
		return;
	int64_t at_ns = request->completed_ns +
			virtual_link_delay(request->link, request->link->options.up_ns);
	request->gone = scheduler_at(request->link->scheduler, at_ns, SCHEDULE_MARKET_EVENT,
				     hung_up, request);
}

static void given_up(void *user)
{
	struct service_request *request = user;
	request->give_up = 0;
	request->outcome = TRANSPORT_UNKNOWN;
	request->why = "no answer in time";
	request->inside++; /* done may free what it likes, hang_up still looks at it */
	struct virtual_link *link = request->link;
	virtual_link_enter(link);
	complete(request);
	if (!link->dying)
		hang_up(request);
	request->inside--;
	release_when_over(request);
	virtual_link_leave(link);
}

static void arrived(void *user)
{
	struct service_request *request = user;
	struct virtual_link *link = request->link;
	request->arrival = 0;
	request->at_service = true;
	virtual_link_enter(link);
	request->inside++;
	link->service->request(link->service->user, &virtual_service_host, request, &request->view);
	if (!request->endpoint && !link->dying)
		hang_up(request);
	request->inside--;
	release_when_over(request);
	virtual_link_leave(link);
}

static void leave_service(struct service_request *request)
{
	assert(request->at_service);
	request->at_service = false;
	cancel(request->link, &request->gone);
}

void virtual_request_answer(struct service_request *request, const struct service_answer *answer)
{
	struct virtual_link *link = request->link;
	leave_service(request);
	if (!link->dying && request->endpoint && !request->finish && !request->lose_answer) {
		const char *type = answer->content_type ? answer->content_type : "application/json";
		assert(strlen(type) <= CONTENT_TYPE_MAX);
		memcpy(request->answer_type, type, strlen(type) + 1);
		request->status = answer->status;
		request->retry_after_s = answer->retry_after_s > 0 ? answer->retry_after_s : -1;
		bool too_long = answer->length > HTTP_RESPONSE_MAX;
		if (!too_long) {
			request->answer = malloc(answer->length + 1);
			if (!request->answer)
				virtual_link_no_memory();
			if (answer->length)
				memcpy(request->answer, answer->body, answer->length);
			request->answer[answer->length] = '\0';
			request->answer_length = answer->length;
		}
		finish_at(request,
			  scheduler_now(link->scheduler) +
				  virtual_link_delay(link, link->options.down_ns),
			  SCHEDULE_MARKET_EVENT, too_long ? TRANSPORT_UNKNOWN : TRANSPORT_ANSWERED,
			  "the answer is too long");
	}
	release_when_over(request);
}

void virtual_request_drop(struct service_request *request, bool reset)
{
	struct virtual_link *link = request->link;
	leave_service(request);
	if (!link->dying && request->endpoint && !request->finish && !request->lose_answer)
		finish_at(request,
			  scheduler_now(link->scheduler) +
				  virtual_link_delay(link, link->options.down_ns),
			  SCHEDULE_MARKET_EVENT, TRANSPORT_UNKNOWN,
			  reset ? "connection reset by the venue"
				: "connection closed by the venue before the answer");
	release_when_over(request);
}

/* ---- starting -------------------------------------------------------------------------------- */

/* Why it cannot leave, or NULL. */
static const char *refused(const struct virtual_endpoint *endpoint,
			   const struct http_request *request, int64_t give_up_ns)
{
	const struct virtual_link *link = endpoint->link;
	if (endpoint->closing)
		return "the endpoint is being closed";
	if (!fits(request->target, HTTP_TARGET_MAX) ||
	    !fits(request->authorization, HTTP_AUTHORIZATION_MAX) ||
	    !fits(request->content_type, CONTENT_TYPE_MAX) || request->body_length > HTTP_BODY_MAX)
		return "the request is too long";
	if (link->request_count >= VIRTUAL_REQUESTS_MAX)
		return "too many requests in flight";
	if (link->down)
		return "connection refused";
	if (give_up_ns <= scheduler_now(link->scheduler))
		return "given up before it could be sent";
	return NULL;
}

void virtual_request_start(struct endpoint *base, const struct http_request *wanted,
			   int64_t give_up_ns, http_done done, void *user)
{
	struct virtual_endpoint *endpoint = (struct virtual_endpoint *)base;
	struct virtual_link *link = endpoint->link;
	int64_t now_ns = scheduler_now(link->scheduler);
	const char *refusal = refused(endpoint, wanted, give_up_ns);
	struct service_request *request =
		copied(refusal ? &(struct http_request){.target = ""} : wanted);
	request->link = link;
	request->endpoint = endpoint;
	request->done = done;
	request->user = user;
	request->sent_ns = now_ns;
	request->next = link->requests;
	if (request->next)
		request->next->previous = request;
	link->requests = request;
	link->request_count++;
	if (refusal) {
		finish_at(request, now_ns, SCHEDULE_COMPLETION, TRANSPORT_NEVER_SENT, refusal);
		return;
	}
	if (link->lose_requests > 0) {
		link->lose_requests--;
	} else {
		if (wanted->one_shot && link->lose_answers > 0) {
			link->lose_answers--;
			request->lose_answer = true;
		}
		request->arrival = scheduler_at(
			link->scheduler, now_ns + virtual_link_delay(link, link->options.up_ns),
			SCHEDULE_MARKET_EVENT, arrived, request);
	}
	if (give_up_ns < INT64_MAX)
		request->give_up = scheduler_at(link->scheduler, give_up_ns, SCHEDULE_COMPLETION,
						given_up, request);
}

/* ---- ends ------------------------------------------------------------------------------------ */

void virtual_requests_cut(struct virtual_link *link)
{
	int64_t now_ns = scheduler_now(link->scheduler);
	struct service_request *next;
	for (struct service_request *request = link->requests; request; request = next) {
		next = request->next;
		bool never_sent = request->finish && request->outcome == TRANSPORT_NEVER_SENT;
		cancel(link, &request->arrival);
		if (request->endpoint && !never_sent) {
			cancel(link, &request->finish);
			finish_at(request, now_ns, SCHEDULE_MARKET_EVENT, TRANSPORT_UNKNOWN,
				  "connection lost");
		}
		if (request->at_service) {
			cancel(link, &request->gone);
			request->gone = scheduler_at(link->scheduler, now_ns, SCHEDULE_MARKET_EVENT,
						     hung_up, request);
		}
		release_when_over(request);
	}
}

static struct service_request *first_of(const struct virtual_endpoint *endpoint)
{
	struct service_request *request = endpoint->link->requests;
	while (request && request->endpoint != endpoint)
		request = request->next;
	return request;
}

void virtual_requests_end(struct virtual_endpoint *endpoint)
{
	struct virtual_link *link = endpoint->link;
	struct service_request *request;
	unsigned ended = 0;
	/* A caller may start another request from inside; it ends here too. */
	while ((request = first_of(endpoint)) != NULL) {
		assert(ended++ < 16 * VIRTUAL_REQUESTS_MAX); /* a retry without end */
		if (!request->finish || request->outcome != TRANSPORT_NEVER_SENT) {
			request->outcome = TRANSPORT_UNKNOWN;
			request->why = "the endpoint was closed";
		}
		request->inside++;
		complete(request);
		if (!link->dying)
			hang_up(request);
		request->inside--;
		release_when_over(request);
	}
}

void virtual_requests_hush(struct virtual_link *link)
{
	for (struct service_request *request = link->requests; request; request = request->next) {
		cancel(link, &request->arrival);
		cancel(link, &request->give_up);
		cancel(link, &request->finish);
		cancel(link, &request->gone);
	}
	for (struct service_request *request = link->requests; request; request = request->next) {
		if (!request->at_service)
			continue;
		request->at_service = false;
		link->service->request_gone(link->service->user, request);
	}
}

void virtual_requests_free(struct virtual_link *link)
{
	while (link->requests) {
		struct service_request *request = link->requests;
		link->requests = request->next;
		free(request->answer);
		free(request);
	}
}
