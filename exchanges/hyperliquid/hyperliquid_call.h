/*
 * A command under way: inside of the Hyperliquid client. It has one member per order (one in all
 * for other commands), each resolved once; when all are, they are delivered in request order.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CALL_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_HYPERLIQUID_CALL_H

#include "exchanges/hyperliquid/hyperliquid_state.h"

struct hyperliquid_member {
	enum command_outcome outcome;
	enum reject_reason reason;
	bool resolved;
	char venue_order_id[VENUE_TEXT_MAX + 1];
	char text[HYPERLIQUID_TEXT_MAX + 1];
};

/* One action of a command: which members it carries. */
struct hyperliquid_part {
	struct hyperliquid_command_call *call;
	size_t index[BATCH_ORDERS_MAX];
	size_t count;
};

struct hyperliquid_open_order { /* to be cancelled */
	uint32_t asset;
	uint64_t order_id;
};

struct hyperliquid_command_call {
	struct hyperliquid_client *client;
	struct hyperliquid_command_call *next, **link; /* in the client's list */
	struct command_request request;		       /* batch.orders points at `orders` */
	struct order_request orders[BATCH_ORDERS_MAX];
	struct hyperliquid_member members[BATCH_ORDERS_MAX];
	size_t count;
	int64_t give_up_ns;
	command_done done;
	void *user;
	struct hyperliquid_part parts[2]; /* post-only orders, all others */
	unsigned parts_left;		  /* under way */
	schedule_id timer;
	struct hyperliquid_open_order *open; /* owned; of COMMAND_CANCEL_ALL */
	size_t open_count, open_at;
};

void hyperliquid_resolve(struct hyperliquid_member *member, enum command_outcome outcome,
			 enum reject_reason reason, const char *text);
/* Resolves every member that is not yet, and delivers, not from inside. */
void hyperliquid_refuse(struct hyperliquid_command_call *call, enum reject_reason reason,
			const char *text);
/* Answers every member and ends the call. */
void hyperliquid_deliver(struct hyperliquid_command_call *call);
void hyperliquid_deliver_later(struct hyperliquid_command_call *call);

/*
 * What the answer says of the action as a whole. True: it was accepted, its members have statuses
 * of their own. False: `whole` is resolved, and so is every member.
 */
bool hyperliquid_judge_action(struct hyperliquid_client *client,
			      const struct hyperliquid_reply *reply,
			      struct hyperliquid_answer *answer, struct hyperliquid_member *whole);

/* hyperliquid_placing.c */
void hyperliquid_place(struct hyperliquid_command_call *call);
/* hyperliquid_cancelling.c */
void hyperliquid_cancel(struct hyperliquid_command_call *call);
void hyperliquid_cancel_all(struct hyperliquid_command_call *call);
/* hyperliquid_settings.c */
void hyperliquid_set_leverage(struct hyperliquid_command_call *call);
void hyperliquid_set_dead_man(struct hyperliquid_command_call *call);

#endif
