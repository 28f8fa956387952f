#include "exchanges/testnet/hyperliquid_service_json.h"

#include <stdlib.h>
#include <string.h>

/* Values in the text; 0: it is no JSON, or too large. */
static size_t count_nodes(const char *text, size_t length)
{
	struct json_reader reader;
	struct json_token token;
	size_t count = 0;
	json_reader_init(&reader, text, length);
	for (;;) {
		switch (json_next(&reader, &token)) {
		case JSON_ERROR:
			return 0;
		case JSON_END:
			return count;
		case JSON_OBJECT_END:
		case JSON_ARRAY_END:
		case JSON_KEY:
			break;
		case JSON_OBJECT_BEGIN:
		case JSON_ARRAY_BEGIN:
		case JSON_STRING:
		case JSON_NUMBER:
		case JSON_TRUE:
		case JSON_FALSE:
		case JSON_NULL:
			if (++count > HYPER_JSON_NODES_MAX)
				return 0;
			break;
		}
	}
}

struct builder {
	struct json_reader reader;
	struct hyper_json *nodes;
	size_t used;
	char *room; /* every text and its NUL need no more than they took in the source */
};

static bool keep_text(struct builder *builder, const struct json_token *token, const char **text)
{
	*text = builder->room;
	if (token->type == JSON_NUMBER) {
		memcpy(builder->room, token->text, token->length);
		builder->room[token->length] = '\0';
	} else if (!json_unescape(token, builder->room, token->length + 1)) {
		return false;
	}
	builder->room += token->length + 1;
	return true;
}

static struct hyper_json *build_value(struct builder *builder, const struct json_token *token);

static bool adopt(struct hyper_json *parent, struct hyper_json **last, struct hyper_json *child)
{
	if (child == NULL)
		return false;
	if (*last == NULL)
		parent->first = child;
	else
		(*last)->next = child;
	*last = child;
	parent->count++;
	return true;
}

static bool build_object(struct builder *builder, struct hyper_json *object)
{
	struct hyper_json *last = NULL;
	struct json_token token;
	while (json_next(&builder->reader, &token) == JSON_KEY) {
		const char *key;
		if (object->count == HYPER_JSON_MEMBERS_MAX || !keep_text(builder, &token, &key) ||
		    hyper_json_member(object, key) != NULL)
			return false;
		(void)json_next(&builder->reader, &token);
		if (!adopt(object, &last, build_value(builder, &token)))
			return false;
		last->key = key;
	}
	return token.type == JSON_OBJECT_END;
}

static bool build_array(struct builder *builder, struct hyper_json *array)
{
	struct hyper_json *last = NULL;
	struct json_token token;
	while (json_next(&builder->reader, &token) != JSON_ARRAY_END) {
		if (!adopt(array, &last, build_value(builder, &token)))
			return false;
	}
	return true;
}

/* The reader bounds the depth. */
static struct hyper_json *build_value(struct builder *builder, const struct json_token *token)
{
	struct hyper_json *node = &builder->nodes[builder->used++];
	node->type = token->type;
	switch (token->type) {
	case JSON_OBJECT_BEGIN:
		return build_object(builder, node) ? node : NULL;
	case JSON_ARRAY_BEGIN:
		return build_array(builder, node) ? node : NULL;
	case JSON_STRING:
	case JSON_NUMBER:
		if (!keep_text(builder, token, &node->text))
			return NULL;
		node->length = strlen(node->text);
		return node;
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		return node;
	case JSON_ERROR:
	case JSON_END:
	case JSON_OBJECT_END:
	case JSON_ARRAY_END:
	case JSON_KEY:
		break;
	}
	return NULL;
}

bool hyper_document_parse(struct hyper_document *document, const char *text, size_t length)
{
	struct json_token token;
	size_t count = count_nodes(text, length);
	*document = (struct hyper_document){0};
	if (count == 0)
		return false;
	document->nodes = calloc(count, sizeof(*document->nodes));
	document->room = malloc(length + 1);
	struct builder builder = {.nodes = document->nodes, .room = document->room};
	json_reader_init(&builder.reader, text, length);
	if (document->nodes != NULL && document->room != NULL) {
		(void)json_next(&builder.reader, &token);
		if (build_value(&builder, &token) != NULL)
			return true;
	}
	hyper_document_free(document);
	return false;
}

void hyper_document_free(struct hyper_document *document)
{
	free(document->nodes);
	free(document->room);
	*document = (struct hyper_document){0};
}

/* ---- reading -----------------------------------------------------------------------------------
 */

const struct hyper_json *hyper_json_member(const struct hyper_json *object, const char *key)
{
	if (object == NULL || object->type != JSON_OBJECT_BEGIN)
		return NULL;
	for (const struct hyper_json *at = object->first; at != NULL; at = at->next) {
		/* A member being built has no key yet. */
		if (at->key != NULL && strcmp(at->key, key) == 0)
			return at;
	}
	return NULL;
}

const struct hyper_json *hyper_json_given(const struct hyper_json *object, const char *key)
{
	const struct hyper_json *member = hyper_json_member(object, key);
	return member != NULL && member->type != JSON_NULL ? member : NULL;
}

const char *hyper_json_text(const struct hyper_json *node)
{
	return node != NULL && node->type == JSON_STRING ? node->text : NULL;
}

static struct json_token token_of(const struct hyper_json *node)
{
	return (struct json_token){.type = node->type, .text = node->text, .length = node->length};
}

bool hyper_json_u64(const struct hyper_json *node, uint64_t *out)
{
	if (node == NULL || node->type != JSON_NUMBER)
		return false;
	const struct json_token token = token_of(node);
	return json_to_u64(&token, out);
}

bool hyper_json_i64(const struct hyper_json *node, int64_t *out)
{
	if (node == NULL || node->type != JSON_NUMBER)
		return false;
	const struct json_token token = token_of(node);
	return json_to_i64(&token, out);
}

bool hyper_json_bool(const struct hyper_json *node, bool *out)
{
	if (node == NULL || (node->type != JSON_TRUE && node->type != JSON_FALSE))
		return false;
	*out = node->type == JSON_TRUE;
	return true;
}
