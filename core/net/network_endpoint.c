#include "core/net/network_endpoint.h"

#include "core/net/network_tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARM_CONNECTIONS_MAX 4

static void let_context_go(void *context)
{
	SSL_CTX_free(context);
}

static void destroy(struct network_endpoint *endpoint)
{
	network_http_free(endpoint->http);
	if (endpoint->tls)
		network_tls_note_certificate(endpoint->tls, NULL);
	/* Connections of the vhost use the context until it is gone. */
	if (endpoint->vhost)
		network_retire_vhost(endpoint->network, endpoint->vhost, let_context_go,
				     endpoint->tls);
	else
		SSL_CTX_free(endpoint->tls);
	free(endpoint);
}

void network_endpoint_enter(struct network_endpoint *endpoint)
{
	endpoint->inside++;
}

void network_endpoint_leave(struct network_endpoint *endpoint)
{
	if (--endpoint->inside == 0 && endpoint->dead)
		destroy(endpoint);
}

static void end(struct endpoint *base)
{
	struct network_endpoint *endpoint = (struct network_endpoint *)base;
	if (endpoint->dead)
		return;
	endpoint->dead = true;
	network_endpoint_enter(endpoint);
	network_sockets_close(endpoint);
	network_http_close(endpoint->http);
	network_endpoint_leave(endpoint);
}

const char *network_peer_host(const struct network_endpoint *endpoint,
			      const struct network_url *url)
{
	return endpoint->has_proxy ? endpoint->proxy.host : url->host;
}

static const struct endpoint_functions FUNCTIONS = {
	.request = network_http_request,
	.connect = network_socket_connect,
	.send = network_socket_send,
	.close = network_socket_close,
	.free = end,
};

static bool given(const char *text)
{
	return text && text[0] != '\0';
}

static bool take_address(const char *name, const char *what, const char *text,
			 enum network_url_kind kind, struct network_url *url, bool *has,
			 struct error *err)
{
	char subject[NETWORK_NAME_MAX + 32];
	*has = given(text);
	if (!*has)
		return true;
	snprintf(subject, sizeof(subject), "%s: %s", name, what);
	return network_url_parse(subject, text, kind, url, err);
}

static bool take_options(struct network_endpoint *endpoint, const struct endpoint_options *options,
			 struct error *err)
{
	const char *name = endpoint->name;
	if (!take_address(name, "its REST address", options->rest_url, NETWORK_URL_REST,
			  &endpoint->rest, &endpoint->has_rest, err) ||
	    !take_address(name, "its stream address", options->socket_url, NETWORK_URL_SOCKET,
			  &endpoint->socket, &endpoint->has_socket, err) ||
	    !take_address(name, "its proxy", options->proxy, NETWORK_URL_PROXY, &endpoint->proxy,
			  &endpoint->has_proxy, err))
		return false;
	if (!endpoint->has_rest && !endpoint->has_socket)
		return error_set(err, ERROR_CONFIGURATION, "%s has no address", name);
	if (options->warm_connections > WARM_CONNECTIONS_MAX ||
	    (options->warm_connections > 0 &&
	     (!endpoint->has_rest || !given(options->keep_warm_target) ||
	      options->keep_warm_target[0] != '/')))
		return error_set(err, ERROR_CONFIGURATION,
				 "%s: 0 to %d connections can be kept open, by a request of a path "
				 "of its REST address",
				 name, WARM_CONNECTIONS_MAX);
	return true;
}

/* Reading the system's authorities takes some 50 ms: not for loopback without TLS. */
static bool take_trust(struct network_endpoint *endpoint, const struct endpoint_options *options,
		       struct error *err)
{
	if (!endpoint->rest.tls && !endpoint->socket.tls && !given(options->ca_file))
		return true;
	endpoint->tls = network_tls_context(given(options->ca_file) ? options->ca_file : "", err);
	if (!endpoint->tls) {
		error_prefix(err, "%s", endpoint->name);
		return false;
	}
	network_tls_note_certificate(endpoint->tls, &endpoint->peer);
	return true;
}

struct endpoint *network_endpoint(struct network *network, const struct endpoint_options *options,
				  struct error *err)
{
	struct network_endpoint *endpoint = calloc(1, sizeof(*endpoint));
	if (!endpoint) {
		error_set(err, ERROR_IO, "out of memory");
		return NULL;
	}
	endpoint->base.functions = &FUNCTIONS;
	endpoint->network = network;
	endpoint->scheduler = network_scheduler(network);
	snprintf(endpoint->name, sizeof(endpoint->name), "%s", options->name);
	if (!take_options(endpoint, options, err))
		goto refuse;
	if (!take_trust(endpoint, options, err))
		goto refuse;
	if (endpoint->has_socket && !network_sockets_prepare(endpoint, err))
		goto refuse;
	endpoint->http = network_http_create(endpoint, options);
	if (!endpoint->http) {
		error_set(err, ERROR_IO, "out of memory");
		goto refuse;
	}
	return &endpoint->base;
refuse:
	destroy(endpoint);
	return NULL;
}

struct network_statistics network_endpoint_statistics(const struct endpoint *endpoint)
{
	return ((const struct network_endpoint *)endpoint)->statistics;
}

struct network_peer network_endpoint_peer(const struct endpoint *base)
{
	const struct network_endpoint *endpoint = (const struct network_endpoint *)base;
	struct network_peer peer = endpoint->peer;
	const char *host = network_peer_host(endpoint, &endpoint->rest);
	snprintf(peer.host, sizeof(peer.host), "%s", host);
	peer.port = endpoint->has_proxy ? endpoint->proxy.port : endpoint->rest.port;
	peer.proxied = endpoint->has_proxy;
	peer.tls = endpoint->rest.tls;
	peer.resolved = peer.resolved || network_is_ipv4(host) || strcmp(host, "localhost") == 0;
	return peer;
}
