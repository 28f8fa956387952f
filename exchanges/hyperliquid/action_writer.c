#include "exchanges/hyperliquid/action_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void action_writer_begin(struct action_writer *writer, struct msgpack_writer *msgpack, char *json,
			 size_t size)
{
	*writer = (struct action_writer){.msgpack = msgpack, .json = json, .json_size = size};
}

static void add_json(struct action_writer *writer, const char *text, size_t length)
{
	if (writer->failed || length > writer->json_size - writer->json_length) {
		writer->failed = true;
		return;
	}
	memcpy(writer->json + writer->json_length, text, length);
	writer->json_length += length;
}

static void add_json_char(struct action_writer *writer, char c)
{
	add_json(writer, &c, 1);
}

static bool is_plain(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
			return false;
	return true;
}

static void add_both_texts(struct action_writer *writer, const char *text)
{
	size_t length = strlen(text);
	if (!is_plain(text, length))
		writer->failed = true;
	add_json_char(writer, '"');
	add_json(writer, text, length);
	add_json_char(writer, '"');
	msgpack_text(writer->msgpack, text, length);
}

/* Before a value: its place must be one, and a comma may be due. */
static void begin_value(struct action_writer *writer)
{
	if (writer->depth == 0) {
		if (writer->json_length != 0)
			writer->failed = true;
		return;
	}
	if (writer->open[writer->depth - 1].is_map) {
		if (!writer->open[writer->depth - 1].keyed)
			writer->failed = true;
		return;
	}
	if (writer->open[writer->depth - 1].begun)
		add_json_char(writer, ',');
	writer->open[writer->depth - 1].begun = true;
}

/* After a value: containers that are full close. */
static void end_value(struct action_writer *writer)
{
	while (writer->depth > 0) {
		unsigned inner = writer->depth - 1;
		if (writer->open[inner].left > 0) {
			writer->open[inner].keyed = false;
			if (--writer->open[inner].left > 0)
				return;
		}
		add_json_char(writer, writer->open[inner].is_map ? '}' : ']');
		writer->depth = inner;
	}
}

static void open_container(struct action_writer *writer, size_t count, bool is_map)
{
	begin_value(writer);
	if (writer->depth == ACTION_WRITER_DEPTH_MAX) {
		writer->failed = true;
		return;
	}
	add_json_char(writer, is_map ? '{' : '[');
	writer->open[writer->depth].left = count;
	writer->open[writer->depth].is_map = is_map;
	writer->open[writer->depth].keyed = false;
	writer->open[writer->depth].begun = false;
	writer->depth++;
	if (count == 0)
		end_value(writer);
}

void action_writer_map(struct action_writer *writer, size_t members)
{
	msgpack_map(writer->msgpack, members);
	open_container(writer, members, true);
}

void action_writer_array(struct action_writer *writer, size_t elements)
{
	msgpack_array(writer->msgpack, elements);
	open_container(writer, elements, false);
}

void action_writer_key(struct action_writer *writer, const char *key)
{
	if (writer->depth == 0 || !writer->open[writer->depth - 1].is_map ||
	    writer->open[writer->depth - 1].keyed) {
		writer->failed = true;
		return;
	}
	if (writer->open[writer->depth - 1].begun)
		add_json_char(writer, ',');
	writer->open[writer->depth - 1].begun = true;
	writer->open[writer->depth - 1].keyed = true;
	add_both_texts(writer, key);
	add_json_char(writer, ':');
}

void action_writer_text(struct action_writer *writer, const char *text)
{
	begin_value(writer);
	add_both_texts(writer, text);
	end_value(writer);
}

void action_writer_bool(struct action_writer *writer, bool value)
{
	begin_value(writer);
	add_json(writer, value ? "true" : "false", value ? 4 : 5);
	msgpack_bool(writer->msgpack, value);
	end_value(writer);
}

void action_writer_unsigned(struct action_writer *writer, uint64_t value)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%" PRIu64, value);
	begin_value(writer);
	add_json(writer, text, (size_t)length);
	msgpack_unsigned(writer->msgpack, value);
	end_value(writer);
}

void action_writer_signed(struct action_writer *writer, int64_t value)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%" PRId64, value);
	begin_value(writer);
	add_json(writer, text, (size_t)length);
	msgpack_signed(writer->msgpack, value);
	end_value(writer);
}

bool action_writer_end(const struct action_writer *writer)
{
	return !writer->failed && !writer->msgpack->overflowed && writer->depth == 0 &&
	       writer->json_length > 0;
}
