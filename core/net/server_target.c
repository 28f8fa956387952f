#include "core/net/server_internal.h"

#include <string.h>

/*
 * libwebsockets decodes the path and every argument and keeps no copy of the line. Encoding again
 * gives a target of the same meaning: what is reserved inside a value was encoded when it came.
 */
static bool put(char **at, const char *end, char character)
{
	if (*at >= end)
		return false;
	*(*at)++ = character;
	return true;
}

static bool put_encoded(char **at, const char *end, const char *text, int length,
			const char *as_they_are)
{
	static const char digits[] = "0123456789ABCDEF";
	for (int i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];
		bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
			     (byte >= 'a' && byte <= 'z') ||
			     (byte != 0 && strchr(as_they_are, byte));
		if (plain ? !put(at, end, (char)byte)
			  : !put(at, end, '%') || !put(at, end, digits[byte >> 4]) ||
				    !put(at, end, digits[byte & 15]))
			return false;
	}
	return true;
}

bool server_target(struct lws *wsi, char *target, size_t size)
{
	char piece[HTTP_TARGET_MAX + 1];
	char *at = target;
	const char *end = target + size - 1;
	enum lws_token_indexes path = lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0
					      ? WSI_TOKEN_POST_URI
					      : WSI_TOKEN_GET_URI;
	int length = lws_hdr_copy(wsi, piece, sizeof(piece), path);
	if (length < 0 || !put_encoded(&at, end, piece, length, "-._~/:@!$'()*,;="))
		return false;
	for (int i = 0;; i++) {
		length = lws_hdr_copy_fragment(wsi, piece, sizeof(piece), WSI_TOKEN_HTTP_URI_ARGS,
					       i);
		if (length < 0)
			break;
		if (!put(&at, end, i == 0 ? '?' : '&') ||
		    !put_encoded(&at, end, piece, length, "-._~/:@!$'()*,;=?"))
			return false;
	}
	*at = '\0';
	return true;
}
