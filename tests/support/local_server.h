/* A scripted service behind a real server on loopback, with a network to run it: for wire tests. */
#ifndef FUNDARB_TESTS_SUPPORT_LOCAL_SERVER_H
#define FUNDARB_TESTS_SUPPORT_LOCAL_SERVER_H

#include "core/net/server.h"
#include "tests/support/scripted_service.h"

struct local_server {
	struct scheduler *scheduler;
	struct network *network;
	struct scripted_service service;
	struct server *server;
	int port;
	bool tls;
};

/* Group fixtures of cmocka: certificates in a folder of their own. */
int local_server_make_certificates(void **state);
int local_server_remove_certificates(void **state);
const char *local_server_ca_file(void);
const char *local_server_certificate_file(void);
const char *local_server_key_file(void);

void local_server_start(struct local_server *of, bool tls, bool compression);
/* Checks that the service was told of every end. */
void local_server_stop(struct local_server *of);

#endif
