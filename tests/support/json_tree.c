#include "tests/support/json_tree.h"

#include "core/base/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy_text(const struct json_token *token)
{
	size_t size = token->length * 2 + 8;
	char *text = malloc(size);
	if (text == NULL)
		abort();
	if (!token->escaped) {
		memcpy(text, token->text, token->length);
		text[token->length] = '\0';
	} else if (!json_unescape(token, text, size)) {
		free(text);
		return NULL;
	}
	return text;
}

static struct json_tree *parse_value(struct json_reader *reader, const struct json_token *token);

/* Members or elements of `tree` up to its closing bracket. */
static bool parse_children(struct json_reader *reader, struct json_tree *tree)
{
	struct json_tree **end = &tree->first;
	struct json_token token;
	for (;;) {
		char *key = NULL;
		enum json_type type = json_next(reader, &token);
		if (type == JSON_OBJECT_END || type == JSON_ARRAY_END)
			return true;
		if (type == JSON_KEY) {
			key = copy_text(&token);
			if (key == NULL)
				return false;
			json_next(reader, &token);
		}
		*end = parse_value(reader, &token);
		if (*end == NULL) {
			free(key);
			return false;
		}
		(*end)->key = key;
		end = &(*end)->next;
	}
}

static struct json_tree *parse_value(struct json_reader *reader, const struct json_token *token)
{
	struct json_tree *tree = calloc(1, sizeof(*tree));
	bool good = true;
	if (tree == NULL)
		abort();
	switch (token->type) {
	case JSON_OBJECT_BEGIN:
		tree->kind = TREE_OBJECT;
		good = parse_children(reader, tree);
		break;
	case JSON_ARRAY_BEGIN:
		tree->kind = TREE_ARRAY;
		good = parse_children(reader, tree);
		break;
	case JSON_STRING:
	case JSON_NUMBER:
		tree->kind = token->type == JSON_STRING ? TREE_STRING : TREE_NUMBER;
		tree->text = copy_text(token);
		good = tree->text != NULL;
		break;
	case JSON_TRUE:
		tree->kind = TREE_TRUE;
		break;
	case JSON_FALSE:
		tree->kind = TREE_FALSE;
		break;
	case JSON_NULL:
		tree->kind = TREE_NULL;
		break;
	case JSON_ERROR:
	case JSON_END:
	case JSON_OBJECT_END:
	case JSON_ARRAY_END:
	case JSON_KEY:
		good = false;
		break;
	}
	if (!good) {
		json_tree_free(tree);
		return NULL;
	}
	return tree;
}

struct json_tree *json_tree_parse(const char *text, size_t length, const char **error)
{
	struct json_reader reader;
	struct json_token token;
	json_reader_init(&reader, text, length);
	json_next(&reader, &token);
	struct json_tree *tree = parse_value(&reader, &token);
	if (tree != NULL && json_next(&reader, &token) == JSON_END)
		return tree;
	json_tree_free(tree);
	*error = reader.error != NULL ? reader.error : "a string holds a wrong escape";
	return NULL;
}

struct json_tree *json_tree_load(const char *path, const char **error)
{
	FILE *file = fopen(path, "rb");
	*error = "cannot be read";
	if (file == NULL)
		return NULL;
	struct json_tree *tree = NULL;
	long length = -1;
	if (fseek(file, 0, SEEK_END) == 0)
		length = ftell(file);
	char *text = length >= 0 ? malloc((size_t)length + 1) : NULL;
	if (text != NULL) {
		rewind(file);
		if (fread(text, 1, (size_t)length, file) == (size_t)length)
			tree = json_tree_parse(text, (size_t)length, error);
	}
	free(text);
	fclose(file);
	return tree;
}

void json_tree_free(struct json_tree *tree)
{
	while (tree != NULL) {
		struct json_tree *next = tree->next;
		json_tree_free(tree->first);
		free(tree->key);
		free(tree->text);
		free(tree);
		tree = next;
	}
}

const struct json_tree *json_tree_member(const struct json_tree *tree, const char *key)
{
	if (tree == NULL || tree->kind != TREE_OBJECT)
		return NULL;
	for (const struct json_tree *child = tree->first; child != NULL; child = child->next) {
		if (strcmp(child->key, key) == 0)
			return child;
	}
	return NULL;
}

const struct json_tree *json_tree_element(const struct json_tree *tree, size_t index)
{
	if (tree == NULL || tree->kind != TREE_ARRAY)
		return NULL;
	const struct json_tree *child = tree->first;
	while (child != NULL && index-- > 0)
		child = child->next;
	return child;
}

size_t json_tree_count(const struct json_tree *tree)
{
	size_t count = 0;
	if (tree == NULL)
		return 0;
	for (const struct json_tree *child = tree->first; child != NULL; child = child->next)
		count++;
	return count;
}

const char *json_tree_text(const struct json_tree *tree)
{
	return tree != NULL && tree->text != NULL ? tree->text : "";
}

bool json_tree_i64(const struct json_tree *tree, int64_t *out)
{
	return tree != NULL && tree->kind == TREE_NUMBER &&
	       decimal_parse_i64(tree->text, strlen(tree->text), 0, out) == DECIMAL_OK;
}
