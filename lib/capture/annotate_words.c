/* SPDX-License-Identifier: ISC */
#include "annotate.h"
#include "../proto/data.h"
#include "../proto/escape.h"
#include "../proto/utf8.h"
#include "../proto/words_record.h"
#include <string.h>

#define BINARY_SHOWN 32

static void
name(struct ss_buf *b, const char *name, const uint8_t *id)
{
	if (name[0] != '\0')
		ss_buf_str(b, name);
	else if (id)
		ss_buf_hex(b, id, SS_ID_BYTES);
	else
		ss_buf_str(b, "?");
}

/* At most so many bytes of it, and never half a character. */
static size_t
escaped(struct ss_buf *b, const uint8_t *in, size_t len, size_t most)
{
	struct ss_buf part = { b->at + b->len, 0, most, 0 };
	size_t used = 0, n;

	if (part.max > b->max - b->len)
		part.max = b->max - b->len;
	while (used < len && part.max - part.len >= SS_ESCAPE_MOST) {
		const uint8_t *nl = memchr(in + used, '\n', len - used);
		size_t line = nl ? (size_t)(nl - in) - used : len - used;

		if (line == 0) {
			ss_buf_str(&part, "\\n");
			used++;
			continue;
		}
		n = ss_escape_put(&part, in + used, line, 0);
		used += n;
		if (n < line)
			break;
	}
	b->len += part.len;
	return used;
}

/* In quotes; or the beginning of it in hex. */
static void
text(struct ss_buf *b, const uint8_t *in, size_t len)
{
	size_t used;

	if (!ss_utf8_valid(in, len) || memchr(in, 0, len)) {
		used = len < BINARY_SHOWN ? len : BINARY_SHOWN;
		ss_buf_dec(b, len);
		ss_buf_str(b, " bytes, binary: ");
		ss_buf_hex(b, in, used);
		ss_buf_str(b, used < len ? "..." : "");
		return;
	}
	if (len > 0 && in[len - 1] == '\n')
		len--;
	ss_buf_str(b, "\"");
	used = escaped(b, in, len, SS_COMMENT_TEXT);
	ss_buf_str(b, "\"");
	if (used < len) {
		ss_buf_str(b, " and ");
		ss_buf_dec(b, len - used);
		ss_buf_str(b, " bytes more");
	}
}

static void
stream(struct ss_buf *b, const struct ss_event *e)
{
	ss_buf_str(b, "the byte stream ends, ");
	ss_buf_dec(b, e->bytes);
	ss_buf_str(b, " bytes in ");
	ss_buf_dec(b, e->records);
	ss_buf_str(b, " records");
	if (e->whole) {
		ss_buf_str(b, ", sha256 ");
		ss_buf_hex(b, e->sha256, 32);
	} else {
		ss_buf_str(b, e->complete ? ", out of order" : ", not whole");
	}
}

/* What it says, as far as that can be known here. */
static void
said(struct ss_buf *b, const struct ss_event *e)
{
	switch (e->kind) {
	case SS_EVENT_HANDSHAKE:
		ss_buf_str(b, "they agree on a key");
		break;
	case SS_EVENT_INTRODUCER:
		ss_buf_str(b, e->verified ? "a new epoch, its MAC holds"
		    : "a new epoch, no key for it here");
		break;
	case SS_EVENT_MESSAGE:
	case SS_EVENT_PIECE:
		text(b, e->text, e->len);
		break;
	case SS_EVENT_SEALED:
		ss_buf_dec(b, e->record_len - SS_DATA_OVERHEAD);
		ss_buf_str(b, " bytes of text, sealed: no key for it here");
		break;
	case SS_EVENT_REFUSED:
		ss_buf_str(b, "REFUSED, it does not verify");
		break;
	case SS_EVENT_STREAM:
		stream(b, e);
		break;
	case SS_EVENT_CONTROL:
		ss_buf_str(b, "control message ");
		text(b, e->text, e->len);
		break;
	case SS_EVENT_PUBLIC:
		ss_buf_str(b, "a key from light, which is agreed in public");
	}
}

size_t
ss_annotate_words(
    uint8_t out[static SS_COMMENT_MAX], const struct ss_event *e)
{
	struct ss_buf b = { out, 0, SS_COMMENT_MAX, 0 };

	name(&b, e->by.from, e->sender);
	ss_buf_str(&b, " -> ");
	name(&b, e->by.to, e->audience);
	ss_buf_str(&b, ": ");
	said(&b, e);
	if (e->repeat)
		ss_buf_str(&b, " (again: on its way out of the relay)");
	if (e->twice)
		ss_buf_str(&b, " (another record of this number came before)");
	if (e->record) {
		ss_buf_str(&b, ". ");
		ss_words_record(&b, e->record, e->record_len);
	}
	return b.len;
}
