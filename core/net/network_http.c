#include "core/net/network_http.h"

#include "core/base/utc.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define ANSWER_FIRST	 (16 * 1024)
#define ANSWER_KEPT	 (256 * 1024) /* a larger buffer goes back after its answer */
#define KEEP_WARM_MAX_NS (10 * NS_PER_SECOND)
/* Data that a peer does not acknowledge: the connection is dead. */
#define UNACKNOWLEDGED_MAX_MS 10000

/* ---- what libcurl asks ----------------------------------------------------------------------- */

static int about_to_send(void *user, char *peer, char *local, int peer_port, int local_port)
{
	(void)peer, (void)local, (void)peer_port, (void)local_port;
	struct http_call *call = user;
	if (!call->handed_out)
		call->sent_ns = scheduler_now(call->http->endpoint->scheduler);
	call->handed_out = true;
	return CURL_PREREQFUNC_OK;
}

/*
 * The body of a one-shot request goes out once. libcurl repeats a request by itself when a reused
 * connection dies without a byte of answer; asked to rewind, or for more than there was, we end it
 * instead.
 */
static size_t give_body(char *buffer, size_t size, size_t count, void *user)
{
	struct http_call *call = user;
	size_t left = call->body_length - call->body_given;
	if (left == 0)
		return CURL_READFUNC_ABORT;
	size_t length = size * count < left ? size * count : left;
	memcpy(buffer, call->body + call->body_given, length);
	call->body_given += length;
	return length;
}

static int refuse_rewind(void *user, curl_off_t offset, int origin)
{
	(void)user, (void)offset, (void)origin;
	return CURL_SEEKFUNC_FAIL;
}

static bool make_room(struct http_call *call, size_t more)
{
	size_t capacity = call->capacity ? call->capacity : ANSWER_FIRST;
	while (capacity < call->length + more)
		capacity *= 2;
	if (capacity == call->capacity)
		return true;
	char *answer = realloc(call->answer, capacity);
	if (!answer)
		return false;
	call->answer = answer;
	call->capacity = capacity;
	return true;
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *user)
{
	struct http_call *call = user;
	size_t length = size * count;
	call->http->endpoint->statistics.bytes_received += length;
	if (length > HTTP_RESPONSE_MAX - call->length || !make_room(call, length)) {
		call->too_long = true;
		return 0;
	}
	memcpy(call->answer + call->length, bytes, length);
	call->length += length;
	return length;
}

/* Retry-After as a count of seconds; as a date it is left to the caller's own patience. */
static size_t take_header(char *line, size_t size, size_t count, void *user)
{
	static const char NAME[] = "retry-after:";
	struct http_call *call = user;
	size_t length = size * count, at = sizeof(NAME) - 1;
	if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		call->retry_after_s = -1;
		call->head_complete = false;
	}
	if (length > 0 && (line[0] == '\r' || line[0] == '\n'))
		call->head_complete = true;
	if (length < at || strncasecmp(line, NAME, at) != 0)
		return length;
	while (at < length && (line[at] == ' ' || line[at] == '\t'))
		at++;
	int64_t seconds = 0;
	size_t digits = 0;
	for (; at < length && line[at] >= '0' && line[at] <= '9' && digits < 9; at++, digits++)
		seconds = seconds * 10 + (line[at] - '0');
	if (digits > 0 && (at == length || line[at] == '\r' || line[at] == '\n'))
		call->retry_after_s = seconds;
	return length;
}

static CURLcode trust_ours(CURL *easy, void *context, void *user)
{
	(void)easy;
	struct network_endpoint *endpoint = user;
	SSL_CTX_set1_cert_store(context, SSL_CTX_get_cert_store(endpoint->tls));
	return CURLE_OK;
}

static int tune_socket(void *user, curl_socket_t socket, curlsocktype purpose)
{
	(void)user, (void)purpose;
	unsigned patience = UNACKNOWLEDGED_MAX_MS;
	setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof(patience));
	return CURL_SOCKOPT_OK;
}

/* ---- one transfer ---------------------------------------------------------------------------- */

/* What holds for every request of the endpoint. */
static CURL *make_easy(struct http_call *call)
{
	struct network_endpoint *endpoint = call->http->endpoint;
	CURL *easy = curl_easy_init();
	if (!easy)
		return NULL;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->curl_error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "fundarb");
	curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 15L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 5L);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, tune_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, http_lane_socket_closes);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)NETWORK_CONNECT_MAX_MS);
	curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, trust_ours);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, endpoint);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, about_to_send);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	if (endpoint->has_proxy) {
		char proxy[NETWORK_HOST_MAX + 32];
		snprintf(proxy, sizeof(proxy), "http://%s:%d", endpoint->proxy.host,
			 endpoint->proxy.port);
		curl_easy_setopt(easy, CURLOPT_PROXY, proxy);
		curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
		curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	}
	return easy;
}

static void set_method(struct http_call *call)
{
	CURL *easy = call->easy;
	if (call->method == HTTP_GET) {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_length);
	/* A body by pointer can be sent again, which is right for a read. */
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->one_shot ? NULL : call->body);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
	curl_easy_setopt(easy, CURLOPT_READDATA, call);
	curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, refuse_rewind);
	curl_easy_setopt(easy, CURLOPT_SEEKDATA, call);
}

/* The addresses that were learned last, in libcurl's words. */
static bool renew_resolve(struct network_http *http, const struct network_addresses *addresses)
{
	const struct network_endpoint *endpoint = http->endpoint;
	if (http->resolve && http->resolve_at_ns == addresses->at_ns)
		return true;
	char line[NETWORK_HOST_MAX + 16 + NETWORK_ADDRESSES_MAX * (NETWORK_ADDRESS_TEXT + 3)];
	const struct network_url *peer = endpoint->has_proxy ? &endpoint->proxy : &endpoint->rest;
	int length = snprintf(line, sizeof(line), "%s:%d:", peer->host, peer->port);
	for (unsigned i = 0; i < addresses->count; i++) {
		const char *address = addresses->text[i];
		bool six = strchr(address, ':') != NULL;
		length += snprintf(line + length, sizeof(line) - (size_t)length, "%s%s%s%s",
				   i > 0 ? "," : "", six ? "[" : "", address, six ? "]" : "");
	}
	struct curl_slist *resolve = curl_slist_append(NULL, line);
	if (!resolve)
		return false;
	curl_slist_free_all(http->resolve);
	http->resolve = resolve;
	http->resolve_at_ns = addresses->at_ns;
	return true;
}

static void abandon(struct http_call *call, const char *why);

static void start_transfer(struct http_call *call)
{
	struct network_http *http = call->http;
	const struct network_url *rest = &http->endpoint->rest;
	char url[HTTP_TARGET_MAX + NETWORK_HOST_MAX + 32];
	bool fresh;
	const struct network_addresses *addresses =
		network_addresses(network_names(http->endpoint->network),
				  network_peer_host(http->endpoint, rest), &fresh);
	if (!call->easy)
		call->easy = make_easy(call);
	if (!call->easy || !addresses || addresses->count == 0 || !renew_resolve(http, addresses)) {
		abandon(call, "out of memory");
		return;
	}
	snprintf(url, sizeof(url), "%s://%s:%d%s", rest->tls ? "https" : "http", rest->host,
		 rest->port, call->target);
	set_method(call);
	call->curl_error[0] = '\0';
	curl_easy_setopt(call->easy, CURLOPT_URL, url);
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
	curl_easy_setopt(call->easy, CURLOPT_RESOLVE, http->resolve);
	bool fresh_connect = call->lane && !http_lane_begins(call->lane);
	curl_easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, fresh_connect ? 1L : 0L);
	curl_easy_setopt(call->easy, CURLOPT_CLOSESOCKETDATA, call->lane);
	call->state = CALL_RUNS;
	call->curl = call->lane ? call->lane->curl : http->pool;
	if (!curl_loop_start(call->curl, call->easy))
		abandon(call, "out of memory");
}

static void end_call(struct http_call *call, enum transport_outcome outcome, const char *why);

static void note_connection(struct http_call *call)
{
	struct network_peer *peer = &call->http->endpoint->peer;
	curl_off_t connected_us = 0, handshake_us = 0;
	char *address = NULL;
	curl_easy_getinfo(call->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
	curl_easy_getinfo(call->easy, CURLINFO_APPCONNECT_TIME_T, &handshake_us);
	curl_easy_getinfo(call->easy, CURLINFO_PRIMARY_IP, &address);
	peer->connected = true;
	peer->connect_ns = connected_us * NS_PER_US;
	peer->shook_hands = handshake_us > 0;
	peer->handshake_ns =
		handshake_us > connected_us ? (handshake_us - connected_us) * NS_PER_US : 0;
	snprintf(peer->address, sizeof(peer->address), "%s", address ? address : "");
}

static void count_handshakes(struct http_call *call)
{
	long made = 0;
	curl_easy_getinfo(call->easy, CURLINFO_NUM_CONNECTS, &made);
	struct network_statistics *statistics = &call->http->endpoint->statistics;
	statistics->handshakes += (uint64_t)made;
	if (call->one_shot)
		statistics->order_path_handshakes += (uint64_t)made;
	if (made > 0)
		note_connection(call);
}

static const char *sentence_of(const struct http_call *call, CURLcode code)
{
	if (code == CURLE_OK)
		return "the answer was cut in its head";
	if (call->too_long)
		return "the answer is longer than 8 MiB";
	if (code == CURLE_SEND_FAIL_REWIND || code == CURLE_ABORTED_BY_CALLBACK)
		return "the connection broke before an answer came";
	if (call->curl_error[0] != '\0')
		return call->curl_error;
	return curl_easy_strerror(code);
}

void http_call_finished(void *user, CURLcode code, curl_socket_t open)
{
	struct http_call *call = user;
	struct http_lane *lane = call->lane;
	count_handshakes(call);
	long status = 0;
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	/* libcurl takes a connection that ends within the head for the end of an answer. */
	if (code == CURLE_OK && call->head_complete && status >= 200) {
		const char *type = NULL;
		curl_easy_getinfo(call->easy, CURLINFO_CONTENT_TYPE, &type);
		call->status = (int)status;
		snprintf(call->content_type, sizeof(call->content_type), "%s", type ? type : "");
		end_call(call, TRANSPORT_ANSWERED, "");
	} else {
		end_call(call, call->handed_out ? TRANSPORT_UNKNOWN : TRANSPORT_NEVER_SENT,
			 sentence_of(call, code));
	}
	if (lane)
		http_lane_ended(lane, open);
}

/* ---- the life of a call ---------------------------------------------------------------------- */

static void recycle(struct http_call *call)
{
	if (!call->keeps_warm)
		call->http->under_way--;
	curl_slist_free_all(call->headers);
	call->headers = NULL;
	free(call->body);
	call->body = NULL;
	if (call->capacity > ANSWER_KEPT) {
		free(call->answer);
		call->answer = NULL;
		call->capacity = 0;
	}
	call->state = CALL_FREE;
}

static void deliver(void *user)
{
	struct http_call *call = user;
	struct network_endpoint *endpoint = call->http->endpoint;
	struct http_response response = {
		.outcome = call->outcome,
		.status = call->status,
		.content_type = call->content_type,
		.retry_after_s = call->retry_after_s,
		.body = call->answer ? call->answer : "",
		.length = call->length,
		.sent_ns = call->sent_ns,
		.received_ns = call->received_ns,
		.why = call->why,
	};
	call->delivery = 0;
	call->state = CALL_TOLD;
	network_endpoint_enter(endpoint);
	call->done(call->user, &response);
	recycle(call);
	network_endpoint_leave(endpoint);
}

/* The user hears of it from the scheduler, never from inside. */
static void end_call(struct http_call *call, enum transport_outcome outcome, const char *why)
{
	struct scheduler *scheduler = call->http->endpoint->scheduler;
	assert(call->state != CALL_ENDED && call->state != CALL_FREE);
	scheduler_cancel(scheduler, call->deadline);
	call->deadline = 0;
	network_look_up_cancel(call->lookup);
	call->lookup = NULL;
	call->state = CALL_ENDED;
	call->outcome = outcome;
	call->received_ns = scheduler_now(scheduler);
	call->lane = NULL;
	if (outcome != TRANSPORT_ANSWERED) {
		call->length = 0;
		call->status = 0;
		call->content_type[0] = '\0';
		call->retry_after_s = -1;
	}
	snprintf(call->why, sizeof(call->why), "%s%s%s", *why ? call->http->endpoint->name : "",
		 *why ? ": " : "", why);
	if (call->keeps_warm)
		recycle(call);
	else
		call->delivery = scheduler_at(scheduler, scheduler_now(scheduler),
					      SCHEDULE_COMPLETION, deliver, call);
}

/* Ends it wherever it is. What is proven stays proven. */
static void abandon(struct http_call *call, const char *why)
{
	struct http_lane *lane = call->lane;
	bool ran = call->state == CALL_RUNS;
	if (ran) {
		count_handshakes(call);
		curl_loop_abandon(call->curl, call->easy);
	}
	end_call(call, call->handed_out ? TRANSPORT_UNKNOWN : TRANSPORT_NEVER_SENT, why);
	if (lane && ran)
		http_lane_ended(lane, CURL_SOCKET_BAD);
	else if (lane)
		http_lane_release(lane);
}

static void time_is_over(void *user)
{
	struct http_call *call = user;
	call->deadline = 0;
	abandon(call, call->handed_out ? "no answer within the time given"
				       : "not connected within the time given");
}

static void resolved(void *user, const char *why)
{
	struct http_call *call = user;
	struct network_endpoint *endpoint = call->http->endpoint;
	bool fresh;
	call->lookup = NULL;
	endpoint->peer.resolved = why == NULL;
	endpoint->peer.resolve_ns = scheduler_now(endpoint->scheduler) - call->sent_ns;
	const struct network_addresses *addresses =
		network_addresses(network_names(endpoint->network),
				  network_peer_host(endpoint, &endpoint->rest), &fresh);
	/* Addresses that were right an hour ago are better than none. */
	if (why && addresses->count == 0)
		abandon(call, why);
	else
		start_transfer(call);
}

static void renewed(void *user, const char *why)
{
	(void)user, (void)why;
}

void http_call_begin(struct http_call *call)
{
	struct network_endpoint *endpoint = call->http->endpoint;
	struct network_resolver *names = network_names(endpoint->network);
	const char *host = network_peer_host(endpoint, &endpoint->rest);
	bool fresh;
	const struct network_addresses *addresses = network_addresses(names, host, &fresh);
	call->state = CALL_WAITS_FOR_NAME;
	call->handed_out = false;
	call->length = 0;
	call->body_given = 0;
	call->head_complete = call->too_long = false;
	call->retry_after_s = -1;
	call->sent_ns = scheduler_now(endpoint->scheduler);
	if (call->keeps_warm)
		call->deadline = scheduler_after(endpoint->scheduler, KEEP_WARM_MAX_NS,
						 SCHEDULE_TIMER, time_is_over, call);
	if (addresses && !fresh && addresses->count > 0 && call->one_shot) {
		/* An order does not wait for a name; the next one has the new addresses. */
		network_look_up(names, host, renewed, NULL);
		fresh = true;
	}
	if (addresses && fresh) {
		start_transfer(call);
		return;
	}
	call->lookup = network_look_up(names, host, resolved, call);
	if (!call->lookup)
		abandon(call, "the name cannot be looked up: too many wait, or no memory");
}

struct http_call *http_call_take(struct network_http *http)
{
	struct http_call *call = http->calls;
	while (call && (call->state != CALL_FREE || call->keeps_warm))
		call = call->next;
	if (call)
		return call;
	call = calloc(1, sizeof(*call));
	if (!call)
		return NULL;
	call->http = http;
	call->next = http->calls;
	http->calls = call;
	return call;
}

/* ---- the user's side ------------------------------------------------------------------------- */

static bool is_plain(const char *text, char lowest)
{
	for (; *text; text++)
		if (*text < lowest || *text > '~')
			return false;
	return true;
}

/* NULL: it can be sent. */
static const char *objection(const struct network_endpoint *endpoint,
			     const struct http_request *request)
{
	const char *authorization = request->authorization, *type = request->content_type;
	if (endpoint->dead)
		return "the endpoint is closed";
	if (!endpoint->has_rest)
		return "it has no REST address";
	if (request->target[0] != '/' || strlen(request->target) > HTTP_TARGET_MAX ||
	    !is_plain(request->target, '!'))
		return "the target is no path, too long or has characters that must be escaped";
	if (authorization &&
	    (strlen(authorization) > HTTP_AUTHORIZATION_MAX || !is_plain(authorization, ' ')))
		return "the authorization is too long or no header";
	if (type && (strlen(type) > HTTP_AUTHORIZATION_MAX || !is_plain(type, ' ')))
		return "the content type is too long or no header";
	if (request->body_length > HTTP_BODY_MAX)
		return "the body is too long";
	/* Only a body can be kept from going out twice. */
	if (request->one_shot && (request->method != HTTP_POST || request->body_length == 0))
		return "a one-shot request must be a POST with a body";
	return NULL;
}

static bool add_header(struct http_call *call, const char *name, const char *value)
{
	char line[HTTP_AUTHORIZATION_MAX + 64];
	snprintf(line, sizeof(line), "%s:%s%s", name, *value ? " " : "", value);
	struct curl_slist *headers = curl_slist_append(call->headers, line);
	if (headers)
		call->headers = headers;
	OPENSSL_cleanse(line, sizeof(line));
	return headers != NULL;
}

static bool copy_request(struct http_call *call, const struct http_request *request)
{
	size_t target = strlen(request->target);
	memcpy(call->target, request->target, target + 1);
	call->method = request->method;
	call->one_shot = request->one_shot;
	if (request->authorization && !add_header(call, "Authorization", request->authorization))
		return false;
	if (request->method == HTTP_GET)
		return true;
	/* An empty value removes the header: no waiting for "100 Continue", no default type. */
	if (!add_header(call, "Expect", "") ||
	    !add_header(call, "Content-Type", request->content_type ? request->content_type : ""))
		return false;
	call->body_length = request->body_length;
	call->body = malloc(request->body_length + 1);
	if (!call->body)
		return false;
	if (request->body_length > 0)
		memcpy(call->body, request->body, request->body_length);
	return true;
}

void network_http_request(struct endpoint *base, const struct http_request *request,
			  int64_t give_up_ns, http_done done, void *user)
{
	struct network_endpoint *endpoint = (struct network_endpoint *)base;
	struct network_http *http = endpoint->http;
	struct http_call *call = http_call_take(http);
	if (!call)
		abort(); /* a completion is promised and there is nothing to promise it with */
	call->state = CALL_WAITS_FOR_NAME;
	call->done = done;
	call->user = user;
	call->lane = NULL;
	call->one_shot = false;
	call->handed_out = false;
	call->sent_ns = scheduler_now(endpoint->scheduler);
	bool too_many = http->under_way++ >= NETWORK_CALLS_MAX;
	endpoint->statistics.requests++;
	const char *why = objection(endpoint, request);
	if (!why && too_many)
		why = "too many requests are under way";
	if (!why && give_up_ns <= scheduler_now(endpoint->scheduler))
		why = "its time was over before it began";
	if (!why && !copy_request(call, request))
		why = "out of memory";
	if (!why && request->one_shot) {
		call->lane = http_lane_take(http, call);
		if (!call->lane)
			why = "too many orders are under way";
	}
	if (why) {
		end_call(call, TRANSPORT_NEVER_SENT, why);
		return;
	}
	call->deadline =
		scheduler_at(endpoint->scheduler, give_up_ns, SCHEDULE_TIMER, time_is_over, call);
	http_call_begin(call);
}

struct network_http *network_http_create(struct network_endpoint *endpoint,
					 const struct endpoint_options *options)
{
	struct network_http *http = calloc(1, sizeof(*http));
	if (!http)
		return NULL;
	http->endpoint = endpoint;
	http->pool = curl_loop_create(network_loop(endpoint->network), NETWORK_POOL_IDLE_MAX,
				      http_call_finished);
	if (!http->pool) {
		network_http_free(http);
		return NULL;
	}
	if (options->warm_connections == 0)
		return http;
	snprintf(http->keep_warm_target, sizeof(http->keep_warm_target), "%s",
		 options->keep_warm_target);
	/* One more than promised: it is the one that is being refreshed. */
	if (!http_lanes_keep_warm(http, options->warm_connections + 1)) {
		network_http_free(http);
		return NULL;
	}
	return http;
}

void network_http_close(struct network_http *http)
{
	for (struct http_call *call = http->calls; call;) {
		if (call->state == CALL_FREE || call->state == CALL_TOLD) {
			call = call->next;
			continue;
		}
		if (call->state != CALL_ENDED)
			abandon(call, "the endpoint was closed");
		if (call->keeps_warm)
			continue;
		scheduler_cancel(http->endpoint->scheduler, call->delivery);
		deliver(call);
		call = http->calls; /* the user may have begun another */
	}
}

void network_http_free(struct network_http *http)
{
	if (!http)
		return;
	http_lanes_free(http);
	while (http->calls) {
		struct http_call *call = http->calls;
		http->calls = call->next;
		curl_easy_cleanup(call->easy);
		curl_slist_free_all(call->headers);
		free(call->body);
		free(call->answer);
		free(call);
	}
	curl_loop_free(http->pool);
	curl_slist_free_all(http->resolve);
	free(http);
}
