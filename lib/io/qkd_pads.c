/* SPDX-License-Identifier: ISC */
/* The pads of an authenticated discussion.         docs/protocol.md, 15.3 */
#include "../proto/text.h"
#include "file.h"
#include "io.h"
#include "qkd.h"
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX   ((size_t)4 << 20)
#define HEADER_MAX 256
#define FIRST      "secretsocket-qkd-auth"

static enum ss_err
parse(struct ss_qkd_pads *p, const char *text, size_t left)
{
	static const char *const names[] = { FIRST, "point", "at", "pads",
		"end" };
	struct ss_line l;
	enum ss_err e = SS_OK;

	for (int i = 0; i < 5 && e == SS_OK; i++) {
		if (ss_text_next(&l, &text, &left) != SS_OK ||
		    !ss_line_is(&l, names[i]))
			return SS_ERR_KEY;
		if (i == 0 && (l.len != 1 || *l.value != '1'))
			return SS_ERR_VERSION;
		if (i == 1)
			e = ss_text_hex(p->point, 16, l.value, l.len);
		if (i == 2)
			e = ss_text_dec(&p->at, UINT32_MAX, l.value, l.len);
		if (i == 3) {
			p->have = l.len / 32;
			if (l.len % 32)
				return SS_ERR_KEY;
			p->pads = xsecret_alloc(16 * p->have + 1);
			e = ss_text_hex(p->pads, 16 * p->have, l.value, l.len);
		}
	}
	return e == SS_OK && left == 0 ? SS_OK : SS_ERR_KEY;
}

/* Under its other name the file would stay as it is, and so would the pads. */
static void
xonly_name(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink > 1)
		ss_die(SS_ERR_USAGE, "authentication key '%s' has another "
		    "name: its pads would be used again there", path);
}

void
xqkd_pads_load(struct ss_qkd_pads *p, const char *path)
{
	char *text = xsecret_alloc(FILE_MAX);
	size_t len;
	enum ss_err e;

	xonly_name(path);
	e = ss_file_read(text, &len, FILE_MAX, path, 1);
	memset(p, 0, sizeof(*p));
	p->path = path;
	if (e == SS_OK)
		e = len ? parse(p, text, len) : SS_ERR_EMPTY;
	sodium_free(text);
	if (e == SS_ERR_KEY)
		ss_set_hint("ss-qkd secret makes such a file");
	if (e != SS_OK)
		ss_die(e, "authentication key '%s'", path);
}

static enum ss_err
save(const struct ss_qkd_pads *p, int force)
{
	size_t size = HEADER_MAX + 32 * p->have;
	char *text = xsecret_alloc(size);
	struct ss_buf b = { (uint8_t *)text, 0, size, 0 };
	enum ss_err e;

	ss_buf_str(&b, FIRST ": 1\npoint: ");
	ss_buf_hex(&b, p->point, 16);
	ss_buf_str(&b, "\nat: ");
	ss_buf_dec(&b, p->at);
	ss_buf_str(&b, "\npads: ");
	ss_buf_hex(&b, p->pads, 16 * p->have);
	ss_buf_str(&b, "\nend: " FIRST "\n");
	e = b.over ? SS_ERR_LENGTH :
	    ss_file_replace(p->path, text, b.len, 0600, force);
	sodium_free(text);
	return e;
}

static void
xsave(const struct ss_qkd_pads *p, int force)
{
	enum ss_err e = save(p, force);

	if (e != SS_OK)
		ss_die(e, "authentication key '%s'", p->path);
}

/* What is in memory stays as it was: the discussion refers to it. */
void
xqkd_pads_spend(struct ss_qkd_pads *p, uint64_t at)
{
	struct ss_qkd_pads rest = *p;
	uint64_t gone = at - p->at;

	if (gone > p->have)
		gone = p->have;
	rest.pads += 16 * gone;
	rest.have -= (size_t)gone;
	rest.at = at;
	xsave(&rest, 1);
}

void
xqkd_pads_add(struct ss_qkd_pads *p, const uint8_t *in, size_t n)
{
	struct ss_qkd_pads more;

	xqkd_pads_load(&more, p->path);
	p->have = more.have + n / 16;
	p->at = more.at;
	memcpy(p->point, more.point, 16);
	sodium_free(p->pads);
	p->pads = xsecret_alloc(16 * p->have + 1);
	memcpy(p->pads, more.pads, 16 * more.have);
	memcpy(p->pads + 16 * more.have, in, n);
	ss_qkd_pads_drop(&more);
	xsave(p, 1);
}

void
ss_qkd_pads_drop(struct ss_qkd_pads *p)
{
	sodium_free(p->pads);
	sodium_memzero(p, sizeof(*p));
}

/* ss-qkd secret: the file for both, to be carried from one to the other. */
void
xqkd_secret(struct ss_qkd *o)
{
	struct ss_qkd_pads p = { .have = (size_t)o->runs * SS_TALK_TAGS,
		.path = o->output };

	if (HEADER_MAX + 32 * p.have > FILE_MAX)
		ss_die(SS_ERR_USAGE, "--runs %llu is too much for one file",
		    (unsigned long long)o->runs);
	p.pads = xsecret_alloc(16 * p.have + 1);
	ss_random(p.point, 16);
	ss_random(p.pads, 16 * p.have);
	xsave(&p, o->force);
	ss_qkd_pads_drop(&p);
}
