#include "core/store/recording_format.h"
#include <assert.h>
#include <zlib.h>

static const uint8_t segment_magic[8] = {'F', 'A', 'R', 'S', 'E', 'G', '\r', '\n'};
static const uint8_t block_magic[4] = {0xfa, 'B', 'L', 0xce};
static const uint8_t trailer_magic[4] = {0xfa, 'E', 'N', 'D'};

#define SEGMENT_BUILD_BYTES  24
#define BLOCK_VENUE_TIME_BIT 0x80
#define BLOCK_CODECS	     2
#define DEFLATE_RATIO_MAX    1040 /* no deflate stream expands further */

static void put_u16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void put_u32(uint8_t *at, uint32_t value)
{
	put_u16(at, (uint16_t)value);
	put_u16(at + 2, (uint16_t)(value >> 16));
}

static void put_u64(uint8_t *at, uint64_t value)
{
	put_u32(at, (uint32_t)value);
	put_u32(at + 4, (uint32_t)(value >> 32));
}

static uint16_t get_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t get_u32(const uint8_t *at)
{
	return get_u16(at) | (uint32_t)get_u16(at + 2) << 16;
}

static uint64_t get_u64(const uint8_t *at)
{
	return get_u32(at) | (uint64_t)get_u32(at + 4) << 32;
}

uint32_t recording_crc(const uint8_t *bytes, size_t length)
{
	return (uint32_t)crc32_z(0, bytes, length);
}

void segment_header_write(const struct segment_header *header, uint8_t *out)
{
	memset(out, 0, SEGMENT_HEADER_BYTES);
	memcpy(out, segment_magic, sizeof segment_magic);
	put_u32(out + 8, header->version);
	put_u32(out + 12, 0); /* feature flags: none yet */
	put_u32(out + 16, header->run);
	put_u32(out + 20, header->number);
	put_u64(out + 24, (uint64_t)header->start_ns);
	static_assert(sizeof RECORDING_BUILD <= SEGMENT_BUILD_BYTES, "build name too long");
	memcpy(out + 32, RECORDING_BUILD, sizeof RECORDING_BUILD);
	put_u32(out + 60, recording_crc(out, 60));
}

bool segment_header_read(const uint8_t *bytes, struct segment_header *header)
{
	if (memcmp(bytes, segment_magic, sizeof segment_magic) != 0 ||
	    get_u32(bytes + 60) != recording_crc(bytes, 60))
		return false;
	*header = (struct segment_header){
		.version = get_u32(bytes + 8),
		.run = get_u32(bytes + 16),
		.number = get_u32(bytes + 20),
		.start_ns = (int64_t)get_u64(bytes + 24),
	};
	return true;
}

void block_header_write(const struct block_header *header, uint8_t *out)
{
	memcpy(out, block_magic, sizeof block_magic);
	out[4] = header->codec;
	out[5] = (uint8_t)(header->kind | (header->venue_time ? BLOCK_VENUE_TIME_BIT : 0));
	put_u16(out + 6, header->dictionary);
	put_u32(out + 8, header->sequence);
	put_u32(out + 12, header->raw_bytes);
	put_u32(out + 16, header->stored_bytes);
	put_u32(out + 20, header->records);
	put_u64(out + 24, (uint64_t)header->first_ns);
	put_u64(out + 32, (uint64_t)header->last_ns);
	put_u32(out + 40, header->payload_crc);
	put_u32(out + 44, recording_crc(out, 44));
}

bool block_header_read(const uint8_t *bytes, struct block_header *header)
{
	if (memcmp(bytes, block_magic, sizeof block_magic) != 0 ||
	    get_u32(bytes + 44) != recording_crc(bytes, 44))
		return false;
	*header = (struct block_header){
		.codec = bytes[4],
		.kind = bytes[5] & (uint8_t)~BLOCK_VENUE_TIME_BIT,
		.venue_time = (bytes[5] & BLOCK_VENUE_TIME_BIT) != 0,
		.dictionary = get_u16(bytes + 6),
		.sequence = get_u32(bytes + 8),
		.raw_bytes = get_u32(bytes + 12),
		.stored_bytes = get_u32(bytes + 16),
		.records = get_u32(bytes + 20),
		.first_ns = (int64_t)get_u64(bytes + 24),
		.last_ns = (int64_t)get_u64(bytes + 32),
		.payload_crc = get_u32(bytes + 40),
	};
	if (header->codec >= BLOCK_CODECS || header->raw_bytes > BLOCK_RAW_MAX ||
	    header->stored_bytes > BLOCK_RAW_MAX)
		return false;
	if (header->codec == 0)
		return header->raw_bytes == header->stored_bytes;
	return header->raw_bytes <= (uint64_t)header->stored_bytes * DEFLATE_RATIO_MAX;
}

size_t block_magic_search(const uint8_t *bytes, size_t length)
{
	size_t at = 0;
	while (at + sizeof block_magic <= length) {
		const uint8_t *found =
			memchr(bytes + at, block_magic[0], length - at - sizeof block_magic + 1);
		if (found == NULL)
			return length;
		at = (size_t)(found - bytes);
		if (memcmp(found, block_magic, sizeof block_magic) == 0)
			return at;
		at++;
	}
	return length;
}

void segment_trailer_write(uint64_t footer_offset, uint8_t *out)
{
	put_u64(out, footer_offset);
	memcpy(out + 8, trailer_magic, sizeof trailer_magic);
	put_u32(out + 12, recording_crc(out, 12));
}

bool segment_trailer_read(const uint8_t *bytes, uint64_t *footer_offset)
{
	if (memcmp(bytes + 8, trailer_magic, sizeof trailer_magic) != 0 ||
	    get_u32(bytes + 12) != recording_crc(bytes, 12))
		return false;
	*footer_offset = get_u64(bytes);
	return true;
}

uint8_t *write_i128(uint8_t *at, i128 value)
{
	unsigned exponent = 0;
	if (value != 0)
		for (unsigned step = 16; step > 0; step /= 2) {
			i128 power = i128_power_of_ten(step);
			if (value % power == 0) {
				value /= power;
				exponent += step;
			}
		}
	*at++ = (uint8_t)exponent;
	u128 rest = (u128)value << 1 ^ (u128)(value >> 127);
	while (rest >= 0x80) {
		*at++ = (uint8_t)(rest | 0x80);
		rest >>= 7;
	}
	*at++ = (uint8_t)rest;
	return at;
}

uint8_t *write_text(uint8_t *at, const char *text)
{
	size_t length = strlen(text);
	at = write_varint(at, length);
	memcpy(at, text, length);
	return at + length;
}

uint64_t read_varint_long(struct cursor *cursor)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 70 && cursor->at < cursor->end; shift += 7) {
		uint8_t byte = *cursor->at++;
		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	cursor->bad = true;
	return 0;
}

i128 read_i128(struct cursor *cursor)
{
	uint32_t exponent = read_below(cursor, 39);
	u128 rest = 0;
	for (unsigned shift = 0; shift < 133 && cursor->at < cursor->end; shift += 7) {
		uint8_t byte = *cursor->at++;
		if (shift == 126 && byte > 3)
			break;
		rest |= (u128)(byte & 0x7f) << shift;
		if (byte >= 0x80)
			continue;
		i128 value = (i128)(rest >> 1 ^ (0 - (rest & 1)));
		if (!i128_mul(value, i128_power_of_ten(exponent), &value))
			break;
		return value;
	}
	cursor->bad = true;
	return 0;
}

void read_text(struct cursor *cursor, char *out, size_t size)
{
	uint64_t length = read_varint(cursor);
	out[0] = '\0';
	if (cursor->bad || cursor->at > cursor->end ||
	    length > (uint64_t)(cursor->end - cursor->at) || length >= size ||
	    memchr(cursor->at, '\0', length) != NULL) {
		cursor->bad = true;
		return;
	}
	memcpy(out, cursor->at, length);
	out[length] = '\0';
	cursor->at += length;
}

uint32_t read_below(struct cursor *cursor, uint32_t limit)
{
	uint64_t value = read_varint(cursor);
	if (value >= limit) {
		cursor->bad = true;
		return 0;
	}
	return (uint32_t)value;
}
