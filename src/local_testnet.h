/*
 * The local testnet, served or joined: both venues with their accounts on loopback (TLS with a CA
 * it makes itself), or, on a virtual clock, as links inside the process. Used by `fundarb testnet`,
 * by a bot that runs one inside itself ([main] local_testnet), and by simulations of the whole
 * program.
 */
#ifndef FUNDARB_SRC_LOCAL_TESTNET_H
#define FUNDARB_SRC_LOCAL_TESTNET_H

#include "config/config.h"
#include "core/net/network.h"
#include "core/net/virtual_network.h"
#include "exchanges/testnet/testnet.h"
#include "src/venue_registry.h"
#include <stdio.h>

struct local_testnet;

struct local_testnet_options {
	bool plain; /* no TLS, whatever the file says: for clients that cannot take a CA */
};
/* Reads the file and starts serving on the network (borrowed, with its scheduler). */
struct local_testnet *local_testnet_serve(const char *path,
					  const struct local_testnet_options *options,
					  struct scheduler *scheduler, struct network *network,
					  struct error *err);
/* The same without sockets: venues are reached through local_testnet_connector. */
struct local_testnet *local_testnet_simulate(const char *path, struct scheduler *scheduler,
					     const struct virtual_link_options *links,
					     struct error *err);
void local_testnet_stop(struct local_testnet *testnet);
struct testnet *local_testnet_model(struct local_testnet *testnet);
/* Only of a simulated one. */
struct connector local_testnet_connector(struct local_testnet *testnet);
struct virtual_link *local_testnet_link(struct local_testnet *testnet, const char *venue);

/*
 * Fills in what a bot needs to trade on it and the configuration leaves open: urls, CA, account,
 * key (written to the testnet's state folder, mode 0600), funding interval; of the first account
 * of the testnet's file.
 */
bool local_testnet_configure(const struct local_testnet *testnet, struct config *config,
			     struct error *err);
/* One JSON line: urls, accounts, test keys, CA. */
void local_testnet_print(const struct local_testnet *testnet, FILE *out);

#endif
