/*
 * The local testnet's certificate authority: a CA and a certificate for localhost and 127.0.0.1
 * signed by it, made with OpenSSL, P-256, valid 30 days, keys mode 0600. The bot trusts it through
 * `ca_file`; there is no other way and no switch that turns verification off.
 */
#ifndef FUNDARB_CORE_NET_LOCAL_AUTHORITY_H
#define FUNDARB_CORE_NET_LOCAL_AUTHORITY_H

#include "core/base/error.h"
#include <stdbool.h>
#include <stdint.h>

/* Writes ca.pem, server.pem, server.key into the folder (made if missing, 0700); a set there that
 * is valid for at least one more day at now_ns (UTC) is kept. */
bool local_authority_prepare(const char *folder, int64_t now_ns, struct error *err);

#endif
