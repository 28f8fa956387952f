#include "exchanges/hyperliquid/msgpack.h"

#include <string.h>

void msgpack_begin(struct msgpack_writer *writer, uint8_t *bytes, size_t size)
{
	*writer = (struct msgpack_writer){.bytes = bytes, .size = size};
}

void msgpack_append(struct msgpack_writer *writer, const void *bytes, size_t length)
{
	if (writer->overflowed || length > writer->size - writer->length) {
		writer->overflowed = true;
		return;
	}
	memcpy(writer->bytes + writer->length, bytes, length);
	writer->length += length;
}

/* A type byte and the lowest `width` bytes of value, big-endian. */
static void append_wide(struct msgpack_writer *writer, uint8_t type, uint64_t value, unsigned width)
{
	uint8_t bytes[9] = {type};
	for (unsigned i = 0; i < width; i++)
		bytes[1 + i] = (uint8_t)(value >> (width - 1 - i) * 8);
	msgpack_append(writer, bytes, 1 + width);
}

void msgpack_append_u64(struct msgpack_writer *writer, uint64_t value)
{
	uint8_t bytes[8];
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (7 - i) * 8);
	msgpack_append(writer, bytes, sizeof(bytes));
}

static void append_count(struct msgpack_writer *writer, uint8_t fix_type, uint8_t wide_type,
			 size_t count)
{
	if (count < 16)
		append_wide(writer, (uint8_t)(fix_type + count), 0, 0);
	else if (count <= UINT16_MAX)
		append_wide(writer, wide_type, count, 2);
	else
		writer->overflowed = true;
}

void msgpack_map(struct msgpack_writer *writer, size_t count)
{
	append_count(writer, 0x80, 0xde, count);
}

void msgpack_array(struct msgpack_writer *writer, size_t count)
{
	append_count(writer, 0x90, 0xdc, count);
}

void msgpack_text(struct msgpack_writer *writer, const char *text, size_t length)
{
	if (length < 32)
		append_wide(writer, (uint8_t)(0xa0 + length), 0, 0);
	else if (length <= UINT8_MAX)
		append_wide(writer, 0xd9, length, 1);
	else if (length <= UINT16_MAX)
		append_wide(writer, 0xda, length, 2);
	else
		writer->overflowed = true;
	msgpack_append(writer, text, length);
}

void msgpack_bool(struct msgpack_writer *writer, bool value)
{
	append_wide(writer, value ? 0xc3 : 0xc2, 0, 0);
}

void msgpack_unsigned(struct msgpack_writer *writer, uint64_t value)
{
	if (value < 128)
		append_wide(writer, (uint8_t)value, 0, 0);
	else if (value <= UINT8_MAX)
		append_wide(writer, 0xcc, value, 1);
	else if (value <= UINT16_MAX)
		append_wide(writer, 0xcd, value, 2);
	else if (value <= UINT32_MAX)
		append_wide(writer, 0xce, value, 4);
	else
		append_wide(writer, 0xcf, value, 8);
}

void msgpack_signed(struct msgpack_writer *writer, int64_t value)
{
	if (value >= 0)
		msgpack_unsigned(writer, (uint64_t)value);
	else if (value >= -32)
		append_wide(writer, (uint8_t)value, 0, 0);
	else if (value >= INT8_MIN)
		append_wide(writer, 0xd0, (uint64_t)value, 1);
	else if (value >= INT16_MIN)
		append_wide(writer, 0xd1, (uint64_t)value, 2);
	else if (value >= INT32_MIN)
		append_wide(writer, 0xd2, (uint64_t)value, 4);
	else
		append_wide(writer, 0xd3, (uint64_t)value, 8);
}
