/* SPDX-License-Identifier: ISC */
#include "http.h"
#include <string.h>

static char
lower(uint8_t c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static int
begins(const uint8_t *in, size_t len, const char *what)
{
	for (; *what; what++, in++, len--)
		if (len == 0 || lower(*in) != *what)
			return 0;
	return 1;
}

/* Is the word one of a list such as "chat, secretsocket.v1; x=y"? */
static int
listed(const uint8_t *in, size_t len, const char *word)
{
	size_t n = strlen(word);

	while (len > 0) {
		while (len > 0 && (*in == ' ' || *in == '\t' || *in == ','))
			in++, len--;
		if (begins(in, len, word) && (len == n ||
		    strchr(" \t,;", in[n])))
			return 1;
		while (len > 0 && *in != ',')
			in++, len--;
	}
	return 0;
}

int
ss_http_looks(const uint8_t *in, size_t len)
{
	static const char *const starts[] = { "GET ", "HTTP/1." };

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(starts[i]);

		if (memcmp(in, starts[i], len < n ? len : n) == 0)
			return len < n ? -1 : 1;
	}
	return 0;
}

size_t
ss_http_length(const uint8_t *in, size_t len)
{
	for (size_t i = 0; i + 4 <= len; i++)
		if (memcmp(in + i, "\r\n\r\n", 4) == 0)
			return i + 4;
	return 0;
}

static void
field(struct ss_http *h, const uint8_t *line, size_t len)
{
	const uint8_t *colon = memchr(line, ':', len), *value;
	size_t n;

	if (!colon)
		return;
	value = colon + 1;
	n = (size_t)(line + len - value);
	while (n > 0 && (*value == ' ' || *value == '\t'))
		value++, n--;
	if (begins(line, len, "upgrade:"))
		h->websocket |= listed(value, n, "websocket");
	if (begins(line, len, "sec-websocket-extensions:"))
		h->deflate |= listed(value, n, "permessage-deflate");
	if (begins(line, len, "sec-websocket-protocol:")) {
		h->ours |= listed(value, n, SS_SUBPROTOCOL);
		if (n >= sizeof(h->protocol))
			n = sizeof(h->protocol) - 1;
		memcpy(h->protocol, value, n);
		h->protocol[n] = '\0';
	}
}

void
ss_http_get(struct ss_http *h, const uint8_t *in, size_t len)
{
	const uint8_t *nl;

	memset(h, 0, sizeof(*h));
	h->request = begins(in, len, "get ");
	if (begins(in, len, "http/1.") && len > 12)
		for (size_t i = 9; i < 12 && in[i] >= '0' && in[i] <= '9'; i++)
			h->status = h->status * 10 + in[i] - '0';
	while ((nl = memchr(in, '\n', len))) {
		size_t n = (size_t)(nl - in);

		field(h, in, n > 0 && in[n - 1] == '\r' ? n - 1 : n);
		in += n + 1;
		len -= n + 1;
	}
}
