/*
 * A service for tests of the wire: it answers, waits, drops or closes as the request's target or
 * the message says, and keeps a record of what it heard.
 *
 * Requests: /echo answers body, method and types; /later answers when scripted_service_answer_all
 * is called; /drop and /reset drop; /status/N answers N with an empty body; /retry is a 429 with
 * Retry-After 7; /big/N answers N bytes; anything else is a 404.
 * Messages: "close N" closes with N; "cut" cuts; "flood N" sends N messages of 1,000 bytes or as
 * many as are taken; anything else is sent back.
 */
#ifndef FUNDARB_TESTS_SUPPORT_SCRIPTED_SERVICE_H
#define FUNDARB_TESTS_SUPPORT_SCRIPTED_SERVICE_H

#include "core/net/service.h"

#define SCRIPTED_WAITING_MAX 64
#define SCRIPTED_SOCKETS_MAX 300

struct scripted_service {
	struct service face;
	const struct service_host *host;
	struct service_request *waiting[SCRIPTED_WAITING_MAX];
	unsigned waiting_count;
	struct service_socket *sockets[SCRIPTED_SOCKETS_MAX];
	unsigned socket_count;
	unsigned requests, gone, opened, closed, messages;
	unsigned refused_sends;
	size_t longest_body;
	char last_target[256];
	char last_authorization[256];
	bool echoes; /* false: messages are only counted */
	/* Called at the end of each event if set. */
	void (*inside)(void *user);
	void *inside_user;
};

void scripted_service_init(struct scripted_service *service);
void scripted_service_answer_all(struct scripted_service *service);

#endif
