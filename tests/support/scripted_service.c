#include "tests/support/scripted_service.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void inside(struct scripted_service *service)
{
	if (service->inside)
		service->inside(service->inside_user);
}

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void answer(const struct service_host *host, struct service_request *request, int status,
		   const char *body, size_t length)
{
	host->answer(request,
		     &(struct service_answer){.status = status, .body = body, .length = length});
}

static void answer_echo(const struct service_host *host, struct service_request *request,
			const struct service_request_view *view)
{
	char head[512];
	int size =
		snprintf(head, sizeof(head),
			 "%s %s [%s] [%s] %zu:", view->method == HTTP_POST ? "POST" : "GET",
			 view->target, view->content_type, view->authorization, view->body_length);
	assert(size > 0 && (size_t)size < sizeof(head));
	size_t length = (size_t)size + view->body_length;
	char *body = malloc(length + 1);
	assert(body);
	memcpy(body, head, (size_t)size);
	if (view->body_length)
		memcpy(body + size, view->body, view->body_length);
	host->answer(request, &(struct service_answer){.status = 200,
						       .content_type = "text/plain",
						       .body = body,
						       .length = length});
	free(body);
}

static void answer_big(const struct service_host *host, struct service_request *request,
		       size_t length)
{
	char *body = malloc(length + 1);
	assert(body);
	memset(body, 'b', length);
	answer(host, request, 200, body, length);
	free(body);
}

static void on_request(void *user, const struct service_host *host, struct service_request *request,
		       const struct service_request_view *view)
{
	struct scripted_service *service = user;
	const char *target = view->target;
	service->host = host;
	service->requests++;
	if (view->body_length > service->longest_body)
		service->longest_body = view->body_length;
	snprintf(service->last_target, sizeof(service->last_target), "%s", target);
	snprintf(service->last_authorization, sizeof(service->last_authorization), "%s",
		 view->authorization);
	if (starts(target, "/echo")) {
		answer_echo(host, request, view);
	} else if (starts(target, "/later")) {
		assert(service->waiting_count < SCRIPTED_WAITING_MAX);
		service->waiting[service->waiting_count++] = request;
	} else if (starts(target, "/drop")) {
		host->drop(request, false);
	} else if (starts(target, "/reset")) {
		host->drop(request, true);
	} else if (starts(target, "/status/")) {
		answer(host, request, (int)strtol(target + 8, NULL, 10), "", 0);
	} else if (starts(target, "/retry")) {
		host->answer(request,
			     &(struct service_answer){
				     .status = 429, .body = "{}", .length = 2, .retry_after_s = 7});
	} else if (starts(target, "/big/")) {
		answer_big(host, request, strtoul(target + 5, NULL, 10));
	} else {
		answer(host, request, 404, "{}", 2);
	}
	inside(service);
}

static void on_gone(void *user, struct service_request *request)
{
	struct scripted_service *service = user;
	service->gone++;
	for (unsigned i = 0; i < service->waiting_count; i++)
		if (service->waiting[i] == request) {
			service->waiting[i] = service->waiting[--service->waiting_count];
			inside(service);
			return;
		}
	fputs("scripted_service: gone, but not waiting\n", stderr);
	abort();
}

void scripted_service_answer_all(struct scripted_service *service)
{
	while (service->waiting_count > 0) {
		struct service_request *request = service->waiting[--service->waiting_count];
		answer(service->host, request, 200, "{\"late\":1}", 10);
	}
}

static void on_opened(void *user, const struct service_host *host, struct service_socket *socket,
		      const char *target)
{
	struct scripted_service *service = user;
	service->host = host;
	service->opened++;
	snprintf(service->last_target, sizeof(service->last_target), "%s", target);
	assert(service->socket_count < SCRIPTED_SOCKETS_MAX);
	service->sockets[service->socket_count++] = socket;
	if (strstr(target, "greet") && !host->send(socket, "hello", 5))
		service->refused_sends++;
	inside(service);
}

static void forget(struct scripted_service *service, const struct service_socket *socket)
{
	for (unsigned i = 0; i < service->socket_count; i++)
		if (service->sockets[i] == socket) {
			service->sockets[i] = service->sockets[--service->socket_count];
			return;
		}
	fputs("scripted_service: closed, but not open\n", stderr);
	abort();
}

static void flood(struct scripted_service *service, struct service_socket *socket, unsigned count)
{
	char text[1000];
	memset(text, 'f', sizeof(text));
	for (unsigned i = 0; i < count; i++)
		if (!service->host->send(socket, text, sizeof(text))) {
			service->refused_sends++;
			return;
		}
}

static void on_message(void *user, struct service_socket *socket, const char *text, size_t length)
{
	struct scripted_service *service = user;
	char start[32];
	snprintf(start, sizeof(start), "%.*s", (int)(length < 31 ? length : 31), text);
	service->messages++;
	if (starts(start, "close ")) {
		forget(service, socket);
		service->host->close(socket, (int)strtol(start + 6, NULL, 10));
	} else if (strcmp(start, "cut") == 0) {
		forget(service, socket);
		service->host->close(socket, 0);
	} else if (starts(start, "flood ")) {
		flood(service, socket, (unsigned)strtoul(start + 6, NULL, 10));
	} else if (service->echoes && !service->host->send(socket, text, length)) {
		service->refused_sends++;
	}
	inside(service);
}

static void on_closed(void *user, struct service_socket *socket)
{
	struct scripted_service *service = user;
	service->closed++;
	forget(service, socket);
	inside(service);
}

void scripted_service_init(struct scripted_service *service)
{
	*service = (struct scripted_service){
		.face = {.user = service,
			 .request = on_request,
			 .request_gone = on_gone,
			 .socket_opened = on_opened,
			 .socket_message = on_message,
			 .socket_closed = on_closed},
		.echoes = true,
	};
}
