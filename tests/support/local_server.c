#include "tests/support/local_server.h"

#include "core/net/local_authority.h"
#include "tests/support/scratch_folder.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[64], ca_file[96], certificate_file[96], key_file[96];

int local_server_make_certificates(void **state)
{
	(void)state;
	struct error err = {0};
	scratch_folder_make(folder, sizeof(folder));
	if (!local_authority_prepare(folder, network_realtime_ns(), &err)) {
		fprintf(stderr, "%s: %s\n", folder, err.text);
		return -1;
	}
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", folder);
	snprintf(certificate_file, sizeof(certificate_file), "%s/server.pem", folder);
	snprintf(key_file, sizeof(key_file), "%s/server.key", folder);
	return 0;
}

int local_server_remove_certificates(void **state)
{
	(void)state;
	scratch_folder_remove(folder);
	return 0;
}

const char *local_server_ca_file(void)
{
	return ca_file;
}

const char *local_server_certificate_file(void)
{
	return certificate_file;
}

const char *local_server_key_file(void)
{
	return key_file;
}

void local_server_start(struct local_server *of, bool tls, bool compression)
{
	struct error err = {0};
	*of = (struct local_server){.scheduler = scheduler_create(network_realtime_ns()),
				    .tls = tls};
	of->network = network_create(of->scheduler, &err);
	scripted_service_init(&of->service);
	const struct server_options options = {
		.name = "venue",
		.compression = compression,
		.certificate_file = tls ? certificate_file : NULL,
		.key_file = tls ? key_file : NULL,
	};
	if (of->network)
		of->server = server_start(of->network, &options, &of->service.face, &err);
	if (!of->server) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	of->port = server_port(of->server);
	assert(of->port >= 1024);
}

void local_server_stop(struct local_server *of)
{
	server_stop(of->server);
	assert(of->service.socket_count == 0 && of->service.waiting_count == 0);
	network_free(of->network);
	scheduler_free(of->scheduler);
}
