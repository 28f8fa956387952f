#include "core/net/server.h"

#include "core/net/network_internal.h"
#include "core/net/server_internal.h"
#include "core/net/server_listener.h"
#include <assert.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const struct service_host server_host = {
	.answer = server_request_answer,
	.drop = server_request_drop,
	.send = server_socket_send,
	.close = server_socket_close,
};

void server_cut(struct lws *wsi, bool reset)
{
	/* Disconnecting by address resets at once and says no FIN first, which close would. */
	if (reset)
		connect(lws_get_socket_fd(wsi), &(struct sockaddr){.sa_family = AF_UNSPEC},
			sizeof(struct sockaddr));
	lws_set_timeout(wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
	lws_cancel_service_pt(wsi); /* else it waits until something else happens */
}

/* ---- connections ----------------------------------------------------------------------------- */

static int connected(struct server *server, struct lws *wsi)
{
	struct server_connection *connection = calloc(1, sizeof(*connection));
	if (!connection)
		return -1;
	connection->server = server;
	connection->wsi = wsi;
	connection->next = server->connections;
	if (connection->next)
		connection->next->previous = connection;
	server->connections = connection;
	lws_set_opaque_user_data(wsi, connection);
	return 0;
}

static void disconnected(struct server_connection *connection)
{
	assert(!connection->request && !connection->socket);
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		connection->server->connections = connection->next;
	if (connection->next)
		connection->next->previous = connection->previous;
	lws_set_opaque_user_data(connection->wsi, NULL);
	free(connection);
}

static int on_connection(struct server_connection *connection, enum lws_callback_reasons reason,
			 const char *bytes, size_t length)
{
	bool stopped = connection->server->stopped;
/* libwebsockets calls with many reasons; a server cares for these. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum"
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return stopped ? -1 : server_request_begins(connection);
	case LWS_CALLBACK_HTTP_BODY:
		return server_request_body(connection, bytes, length);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return stopped ? -1 : server_request_arrived(connection);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return server_request_writeable(connection);
	case LWS_CALLBACK_CLOSED_HTTP:
		server_request_closed(connection);
		return 0;
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		return stopped || connection->server->socket_count >= SERVER_SOCKETS_MAX;
	case LWS_CALLBACK_ESTABLISHED:
		return stopped ? -1 : server_socket_opened(connection);
	case LWS_CALLBACK_RECEIVE:
		return server_socket_received(connection, bytes, length);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return server_socket_writeable(connection);
	case LWS_CALLBACK_TIMER:
		return server_socket_time(connection);
	case LWS_CALLBACK_CLOSED:
		server_socket_closed(connection);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		disconnected(connection);
		return 0;
	default:
		return 0;
	}
#pragma GCC diagnostic pop
}

static int called_back(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		       size_t length)
{
	(void)user;
	struct lws_vhost *vhost = lws_get_vhost(wsi);
	if (reason == LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED)
		return connected(lws_get_vhost_user(vhost), wsi);
	struct server_connection *connection = lws_get_opaque_user_data(wsi);
	if (connection)
		return on_connection(connection, reason, in, length);
	/* No memory when it came, or a stream of HTTP/2, which is not spoken here. */
	return reason == LWS_CALLBACK_HTTP || reason == LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION ? -1
												: 0;
}

static const struct lws_protocols protocols[] = {
	{
		.name = "service",
		.callback = called_back,
		.rx_buffer_size = SERVER_PIECE_MAX,
		.tx_packet_size = SERVER_QUEUE_MAX + LWS_PRE,
	},
	{0},
};

static const struct lws_extension extensions[] = {
	{"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate"},
	{0},
};

/* Of the vhost, when the last of its connections is gone too: nobody calls back any more. */
static void vhost_gone(struct lws_vhost *vhost, void *user)
{
	(void)vhost;
	struct server *server = user;
	if (!server->started)
		return; /* one that could not be made to the end: server_start frees */
	assert(!server->connections && !server->requests && !server->sockets);
	free(server);
}

static struct lws_vhost *make_vhost(struct server *server, const struct server_options *options)
{
	struct lws_context_creation_info info = {
		.vhost_name = server->name,
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.extensions = options->compression ? extensions : NULL,
		.user = server,
		.finalize = vhost_gone,
		.finalize_arg = server,
		.alpn = "http/1.1",
		.keepalive_timeout = 3600,
		.timeout_secs = 30,
	};
	if (options->certificate_file) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = options->certificate_file;
		info.ssl_private_key_filepath = options->key_file;
		info.ssl_options_set = SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1;
	}
	return lws_create_vhost(network_lws(server->network), &info);
}

static void accepted(void *user, int descriptor)
{
	struct server *server = user;
	lws_adopt_socket_vhost(server->vhost, descriptor);
}

static bool readable(const char *file, const char *name, struct error *err)
{
	if (!file || access(file, R_OK) == 0)
		return true;
	return error_set(err, ERROR_CONFIGURATION, "%s: %s cannot be read", name, file);
}

struct server *server_start(struct network *network, const struct server_options *options,
			    const struct service *service, struct error *err)
{
	const char *certificate = options->certificate_file, *key = options->key_file;
	assert(!certificate == !key);
	if (!readable(certificate, options->name, err) || !readable(key, options->name, err))
		return NULL;
	struct server *server = calloc(1, sizeof(*server));
	if (!server) {
		error_set(err, ERROR_LIMIT, "%s: no memory for a server", options->name);
		return NULL;
	}
	server->network = network;
	server->service = service;
	snprintf(server->name, sizeof(server->name), "%s", options->name);
	server->listener = server_listener_open(network, options->port, accepted, server, err);
	if (!server->listener) {
		error_prefix(err, "%s", options->name);
		free(server);
		return NULL;
	}
	server->vhost = make_vhost(server, options);
	if (!server->vhost) {
		error_set(err, ERROR_CONFIGURATION,
			  "%s: no server with the certificate %s and the key %s: do they belong "
			  "together?",
			  options->name, certificate ? certificate : "(none)",
			  key ? key : "(none)");
		server_listener_close(server->listener);
		free(server);
		return NULL;
	}
	server->started = true;
	return server;
}

int server_port(const struct server *server)
{
	return server_listener_port(server->listener);
}

void server_stop(struct server *server)
{
	if (!server)
		return;
	assert(!server->stopped);
	server->stopped = true;
	server_listener_close(server->listener);
	server_requests_hush(server);
	server_sockets_hush(server);
	for (struct server_connection *connection = server->connections; connection;
	     connection = connection->next)
		server_cut(connection->wsi, false);
	network_retire_vhost(server->network, server->vhost, NULL, NULL);
}
