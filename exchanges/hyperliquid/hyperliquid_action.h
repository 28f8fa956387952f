/*
 * The actions that this program sends, checked and written in hashing order (venues/hyperliquid.md
 * §2.2-§2.5). Checked is what the venue would hash another way or never accept: a price with a
 * trailing zero, an upper-case client order id, an empty batch. What depends on a market (tick,
 * lot, margin) is not known here.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_ACTION_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_ACTION_H

#include "exchanges/hyperliquid/action_writer.h"
#include "exchanges/hyperliquid/hyperliquid_sign.h"

/* False with err, which names the member: what was written so far is not to be used. */
bool hyperliquid_action_write(const struct hyperliquid_action *action, struct action_writer *writer,
			      struct error *err);

/* True for a number > 0 in wire form (§4.4): no sign, exponent or needless zero, at most 8
 * decimals. Reads at most `size` bytes, the NUL among them. */
bool hyperliquid_is_wire_decimal(const char *text, size_t size);

#endif
