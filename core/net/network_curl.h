/*
 * One libcurl multi handle, that is one set of connections, on the network's loop. Private to
 * core/net.
 */
#ifndef FUNDARB_CORE_NET_NETWORK_CURL_H
#define FUNDARB_CORE_NET_NETWORK_CURL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <uv.h>

struct curl_loop;

/* A transfer has ended and left the handle; user is its CURLOPT_PRIVATE. Also from inside
 * curl_loop_start. open: the socket of its connection if that stays open, else CURL_SOCKET_BAD. */
typedef void (*curl_finished)(void *user, CURLcode code, curl_socket_t open);

/* connections_max: idle connections beyond it are closed. NULL: no memory. */
struct curl_loop *curl_loop_create(uv_loop_t *loop, long connections_max, curl_finished finished);
/* Closes the connections; no transfer may be under way. NULL is fine. */
void curl_loop_free(struct curl_loop *curl);

/* Begins a transfer at once: over an open connection its first bytes are with the kernel when this
 * returns. False: no memory. */
bool curl_loop_start(struct curl_loop *curl, CURL *easy);
/* Ends it without `finished`; its connection is closed. */
void curl_loop_abandon(struct curl_loop *curl, CURL *easy);

#endif
