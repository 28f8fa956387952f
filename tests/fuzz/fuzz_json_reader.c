/* Any bytes: tokens lie inside the text, the reader advances, and skipping a value ends where
 * walking through it ends, with the same verdict. */
#include "core/base/json_reader.h"

#include <assert.h>
#include <string.h>

/* What skipping said at a BEGIN token, to compare when the walk gets there. */
struct skip {
	bool done;
	struct json_reader after;
};

static void check_text(const struct json_token *token)
{
	char room[64];
	int64_t as_signed;
	uint64_t as_unsigned;
	bool backslash = token->length && memchr(token->text, '\\', token->length);

	if (token->type == JSON_KEY || token->type == JSON_STRING)
		assert(token->escaped == backslash);
	for (size_t size = 0; size <= sizeof(room); size += 21) {
		if (json_unescape(token, room, size))
			assert(memchr(room, '\0', size));
	}
	if (json_to_u64(token, &as_unsigned) && json_to_i64(token, &as_signed))
		assert((uint64_t)as_signed == as_unsigned);
	(void)json_is(token, "data");
}

static void check_same(const struct json_reader *walked, const struct json_reader *skipped)
{
	assert(walked->at == skipped->at);
	assert(walked->depth == skipped->depth);
	assert(walked->state == skipped->state);
	assert(walked->is_object == skipped->is_object);
	assert(walked->error == skipped->error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *text = (const char *)bytes;
	struct skip skips[JSON_DEPTH_MAX + 1];
	struct json_reader reader, before;
	struct json_token token;
	enum json_type previous = JSON_NULL;
	size_t offset = 0;

	json_reader_init(&reader, text, size);
	for (;;) {
		before = reader;
		enum json_type type = json_next(&reader, &token);
		assert(type == token.type);
		assert(reader.depth <= JSON_DEPTH_MAX);
		assert(json_offset(&reader) <= size);
		if (type == JSON_ERROR)
			break;
		if (size > 0) {
			assert(token.text >= text && token.text <= text + size);
			assert(token.length <= (size_t)(text + size - token.text));
		}
		assert(previous == JSON_NULL || type == JSON_END || json_offset(&reader) > offset);
		offset = json_offset(&reader);
		check_text(&token);
		if (type == JSON_END)
			break;
		if (type == JSON_OBJECT_BEGIN || type == JSON_ARRAY_BEGIN) {
			struct skip *skip = &skips[reader.depth];
			skip->after = reader;
			skip->done = json_skip_container(&skip->after);
			assert(json_skip_value(&before) == skip->done);
			check_same(&before, &skip->after);
		} else if (type == JSON_OBJECT_END || type == JSON_ARRAY_END) {
			assert(skips[reader.depth + 1].done);
			check_same(&reader, &skips[reader.depth + 1].after);
		} else if (type != JSON_KEY) {
			assert(json_skip_value(&before));
			check_same(&before, &reader);
		}
		previous = type;
	}
	if (token.type == JSON_ERROR) {
		assert(reader.error);
		for (unsigned depth = 1; depth <= before.depth; depth++) {
			assert(!skips[depth].done);
			assert(skips[depth].after.error == reader.error);
			assert(skips[depth].after.at == reader.at);
		}
		assert(json_next(&reader, &token) == JSON_ERROR);
	} else {
		assert(!reader.error && reader.depth == 0 && json_offset(&reader) == size);
	}
	return 0;
}
