/*
 * The streams: libwebsockets clients, one vhost per endpoint. What is received is compressed where
 * the venue likes it so; what is sent is not: orders and subscriptions are short, and a frame that
 * is not compressed is with the kernel after one write.
 */
#include "core/net/network_endpoint.h"

#include "core/base/log.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define READ_FIRST	(64 * 1024) /* grows to WEB_SOCKET_MESSAGE_MAX */
#define QUEUE_FIRST	(16 * 1024) /* grows to WEB_SOCKET_QUEUE_MAX */
#define GOODBYE_SECONDS 5	    /* a peer has to take our close frame */

enum socket_state { SOCKET_STARTING, SOCKET_CONNECTING, SOCKET_OPEN, SOCKET_ENDED };

struct network_socket {
	struct web_socket base;
	struct network_socket *next; /* of the endpoint */
	struct network_endpoint *endpoint;
	enum socket_state state;
	struct lws *wsi; /* NULL: none, or it is no longer ours */
	struct web_socket_events events;
	void *user;
	schedule_id start;
	struct network_lookup *lookup;
	/* Calls of the user under way: it may be closed from inside one. */
	unsigned inside;
	bool silent;
	/* The message that is being received, when it does not come in one piece. */
	char *message;
	size_t length, capacity;
	/* Messages that wait, each as struct queued and its text, from begin to end. */
	unsigned char *queue;
	size_t begin, end, room;
	char why[NETWORK_SENTENCE_MAX];
};

/* libwebsockets writes the frame's header before the text and masks the text in place. */
struct queued {
	size_t length;
	unsigned char header[LWS_PRE];
};

_Static_assert(sizeof(struct queued) % _Alignof(struct queued) == 0, "messages follow each other");

static size_t queued_size(size_t length)
{
	size_t align = _Alignof(struct queued);
	return sizeof(struct queued) + (length + align - 1) / align * align;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void enter(struct network_socket *socket)
{
	socket->inside++;
	network_endpoint_enter(socket->endpoint);
}

/* False: the socket is gone. */
static bool leave(struct network_socket *socket)
{
	struct network_endpoint *endpoint = socket->endpoint;
	bool gone = --socket->inside == 0 && socket->silent;
	if (gone) {
		free(socket->message);
		free(socket->queue);
		free(socket);
	}
	network_endpoint_leave(endpoint);
	return !gone;
}

/* Out of the endpoint's list, and nothing of libwebsockets or the scheduler leads to it. */
static void detach(struct network_socket *socket)
{
	struct network_endpoint *endpoint = socket->endpoint;
	scheduler_cancel(endpoint->scheduler, socket->start);
	network_look_up_cancel(socket->lookup);
	socket->lookup = NULL;
	if (socket->wsi)
		lws_set_wsi_user(socket->wsi, NULL);
	socket->wsi = NULL;
	socket->state = SOCKET_ENDED;
	socket->silent = true;
	struct network_socket **link = &endpoint->sockets;
	while (*link != socket)
		link = &(*link)->next;
	*link = socket->next;
	endpoint->socket_count--;
}

static void say(struct network_socket *socket, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The first reason is the true one; what follows from it is not said. */
static void say(struct network_socket *socket, const char *format, ...)
{
	if (socket->why[0] != '\0')
		return;
	int length = snprintf(socket->why, sizeof(socket->why), "%s: ", socket->endpoint->name);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(socket->why + length, sizeof(socket->why) - (size_t)length, format, arguments);
	va_end(arguments);
	for (char *c = socket->why; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
}

static void closed(struct network_socket *socket)
{
	say(socket, "the connection was lost");
	if (socket->state == SOCKET_CONNECTING)
		socket->endpoint->address_turn++;
	detach(socket);
	enter(socket);
	socket->events.closed(socket->user, socket->why);
	leave(socket);
}

/* ---- sending --------------------------------------------------------------------------------- */

static bool make_room(struct network_socket *socket, size_t more)
{
	if (socket->room - socket->end >= more)
		return true;
	size_t waiting = socket->end - socket->begin;
	if (socket->begin > 0) {
		memmove(socket->queue, socket->queue + socket->begin, waiting);
		socket->begin = 0;
		socket->end = waiting;
	}
	size_t room = socket->room;
	while (room < waiting + more)
		room *= 2;
	if (room == socket->room)
		return true;
	unsigned char *queue = realloc(socket->queue, room);
	if (!queue)
		return false;
	socket->queue = queue;
	socket->room = room;
	return true;
}

/* As much as the kernel takes now. False: the connection is broken. */
static bool flush(struct network_socket *socket)
{
	while (socket->begin < socket->end && !lws_partial_buffered(socket->wsi)) {
		unsigned char *entry = socket->queue + socket->begin;
		size_t length = ((struct queued *)(void *)entry)->length;
		/* What the kernel did not take of a message libwebsockets keeps, and sends first.
		 */
		int taken = lws_write(socket->wsi, entry + sizeof(struct queued), length,
				      LWS_WRITE_TEXT);
		if (taken < 0)
			return false;
		socket->begin += queued_size(length);
	}
	if (socket->begin < socket->end)
		lws_callback_on_writable(socket->wsi);
	else
		socket->begin = socket->end = 0;
	return true;
}

bool network_socket_send(struct web_socket *base, const char *text, size_t length)
{
	struct network_socket *socket = (struct network_socket *)base;
	if (socket->state != SOCKET_OPEN || length > WEB_SOCKET_QUEUE_MAX)
		return false;
	size_t waiting = socket->end - socket->begin;
	if (waiting > 0 && waiting + queued_size(length) > WEB_SOCKET_QUEUE_MAX)
		return false;
	if (!make_room(socket, queued_size(length)))
		return false;
	struct queued *queued = (struct queued *)(void *)(socket->queue + socket->end);
	queued->length = length;
	memcpy(queued + 1, text, length);
	socket->end += queued_size(length);
	if (waiting == 0 && !flush(socket)) {
		/* The bytes may have left: it stands as sent. The loop closes the connection. */
		say(socket, "the connection broke while sending");
		lws_set_timeout(socket->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	}
	return true;
}

/* ---- receiving ------------------------------------------------------------------------------- */

static bool deliver(struct network_socket *socket, const char *text, size_t length)
{
	socket->endpoint->statistics.messages_received++;
	enter(socket);
	socket->events.message(socket->user, text, length,
			       scheduler_now(socket->endpoint->scheduler));
	return leave(socket);
}

static bool refuse(struct network_socket *socket, enum lws_close_status status, const char *why)
{
	say(socket, "%s", why);
	lws_close_reason(socket->wsi, status, NULL, 0);
	return false;
}

static bool append(struct network_socket *socket, const char *piece, size_t length)
{
	size_t capacity = socket->capacity ? socket->capacity : READ_FIRST;
	while (capacity < socket->length + length)
		capacity *= 2;
	if (capacity > socket->capacity) {
		char *message = realloc(socket->message, capacity);
		if (!message)
			return false;
		socket->message = message;
		socket->capacity = capacity;
	}
	memcpy(socket->message + socket->length, piece, length);
	socket->length += length;
	return true;
}

/* False: close the connection. */
static bool receive(struct network_socket *socket, const char *piece, size_t length)
{
	struct lws *wsi = socket->wsi;
	socket->endpoint->statistics.bytes_received += length;
	if (lws_frame_is_binary(wsi))
		return refuse(socket, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE,
			      "it sent a binary message, which no venue should");
	bool whole = lws_is_final_fragment(wsi);
	if (whole && socket->length == 0 && length <= WEB_SOCKET_MESSAGE_MAX)
		return deliver(socket, piece, length);
	if (length > WEB_SOCKET_MESSAGE_MAX - socket->length)
		return refuse(socket, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE,
			      "it sent a message of more than 4 MiB");
	if (!append(socket, piece, length))
		return refuse(socket, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "out of memory");
	if (!whole)
		return true;
	size_t total = socket->length;
	socket->length = 0;
	return deliver(socket, socket->message, total);
}

/* ---- what libwebsockets tells ---------------------------------------------------------------- */

static bool opened(struct network_socket *socket)
{
	unsigned patience = 10000;
	int fd = lws_get_socket_fd(socket->wsi);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof(patience));
	lws_set_extension_option(socket->wsi, "permessage-deflate", "rx_buf_size", "16");
	socket->state = SOCKET_OPEN;
	socket->endpoint->statistics.sockets_opened++;
	enter(socket);
	socket->events.opened(socket->user);
	return leave(socket);
}

static void peer_closes(struct network_socket *socket, const unsigned char *frame, size_t length)
{
	if (length < 2) {
		say(socket, "the venue closed it without a reason");
		return;
	}
	int code = frame[0] << 8 | frame[1];
	int text = length > 2 + 123 ? 123 : (int)length - 2;
	say(socket, "the venue closed it with code %d%s%.*s", code, text > 0 ? ": " : "", text,
	    (const char *)frame + 2);
}

/* libwebsockets is done with it. Inside lws_client_connect_via_info the caller tells. */
static void forget_connection(struct network_socket *socket, struct lws *wsi)
{
	lws_set_wsi_user(wsi, NULL);
	socket->wsi = NULL;
	if (socket->state != SOCKET_STARTING)
		closed(socket);
}

static void failed(struct network_socket *socket, struct lws *wsi, const char *why, size_t length)
{
	unsigned status = lws_http_client_http_response(wsi);
	if (status != 0 && status != 101)
		say(socket, "no connection: the venue answered %u", status);
	else
		say(socket, "no connection: %.*s", (int)(why ? length : 11),
		    why ? why : "it was lost");
	forget_connection(socket, wsi);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		    size_t length)
{
	struct network_socket *socket = user;
	if (!socket) /* ours no longer: it lives until the peer has taken our goodbye */
		return reason == LWS_CALLBACK_CLIENT_ESTABLISHED ? -1 : 0;
	switch ((int)reason) { /* a hundred more do not concern a client */
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		failed(socket, wsi, in, length);
		return 0;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		return opened(socket) ? 0 : -1;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return receive(socket, in, length) ? 0 : -1;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return flush(socket) ? 0 : -1;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		peer_closes(socket, in, length);
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
	case LWS_CALLBACK_WSI_DESTROY:
		forget_connection(socket, wsi);
		return 0;
	}
	return 0;
}

/*
 * permessage-deflate as libwebsockets does it, but for two things: what we send is not compressed,
 * and of a message that the venue did not compress libwebsockets 4.1.6 is told that it is done with
 * (PMDR_UNKNOWN of its enum pmd_return) instead of "nothing to do" (5), which it would deliver
 * again and again for ever.
 */
static int receive_deflated(struct lws_context *context, const struct lws_extension *extension,
			    struct lws *wsi, enum lws_extension_callback_reasons reason, void *user,
			    void *in, size_t length)
{
	enum { UNKNOWN = 0, NOTHING_WE_SHOULD_DO = 5 };
	if (reason == LWS_EXT_CB_PAYLOAD_TX)
		return UNKNOWN;
	int result = lws_extension_callback_pm_deflate(context, extension, wsi, reason, user, in,
						       length);
	if (reason == LWS_EXT_CB_PAYLOAD_RX && result == NOTHING_WE_SHOULD_DO)
		return UNKNOWN;
	return result;
}

static const struct lws_protocols PROTOCOLS[] = {
	{.name = "stream",
	 .callback = on_event,
	 .rx_buffer_size = NETWORK_READ_SIZE,
	 .tx_packet_size = 2 * WEB_SOCKET_QUEUE_MAX},
	{0},
};
static const struct lws_extension EXTENSIONS[] = {
	{"permessage-deflate", receive_deflated, "permessage-deflate; client_max_window_bits"},
	{0},
};

bool network_sockets_prepare(struct network_endpoint *endpoint, struct error *err)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.vhost_name = endpoint->name,
		.protocols = PROTOCOLS,
		.extensions = EXTENSIONS,
		/* Without this lws makes no TLS context of its own. */
		.options = endpoint->tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0,
		.provided_client_ssl_ctx = endpoint->tls,
		.user = endpoint,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
		.timeout_secs = 10,
		.ka_time = 15,
		.ka_probes = 3,
		.ka_interval = 5,
	};
	endpoint->vhost = lws_create_vhost(network_lws(endpoint->network), &info);
	return endpoint->vhost ||
	       error_set(err, ERROR_IO, "%s: no streams: out of memory", endpoint->name);
}

/* ---- connecting ------------------------------------------------------------------------------ */

static bool set_proxy(struct network_endpoint *endpoint, const char *address)
{
	char proxy[NETWORK_ADDRESS_TEXT + 16];
	bool six = strchr(address, ':') != NULL;
	snprintf(proxy, sizeof(proxy), "%s%s%s:%d", six ? "[" : "", address, six ? "]" : "",
		 endpoint->proxy.port);
	return lws_set_proxy(endpoint->vhost, proxy) == 0;
}

static void connect_to(struct network_socket *socket, const struct network_addresses *addresses)
{
	struct network_endpoint *endpoint = socket->endpoint;
	const struct network_url *url = &endpoint->socket;
	const char *address = addresses->text[endpoint->address_turn % addresses->count];
	char host[NETWORK_HOST_MAX + 16];
	bool usual = url->port == (url->tls ? 443 : 80);
	if (usual)
		snprintf(host, sizeof(host), "%s", url->host);
	else
		snprintf(host, sizeof(host), "%s:%d", url->host, url->port);
	struct lws_client_connect_info info = {
		.context = network_lws(endpoint->network),
		.vhost = endpoint->vhost,
		/* Through a proxy it is the proxy that resolves the name. */
		.address = endpoint->has_proxy ? url->host : address,
		.port = url->port,
		.ssl_connection = (url->tls ? LCCSCF_USE_SSL : 0) | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
		.path = url->target,
		.host = host,
		.alpn = "http/1.1",
		.userdata = socket,
		.pwsi = &socket->wsi,
		.ietf_version_or_minus_one = -1,
	};
	if (endpoint->has_proxy && !set_proxy(endpoint, address)) {
		say(socket, "the proxy's address cannot be used");
		closed(socket);
		return;
	}
	struct lws *wsi = lws_client_connect_via_info(&info);
	if (!wsi || !socket->wsi) {
		socket->wsi = NULL;
		socket->state = SOCKET_CONNECTING;
		say(socket, "no connection could be begun");
		closed(socket);
		return;
	}
	socket->state = SOCKET_CONNECTING;
}

static void resolved(void *user, const char *why)
{
	struct network_socket *socket = user;
	struct network_endpoint *endpoint = socket->endpoint;
	bool fresh;
	socket->lookup = NULL;
	const struct network_addresses *addresses =
		network_addresses(network_names(endpoint->network),
				  network_peer_host(endpoint, &endpoint->socket), &fresh);
	if (addresses->count > 0) {
		connect_to(socket, addresses);
		return;
	}
	say(socket, "no connection: %s", why ? why : "its name has no address");
	closed(socket);
}

static void start(void *user)
{
	struct network_socket *socket = user;
	struct network_endpoint *endpoint = socket->endpoint;
	socket->start = 0;
	if (!endpoint->has_socket) {
		say(socket, "it has no stream address");
		closed(socket);
		return;
	}
	struct network_resolver *names = network_names(endpoint->network);
	const char *host = network_peer_host(endpoint, &endpoint->socket);
	bool fresh;
	const struct network_addresses *addresses = network_addresses(names, host, &fresh);
	if (addresses && fresh) {
		connect_to(socket, addresses);
		return;
	}
	socket->lookup = network_look_up(names, host, resolved, socket);
	if (!socket->lookup) {
		say(socket, "the name cannot be looked up: too many wait, or no memory");
		closed(socket);
	}
}

struct web_socket *network_socket_connect(struct endpoint *base,
					  const struct web_socket_events *events, void *user)
{
	struct network_endpoint *endpoint = (struct network_endpoint *)base;
	if (endpoint->dead || endpoint->socket_count == NETWORK_SOCKETS_MAX)
		return NULL;
	struct network_socket *socket = calloc(1, sizeof(*socket));
	unsigned char *queue = malloc(QUEUE_FIRST);
	if (!socket || !queue) {
		free(socket);
		free(queue);
		return NULL;
	}
	socket->base.functions = endpoint->base.functions;
	socket->endpoint = endpoint;
	socket->events = *events;
	socket->user = user;
	socket->queue = queue;
	socket->room = QUEUE_FIRST;
	socket->next = endpoint->sockets;
	endpoint->sockets = socket;
	endpoint->socket_count++;
	socket->start = scheduler_at(endpoint->scheduler, scheduler_now(endpoint->scheduler),
				     SCHEDULE_COMPLETION, start, socket);
	return &socket->base;
}

/* By hand: libwebsockets itself would close without a word, but from within a message. */
static bool say_goodbye(struct lws *wsi)
{
	const enum lws_write_protocol CLOSE_FRAME = 4; /* libwebsockets' own LWS_WRITE_CLOSE */
	unsigned char frame[LWS_PRE + 2];
	frame[LWS_PRE] = LWS_CLOSE_STATUS_NORMAL >> 8;
	frame[LWS_PRE + 1] = LWS_CLOSE_STATUS_NORMAL & 0xff;
	if (lws_partial_buffered(wsi) || lws_write(wsi, frame + LWS_PRE, 2, CLOSE_FRAME) < 0)
		return false;
	lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, GOODBYE_SECONDS);
	return true;
}

void network_socket_close(struct web_socket *base)
{
	struct network_socket *socket = (struct network_socket *)base;
	if (socket->silent)
		return;
	struct lws *wsi = socket->wsi;
	if (wsi && (socket->state != SOCKET_OPEN || !say_goodbye(wsi)))
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	enter(socket);
	detach(socket);
	leave(socket);
}

void network_sockets_close(struct network_endpoint *endpoint)
{
	while (endpoint->sockets)
		network_socket_close(&endpoint->sockets->base);
}
