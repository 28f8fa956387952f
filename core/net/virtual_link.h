/*
 * Inside of core/net/virtual_network: what its files share. Nobody else includes it.
 *
 * Everything that arrives, at either end, is an entry of class SCHEDULE_MARKET_EVENT, so that it
 * comes before the timers of the same instant, as what the kernel holds ready comes before the
 * timers of a live wake-up. A give-up is a SCHEDULE_COMPLETION: an answer of that instant wins.
 */
#ifndef FUNDARB_CORE_NET_VIRTUAL_LINK_H
#define FUNDARB_CORE_NET_VIRTUAL_LINK_H

#include "core/net/virtual_network.h"

#define VIRTUAL_REQUESTS_MAX 1024
#define VIRTUAL_SOCKETS_MAX  256
/* On the way to a client and not yet there; more makes it too slow for the service. */
#define VIRTUAL_DOWN_BYTES_MAX (8 * 1024 * 1024)

struct virtual_link {
	struct scheduler *scheduler;
	struct virtual_link_options options;
	const struct service *service;
	struct random random;
	unsigned endpoints;
	struct service_request *requests; /* all that either side still knows */
	struct service_socket *sockets;
	unsigned request_count, socket_count;
	unsigned lose_answers, lose_requests;
	bool down, frozen;
	unsigned inside; /* callbacks running now */
	bool dying;	 /* freed from inside one of them */
};

struct virtual_endpoint {
	struct endpoint base;
	struct virtual_link *link;
	bool closing;
};

extern const struct endpoint_functions virtual_endpoint_functions;
extern const struct service_host virtual_service_host;

int64_t virtual_link_delay(struct virtual_link *link, int64_t base_ns);
/* Around every callback; leave frees a link that was given up inside. */
void virtual_link_enter(struct virtual_link *link);
void virtual_link_leave(struct virtual_link *link);
__attribute__((noreturn)) void virtual_link_no_memory(void);

/* ---- virtual_request.c ---- */
void virtual_request_start(struct endpoint *endpoint, const struct http_request *request,
			   int64_t give_up_ns, http_done done, void *user);
void virtual_request_answer(struct service_request *request, const struct service_answer *answer);
void virtual_request_drop(struct service_request *request, bool reset);
void virtual_requests_cut(struct virtual_link *link);
void virtual_requests_end(struct virtual_endpoint *endpoint);
/* Silence towards clients, request_gone to the service; virtual_requests_free takes the memory. */
void virtual_requests_hush(struct virtual_link *link);
void virtual_requests_free(struct virtual_link *link);

/* ---- virtual_socket.c ---- */
struct web_socket *virtual_socket_connect(struct endpoint *endpoint,
					  const struct web_socket_events *events, void *user);
bool virtual_socket_send(struct web_socket *socket, const char *text, size_t length);
void virtual_socket_close(struct web_socket *socket);
bool virtual_socket_service_send(struct service_socket *socket, const char *text, size_t length);
void virtual_socket_service_close(struct service_socket *socket, int code);
void virtual_sockets_cut(struct virtual_link *link);
void virtual_sockets_thaw(struct virtual_link *link);
void virtual_sockets_end(struct virtual_endpoint *endpoint);
void virtual_sockets_hush(struct virtual_link *link);
void virtual_sockets_free(struct virtual_link *link);

#endif
