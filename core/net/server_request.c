#include "core/net/server_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX	 1024
#define CONTENT_TYPE_MAX 127

struct service_request {
	struct server *server;
	struct server_connection *connection; /* NULL: the connection's end has come */
	struct lws *wsi;
	struct service_request *previous, *next;
	enum http_method method;
	char target[HTTP_TARGET_MAX + 1];
	char content_type[CONTENT_TYPE_MAX + 1];
	char authorization[HTTP_AUTHORIZATION_MAX + 1];
	char *body; /* owned; length + 1 bytes */
	size_t length, received;
	bool at_service;
	unsigned inside; /* the service has the view */
	/* The answer; head_length 0: none yet. */
	size_t head_length, answer_length, answer_sent;
	unsigned char *answer; /* owned; LWS_PRE, head, body */
};

static void release_when_over(struct service_request *request)
{
	struct server *server = request->server;
	if (request->connection || request->at_service || request->inside > 0)
		return;
	if (request->previous)
		request->previous->next = request->next;
	else
		server->requests = request->next;
	if (request->next)
		request->next->previous = request->previous;
	server->request_count--;
	free(request->body);
	free(request->answer);
	free(request);
}

/* ---- arriving -------------------------------------------------------------------------------- */

/* An answer of our own, without the service; the connection ends. */
static int refuse(struct lws *wsi, unsigned status)
{
	lws_return_http_status(wsi, status, NULL);
	return -1;
}

/* False: longer than fits. */
static bool header(struct lws *wsi, enum lws_token_indexes token, char *value, size_t size)
{
	int length = lws_hdr_total_length(wsi, token);
	value[0] = '\0';
	return length <= 0 ||
	       ((size_t)length < size && lws_hdr_copy(wsi, value, (int)size, token) >= 0);
}

/* False: no number, or more than a body may have. */
static bool body_length(struct lws *wsi, size_t *length)
{
	char text[24];
	*length = 0;
	if (!header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof(text)))
		return false;
	for (const char *at = text; *at; at++) {
		if (*at < '0' || *at > '9')
			return false;
		*length = *length * 10 + (size_t)(*at - '0');
		if (*length > SERVER_REQUEST_BODY_MAX)
			return false;
	}
	return true;
}

int server_request_begins(struct server_connection *connection)
{
	struct server *server = connection->server;
	struct lws *wsi = connection->wsi;
	if (connection->request)
		return -1;
	bool post = lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0;
	if (!post && lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0)
		return refuse(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED);
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
		return refuse(wsi, HTTP_STATUS_LENGTH_REQUIRED);
	if (server->request_count >= SERVER_REQUESTS_MAX)
		return refuse(wsi, HTTP_STATUS_SERVICE_UNAVAILABLE);
	size_t length;
	if (!body_length(wsi, &length))
		return refuse(wsi, HTTP_STATUS_REQ_ENTITY_TOO_LARGE);
	struct service_request *request = calloc(1, sizeof(*request));
	char *body = malloc(length + 1);
	if (!request || !body) {
		free(request);
		free(body);
		return refuse(wsi, HTTP_STATUS_SERVICE_UNAVAILABLE);
	}
	request->server = server;
	request->connection = connection;
	request->wsi = wsi;
	request->method = post ? HTTP_POST : HTTP_GET;
	request->body = body;
	request->length = post ? length : 0;
	request->next = server->requests;
	if (request->next)
		request->next->previous = request;
	server->requests = request;
	server->request_count++;
	connection->request = request;
	if (!server_target(wsi, request->target, sizeof(request->target)) ||
	    !header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, request->content_type,
		    sizeof(request->content_type)) ||
	    !header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, request->authorization,
		    sizeof(request->authorization)))
		return refuse(wsi, HTTP_STATUS_REQ_URI_TOO_LONG);
	return request->length == 0 ? server_request_arrived(connection) : 0;
}

int server_request_body(struct server_connection *connection, const char *bytes, size_t length)
{
	struct service_request *request = connection->request;
	if (!request || length > request->length - request->received)
		return -1;
	if (length)
		memcpy(request->body + request->received, bytes, length);
	request->received += length;
	return 0;
}

int server_request_arrived(struct server_connection *connection)
{
	struct service_request *request = connection->request;
	if (!request || request->received < request->length || request->server->stopped)
		return -1;
	if (request->at_service || request->head_length > 0)
		return 0; /* told at its head already: it has no body */
	lws_set_timeout(request->wsi, NO_PENDING_TIMEOUT, 0); /* the service takes its time */
	request->body[request->length] = '\0';
	const struct service_request_view view = {
		.method = request->method,
		.target = request->target,
		.content_type = request->content_type,
		.authorization = request->authorization,
		.body = request->body,
		.body_length = request->length,
	};
	const struct service *service = request->server->service;
	request->at_service = true;
	request->inside++;
	service->request(service->user, &server_host, request, &view);
	request->inside--;
	release_when_over(request);
	return 0;
}

/* ---- answering ------------------------------------------------------------------------------- */

static bool put_head(struct service_request *request, const struct service_answer *answer)
{
	unsigned char *at = request->answer + LWS_PRE, *end = at + HEAD_MAX;
	char retry_after[24];
	int digits = snprintf(retry_after, sizeof(retry_after), "%lld",
			      (long long)answer->retry_after_s);
	const char *type = answer->content_type ? answer->content_type : "application/json";
	if (lws_add_http_common_headers(request->wsi, (unsigned)answer->status, type,
					answer->length, &at, end) ||
	    (answer->retry_after_s > 0 &&
	     lws_add_http_header_by_token(request->wsi, WSI_TOKEN_HTTP_RETRY_AFTER,
					  (const unsigned char *)retry_after, digits, &at, end)) ||
	    lws_finalize_http_header(request->wsi, &at, end))
		return false;
	request->head_length = (size_t)(at - request->answer) - LWS_PRE;
	return true;
}

void server_request_answer(struct service_request *request, const struct service_answer *answer)
{
	assert(request->at_service);
	request->at_service = false;
	if (request->connection) {
		request->answer = malloc(LWS_PRE + HEAD_MAX + answer->length);
		if (request->answer && put_head(request, answer)) {
			if (answer->length)
				memcpy(request->answer + LWS_PRE + request->head_length,
				       answer->body, answer->length);
			request->answer_length = request->head_length + answer->length;
			lws_callback_on_writable(request->wsi);
		} else {
			server_cut(request->wsi, false);
		}
	}
	release_when_over(request);
}

void server_request_drop(struct service_request *request, bool reset)
{
	assert(request->at_service);
	request->at_service = false;
	if (request->connection)
		server_cut(request->wsi, reset);
	release_when_over(request);
}

static void forget(struct server_connection *connection)
{
	struct service_request *request = connection->request;
	connection->request = NULL;
	request->connection = NULL;
	release_when_over(request);
}

int server_request_writeable(struct server_connection *connection)
{
	struct lws *wsi = connection->wsi;
	struct service_request *request = connection->request;
	if (!request || request->answer_length == 0)
		return 0;
	/* Head and body in one go; what the kernel does not take, libwebsockets keeps. */
	int written = lws_write(wsi, request->answer + LWS_PRE, request->answer_length,
				LWS_WRITE_HTTP_FINAL);
	if (written < (int)request->answer_length)
		return -1;
	forget(connection);
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

void server_request_closed(struct server_connection *connection)
{
	if (!connection->request)
		return;
	struct service_request *request = connection->request;
	const struct service *service = request->server->service;
	bool tell = request->at_service;
	request->at_service = false;
	request->inside++;
	if (tell)
		service->request_gone(service->user, request);
	request->inside--;
	forget(connection);
}

void server_requests_hush(struct server *server)
{
	struct service_request *next;
	for (struct service_request *request = server->requests; request; request = next) {
		next = request->next;
		if (request->at_service) {
			request->at_service = false;
			server->service->request_gone(server->service->user, request);
		}
	}
}
