/*
 * A bounded writer of the few msgpack types that Hyperliquid's action hash knows, always in the
 * shortest form (venues/hyperliquid.md §4.2): the venue writes the action again before it hashes,
 * so any longer form would be another hash. What does not fit is remembered, not written.
 */
#ifndef FUNDARB_EXCHANGES_HYPERLIQUID_MSGPACK_H
#define FUNDARB_EXCHANGES_HYPERLIQUID_MSGPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct msgpack_writer {
	uint8_t *bytes; /* borrowed */
	size_t size;
	size_t length;
	bool overflowed; /* a value did not fit; it and all later ones were left out */
};

void msgpack_begin(struct msgpack_writer *writer, uint8_t *bytes, size_t size);
/* Headers: `count` pairs of key and value, or `count` elements, follow. At most 65,535. */
void msgpack_map(struct msgpack_writer *writer, size_t count);
void msgpack_array(struct msgpack_writer *writer, size_t count);
/* UTF-8, at most 65,535 bytes. */
void msgpack_text(struct msgpack_writer *writer, const char *text, size_t length);
void msgpack_bool(struct msgpack_writer *writer, bool value);
void msgpack_unsigned(struct msgpack_writer *writer, uint64_t value);
/* A value >= 0 comes out as msgpack_unsigned writes it. */
void msgpack_signed(struct msgpack_writer *writer, int64_t value);
/* Bytes as they are, outside of any type: what the action hash appends to the action. */
void msgpack_append(struct msgpack_writer *writer, const void *bytes, size_t length);
/* 8 bytes big-endian, likewise. */
void msgpack_append_u64(struct msgpack_writer *writer, uint64_t value);

#endif
