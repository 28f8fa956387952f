/*
 * A JSON file as a tree for tests, numbers kept as their text: cJSON would put nanosecond stamps
 * and update ids through a double.
 */
#ifndef FUNDARB_TESTS_SUPPORT_JSON_TREE_H
#define FUNDARB_TESTS_SUPPORT_JSON_TREE_H

#include "core/base/json_reader.h"

enum json_tree_kind {
	TREE_OBJECT,
	TREE_ARRAY,
	TREE_STRING,
	TREE_NUMBER,
	TREE_TRUE,
	TREE_FALSE,
	TREE_NULL
};

struct json_tree {
	enum json_tree_kind kind;
	char *key;		 /* of a member; else NULL */
	char *text;		 /* of strings (unescaped) and numbers; else NULL */
	struct json_tree *first; /* child */
	struct json_tree *next;	 /* sibling */
};

/* NULL: *error (static text) says why; the tree is freed with json_tree_free. */
struct json_tree *json_tree_parse(const char *text, size_t length, const char **error);
struct json_tree *json_tree_load(const char *path, const char **error);
void json_tree_free(struct json_tree *tree);

/* Member of an object, or NULL; element of an array, or NULL. A NULL tree has neither. */
const struct json_tree *json_tree_member(const struct json_tree *tree, const char *key);
const struct json_tree *json_tree_element(const struct json_tree *tree, size_t index);
size_t json_tree_count(const struct json_tree *tree);
/* Text of a string or number, else "". */
const char *json_tree_text(const struct json_tree *tree);
/* A number as an integer; false if it is none or does not fit. */
bool json_tree_i64(const struct json_tree *tree, int64_t *out);

#endif
