/*
 * A connector in front of another one: everything that goes to a venue and comes from it is shown
 * to a listener and passed on unchanged. For tests that count requests and benchmarks that stamp
 * them.
 */
#ifndef FUNDARB_TESTS_SUPPORT_WIRE_TAP_H
#define FUNDARB_TESTS_SUPPORT_WIRE_TAP_H

#include "src/venue_registry.h"

#define WIRE_TAP_NAME_MAX 31

/* All optional (NULL). Borrowed texts. */
struct wire_tap_listener {
	void (*request)(void *user, const char *venue, const struct http_request *request);
	/* Around the send over a socket. */
	void (*sending)(void *user, const char *venue, const char *text, size_t length);
	void (*sent)(void *user, const char *venue, const char *text, size_t length, bool ok);
	/* A message is there; around what the program does with it. */
	void (*message)(void *user, const char *venue, const char *text, size_t length);
	void (*taken)(void *user, const char *venue);
	void *user;
};

struct wire_tap {
	struct connector inner;
	struct wire_tap_listener listener;
};

/* The tap must outlive every endpoint made through it. */
struct connector wire_tap_connector(struct wire_tap *tap);

#endif
