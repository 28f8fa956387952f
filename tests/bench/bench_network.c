/*
 * socket_send_us: from the call of web_socket_send to its return, when the bytes can be read at the
 * peer: TLS, the framing and masking, the kernel and loopback. post_send_us: the same for a
 * one-shot POST over a connection that is kept warm. The baseline of both is a bare write of as
 * many bytes to a TCP socket on loopback.
 */
#include "tests/bench/bench.h"
#include "tests/support/network_world.h"
#include "tests/support/scratch_folder.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define SENDS	     2001
#define ORDER_LENGTH 600 /* a signed order of either venue */

struct peer {
	_Atomic int fd; /* of the stream, at the server */
	_Atomic bool over;
};

/* A stream's script reads nothing: the benchmark reads its descriptor. */
static void serve(struct raw_connection *connection)
{
	struct peer *peer = connection->user;
	struct raw_request request;
	while (raw_read_request(connection, &request)) {
		char upgrade[32];
		raw_header(&request, "Upgrade", upgrade, sizeof(upgrade));
		if (upgrade[0] == '\0') {
			raw_answer(connection, 200, "", "{}");
			raw_request_free(&request);
			continue;
		}
		raw_upgrade(connection, &request, "");
		raw_request_free(&request);
		peer->fd = connection->fd;
		while (!peer->over)
			usleep(1000);
		return;
	}
}

/* What has arrived by now. */
static size_t drain(int fd)
{
	char bytes[8192];
	int readable = 0;
	ioctl(fd, FIONREAD, &readable);
	for (int left = readable; left > 0;) {
		ssize_t got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (got <= 0)
			break;
		left -= (int)got;
	}
	return (size_t)readable;
}

static int by_value(const void *first, const void *second)
{
	int64_t a = *(const int64_t *)first, b = *(const int64_t *)second;
	return (a > b) - (a < b);
}

static double quantile_us(int64_t *samples, size_t per_thousand)
{
	qsort(samples, SENDS, sizeof(samples[0]), by_value);
	return (double)samples[SENDS * per_thousand / 1000] / 1000;
}

static void connect_pair(int ends[2])
{
	int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int bound = bind(listener, (struct sockaddr *)&at, size);
	int listening = listen(listener, 1);
	int named = getsockname(listener, (struct sockaddr *)&at, &size);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	int connected = connect(ends[0], (struct sockaddr *)&at, size);
	ends[1] = accept(listener, NULL, NULL);
	assert(bound == 0 && listening == 0 && named == 0 && connected == 0 && ends[1] >= 0);
	setsockopt(ends[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	close(listener);
}

static int64_t time_post(struct network_world *world, const char *order)
{
	struct heard heard;
	int64_t start_ns = bench_now_ns();
	world_order(world, order, &heard);
	int64_t took_ns = bench_now_ns() - start_ns;
	world_wait(world);
	assert(heard.outcome == TRANSPORT_ANSWERED);
	free(heard.body);
	return took_ns;
}

void bench_network(struct bench_report *report)
{
	static int64_t sends[SENDS], posts[SENDS], writes[SENDS];
	static struct peer peer;
	char folder[64], ca_file[96], order[ORDER_LENGTH + 1];
	memset(order, 'o', ORDER_LENGTH);
	order[ORDER_LENGTH] = '\0';
	scratch_folder_make(folder, sizeof(folder));
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", folder);
	peer.fd = -1;
	struct raw_authority authority = raw_authority_make();
	raw_authority_write(&authority, ca_file);
	SSL_CTX *tls = raw_server_tls(&authority, "localhost", -60, 3600);
	void *state;
	int failed = world_set_up(&state), ends[2];
	assert(failed == 0);
	struct network_world *world = state;
	world_serve(world, serve, &peer, tls);
	world_endpoint(world,
		       &(struct world_options){
			       .tls = true, .host = "localhost", .ca_file = ca_file, .warm = 2});
	struct stream stream = {0};
	world_stream(world, &stream);
	world_run_ms(world, 100);
	connect_pair(ends);
	size_t arrived = 0;
	for (int i = 0; i < SENDS; i++) {
		int64_t start_ns = bench_now_ns();
		web_socket_send(stream.socket, order, ORDER_LENGTH);
		sends[i] = bench_now_ns() - start_ns;
		arrived += drain(peer.fd) > ORDER_LENGTH;
		start_ns = bench_now_ns();
		ssize_t written = write(ends[0], order, ORDER_LENGTH);
		writes[i] = bench_now_ns() - start_ns;
		assert(written == ORDER_LENGTH);
		drain(ends[1]);
		if (i % 64 == 0)
			world_run_ms(world, 0);
	}
	for (int i = 0; i < SENDS; i++)
		posts[i] = time_post(world, order);
	double write_us = quantile_us(writes, 500);
	bench_report_add(report, "socket_send_us", quantile_us(sends, 500), "us", write_us,
			 "a bare write of the bytes");
	bench_report_note(report,
			  "p99 %.1f us; of %d messages %zu could be read at the peer when "
			  "the call returned",
			  quantile_us(sends, 990), SENDS, arrived);
	bench_report_add(report, "post_send_us", quantile_us(posts, 500), "us", write_us,
			 "a bare write of the bytes");
	bench_report_note(report, "p99 %.1f us; handshakes on the way of %d orders: %llu",
			  quantile_us(posts, 990), SENDS,
			  (unsigned long long)network_endpoint_statistics(world->endpoint)
				  .order_path_handshakes);
	peer.over = true;
	stream_free(&stream);
	close(ends[0]);
	close(ends[1]);
	world_tear_down(&state);
	SSL_CTX_free(tls);
	raw_authority_free(&authority);
	scratch_folder_remove(folder);
}
