/*
 * A request's JSON as a tree, in the order in which it came: what is hashed depends on it. Numbers
 * stay text. Stricter than JSON: a member given twice, or a text with a NUL, is no request.
 */
#ifndef FUNDARB_EXCHANGES_TESTNET_HYPERLIQUID_SERVICE_JSON_H
#define FUNDARB_EXCHANGES_TESTNET_HYPERLIQUID_SERVICE_JSON_H

#include "core/base/json_reader.h"

#define HYPER_JSON_NODES_MAX   20000
#define HYPER_JSON_MEMBERS_MAX 64 /* of one object */

struct hyper_json {
	/* JSON_OBJECT_BEGIN, JSON_ARRAY_BEGIN, JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE or
	 * JSON_NULL. */
	enum json_type type;
	const char *key;  /* of an object's member, else NULL */
	const char *text; /* of strings (resolved) and numbers; NUL-terminated */
	size_t length;
	unsigned count; /* of an object's or array's elements */
	const struct hyper_json *first, *next;
};

struct hyper_document {
	struct hyper_json *nodes; /* the first is the root */
	char *room;
};

/* False: no JSON, too large, or no memory; nothing is owned then. */
bool hyper_document_parse(struct hyper_document *document, const char *text, size_t length);
void hyper_document_free(struct hyper_document *document);

/* NULL: object is NULL or no object, or has no such member. A member that is null is found. */
const struct hyper_json *hyper_json_member(const struct hyper_json *object, const char *key);
/* The same, but a member that is null counts as absent. */
const struct hyper_json *hyper_json_given(const struct hyper_json *object, const char *key);
/* NULL: not a string. */
const char *hyper_json_text(const struct hyper_json *node);
bool hyper_json_u64(const struct hyper_json *node, uint64_t *out);
bool hyper_json_i64(const struct hyper_json *node, int64_t *out);
bool hyper_json_bool(const struct hyper_json *node, bool *out);

#endif
