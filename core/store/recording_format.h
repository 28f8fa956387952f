/*
 * The bytes of a recording (docs/recording-format.md): segment header, block header, trailer, and
 * the integers that records are made of. Private to core/store and its tests.
 */
#ifndef FUNDARB_CORE_STORE_RECORDING_FORMAT_H
#define FUNDARB_CORE_STORE_RECORDING_FORMAT_H

#include "core/base/int128.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define RECORDING_FORMAT_VERSION 1
#define RECORDING_BUILD		 "fundarb 0.1.0" /* writer's name in the segment header */
#define SEGMENT_HEADER_BYTES	 64
#define BLOCK_HEADER_BYTES	 48
#define SEGMENT_TRAILER_BYTES	 16
#define BLOCK_RAW_MAX		 ((uint32_t)64 << 20)
#define RECORD_LEVELS_MAX	 1000000
#define DICTIONARY_STREAMS_MAX	 65535
#define DICTIONARY_REVISION_MAX	 65535

enum block_kind {
	BLOCK_DICTIONARY = 1, /* all instruments and streams so far: starts the tables anew */
	BLOCK_ADDITION = 2,   /* what came after the dictionary revision before this one */
	BLOCK_EVENTS = 3,
	BLOCK_KEYFRAME = 4, /* the books of every synced instrument */
	BLOCK_FOOTER = 5,   /* index of the segment's blocks */
};

struct segment_header {
	uint32_t version;
	uint32_t run;
	uint32_t number; /* of the segment within its run, 0.. */
	int64_t start_ns;
};

struct block_header {
	uint8_t codec;	     /* enum recording_codec */
	uint8_t kind;	     /* enum block_kind */
	bool venue_time;     /* first_ns and last_ns are venue time, not local time */
	uint16_t dictionary; /* revision needed to decode it */
	uint32_t sequence;   /* within the segment, 0.. */
	uint32_t raw_bytes;
	uint32_t stored_bytes;
	uint32_t records;
	int64_t first_ns;
	int64_t last_ns;
	uint32_t payload_crc;
};

void segment_header_write(const struct segment_header *header, uint8_t *out);
/* False unless magic and checksum are right; the version is for the caller to judge. */
bool segment_header_read(const uint8_t *bytes, struct segment_header *header);
void block_header_write(const struct block_header *header, uint8_t *out);
/* False unless magic, checksum and lengths are right. */
bool block_header_read(const uint8_t *bytes, struct block_header *header);
/* Offset of the first possible block magic in bytes, or length if there is none. */
size_t block_magic_search(const uint8_t *bytes, size_t length);
void segment_trailer_write(uint64_t footer_offset, uint8_t *out);
bool segment_trailer_read(const uint8_t *bytes, uint64_t *footer_offset);
uint32_t recording_crc(const uint8_t *bytes, size_t length);

/* --- integers ------------------------------------------------------------------------------ */

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the fast integer path reads little-endian words"
#endif

#define VARINT_BYTES_MAX 10
#define VARINT_I128_MAX	 20 /* with its exponent byte */
#define CURSOR_SLACK	 16 /* readable bytes required behind a cursor's end */

static inline uint64_t zigzag(int64_t value)
{
	return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
}

static inline int64_t unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

/* Differences wrap, so that any pair of int64 survives. */
static inline int64_t wrapping_sub(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static inline int64_t wrapping_add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* Each write_ returns the position behind what it wrote. */
static inline uint8_t *write_varint(uint8_t *at, uint64_t value)
{
	while (value >= 0x80) {
		*at++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*at++ = (uint8_t)value;
	return at;
}

static inline uint8_t *write_zigzag(uint8_t *at, int64_t value)
{
	return write_varint(at, zigzag(value));
}

/* value = mantissa * 10^exponent: exponent, then the mantissa as a zigzag varint of 128 bits. */
uint8_t *write_i128(uint8_t *at, i128 value);
/* Length, then the bytes. */
uint8_t *write_text(uint8_t *at, const char *text);

/*
 * Reads within [at, end); CURSOR_SLACK bytes behind end must be readable (their value does not
 * matter). A read that would start at the end, or a malformed integer, sets bad and gives 0. A read
 * may run past the end within the slack: cursor_sound tells at the end of a record.
 */
struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool bad;
};

static inline bool cursor_sound(const struct cursor *cursor)
{
	return !cursor->bad && cursor->at <= cursor->end;
}

static inline uint64_t load_word(const uint8_t *at)
{
	uint64_t word;
	memcpy(&word, at, sizeof word);
	return word;
}

#define VARINT_STOP_BITS UINT64_C(0x8080808080808080)

/* Eight bytes of seven bits each, closed up. */
static inline uint64_t varint_close_up(uint64_t x)
{
	x = (x & UINT64_C(0x007f007f007f007f)) | (x & UINT64_C(0x7f007f007f007f00)) >> 1;
	x = (x & UINT64_C(0x00003fff00003fff)) | (x & UINT64_C(0x3fff00003fff0000)) >> 2;
	return (x & UINT64_C(0x000000000fffffff)) | (x & UINT64_C(0x0fffffff00000000)) >> 4;
}

uint64_t read_varint_long(struct cursor *cursor);

static inline uint64_t read_varint(struct cursor *cursor)
{
	if (__builtin_expect(cursor->at >= cursor->end, 0)) {
		cursor->bad = true;
		return 0;
	}
	uint64_t word = load_word(cursor->at);
	if (!(word & 0x80)) {
		cursor->at++;
		return word & 0x7f;
	}
	uint64_t stops = ~word & VARINT_STOP_BITS;
	if (__builtin_expect(stops == 0, 0))
		return read_varint_long(cursor);
	cursor->at += (__builtin_ctzll(stops) + 1) >> 3;
	return varint_close_up(word & (stops ^ (stops - 1)));
}

static inline int64_t read_zigzag(struct cursor *cursor)
{
	return unzigzag(read_varint(cursor));
}

i128 read_i128(struct cursor *cursor);
/* Copies a text of at most size - 1 bytes, none of them NUL; anything else is bad. */
void read_text(struct cursor *cursor, char *out, size_t size);
/* A value below limit; anything else is bad and gives 0. */
uint32_t read_below(struct cursor *cursor, uint32_t limit);

#endif
