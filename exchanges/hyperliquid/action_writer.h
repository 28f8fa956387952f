/*
 * One action, written once, comes out twice: as the msgpack that is hashed and as the JSON that is
 * sent, so the two cannot differ (venues/hyperliquid.md §4.2). A container is opened with its count
 * and closes itself after that many members, which keeps the count true as well.
 *
 * Mistakes are remembered, not reported at once: write everything, then ask action_writer_end.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_ACTION_WRITER_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_ACTION_WRITER_H

#include "exchanges/hyperliquid/msgpack.h"

#define ACTION_WRITER_DEPTH_MAX 8

struct action_writer {
	struct msgpack_writer *msgpack; /* borrowed */
	char *json;			/* borrowed */
	size_t json_size;
	size_t json_length;
	bool failed;
	unsigned depth;
	struct {
		size_t left; /* members to come */
		bool is_map;
		bool keyed; /* a key stands and waits for its value */
		bool begun; /* a comma comes before the next member */
	} open[ACTION_WRITER_DEPTH_MAX];
};

/* json[0..size) is filled from the start, without a NUL. */
void action_writer_begin(struct action_writer *writer, struct msgpack_writer *msgpack, char *json,
			 size_t size);
void action_writer_map(struct action_writer *writer, size_t members);
void action_writer_array(struct action_writer *writer, size_t elements);
void action_writer_key(struct action_writer *writer, const char *key);
/* Texts are printable ASCII without quote and backslash: nothing that JSON would have to escape. */
void action_writer_text(struct action_writer *writer, const char *text);
void action_writer_bool(struct action_writer *writer, bool value);
void action_writer_unsigned(struct action_writer *writer, uint64_t value);
void action_writer_signed(struct action_writer *writer, int64_t value);
/*
 * True: one whole value was written and both forms hold all of it. False: one of them is full, a
 * text needs escapes, or the calls do not make one value (a key missing, a container not full).
 */
bool action_writer_end(const struct action_writer *writer);

#endif
