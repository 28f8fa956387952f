#include "core/net/server.h"

#include "core/net/network_internal.h"
#include "core/net/server_internal.h"
#include <arpa/inet.h>
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

static int called_back(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		       size_t length)
{
	struct server_connection *connection = user;
	struct lws_vhost *vhost = lws_get_vhost(wsi);
	struct server *server = vhost ? lws_get_vhost_user(vhost) : NULL;
/* libwebsockets calls with many reasons; a server cares for these. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum"
	switch (reason) {
	case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
		return server->stopped;
	case LWS_CALLBACK_HTTP:
		return server->stopped ? -1 : server_request_begins(server, connection, wsi);
	case LWS_CALLBACK_HTTP_BODY:
		return server_request_body(connection, in, length);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return server_request_arrived(connection);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return server_request_writeable(connection, wsi);
	case LWS_CALLBACK_CLOSED_HTTP:
		server_request_closed(connection);
		return 0;
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		return server->stopped || server->socket_count >= SERVER_SOCKETS_MAX;
	case LWS_CALLBACK_ESTABLISHED:
		return server->stopped ? -1 : server_socket_opened(server, connection, wsi);
	case LWS_CALLBACK_RECEIVE:
		return server_socket_received(connection, wsi, in, length);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return server_socket_writeable(connection, wsi);
	case LWS_CALLBACK_TIMER:
		return server_socket_time(connection, wsi);
	case LWS_CALLBACK_CLOSED:
		server_socket_closed(connection);
		return 0;
	default:
		return 0;
	}
#pragma GCC diagnostic pop
}

static const struct lws_protocols protocols[] = {
	{
		.name = "service",
		.callback = called_back,
		.per_session_data_size = sizeof(struct server_connection),
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
	assert(!server->requests && !server->sockets);
	free(server);
}

static struct lws_vhost *listening_vhost(struct server *server,
					 const struct server_options *options)
{
	struct lws_context_creation_info info = {
		.vhost_name = server->name,
		.port = options->port,
		.iface = "127.0.0.1",
		.protocols = protocols,
		.extensions = options->compression ? extensions : NULL,
		.options =
			LWS_SERVER_OPTION_DISABLE_IPV6 | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND,
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

/* libwebsockets lets two vhosts share a port of one process; a second server is a mistake here. */
static bool port_free(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (probe < 0)
		return true; /* libwebsockets will say */
	int yes = 1;
	setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	bool bound = bind(probe, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(probe);
	return bound;
}

struct server *server_start(struct network *network, const struct server_options *options,
			    const struct service *service, struct error *err)
{
	assert(!options->certificate_file == !options->key_file);
	struct server *server = calloc(1, sizeof(*server));
	if (!server) {
		error_set(err, ERROR_LIMIT, "%s: no memory for a server", options->name);
		return NULL;
	}
	server->network = network;
	server->service = service;
	snprintf(server->name, sizeof(server->name), "%s", options->name);
	const char *const files[] = {options->certificate_file, options->key_file};
	for (unsigned i = 0; i < 2; i++)
		if (files[i] && access(files[i], R_OK) != 0) {
			error_set(err, ERROR_CONFIGURATION, "%s: %s cannot be read", options->name,
				  files[i]);
			free(server);
			return NULL;
		}
	if (port_free(options->port))
		server->vhost = listening_vhost(server, options);
	if (!server->vhost) {
		error_set(err, ERROR_CONFIGURATION,
			  "%s: no server on 127.0.0.1:%d: the port is in use, or %s and %s do not "
			  "belong together",
			  options->name, options->port, files[0] ? files[0] : "(no certificate)",
			  files[1] ? files[1] : "(no key)");
		free(server);
		return NULL;
	}
	return server;
}

int server_port(const struct server *server)
{
	return lws_get_vhost_listen_port(server->vhost);
}

void server_stop(struct server *server)
{
	if (!server)
		return;
	assert(!server->stopped);
	server->stopped = true;
	server_requests_hush(server);
	server_sockets_hush(server);
	network_retire_vhost(server->network, server->vhost, NULL, NULL);
}
