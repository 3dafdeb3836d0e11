/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"
#include "../lib/proto/bytes.h"
#include <string.h>

/* From a row of the wire table and its place to a line of the tree. */

proto_item *
ss_tree_generated(proto_item *item)
{
	proto_item_set_generated(item);
	return item;
}

void
ss_tree_frame(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t frame)
{
	if (frame)
		ss_tree_generated(
		    proto_tree_add_uint(tree, hf, tvb, 0, 0, frame));
}

static int
all_zero(tvbuff_t *tvb, int off, int len)
{
	const uint8_t *p = tvb_get_ptr(tvb, off, len);

	for (int i = 0; i < len; i++)
		if (p[i])
			return 0;
	return 1;
}

/* A name that travels as bytes. */
static void
append_text(proto_item *item, tvbuff_t *tvb, int off, int len)
{
	const uint8_t *p = tvb_get_ptr(tvb, off, len);

	for (int i = 0; i < len; i++)
		if (!g_ascii_isgraph(p[i]))
			return;
	proto_item_append_text(item, " (\"%.*s\")", len, (const char *)p);
}

proto_item *
ss_tree_row(proto_tree *tree, tvbuff_t *tvb, const struct ss_row *row, int off,
    int len)
{
	proto_item *item;

	if (!tree || len == 0)
		return NULL;
	switch (row->field->kind) {
	case SS_FLAGS:
		return proto_tree_add_bitmask(tree, tvb, (unsigned)off,
		    row->hf, row->ett, (int *const *)row->bits,
		    ENC_BIG_ENDIAN);
	case SS_LEN16:
		item = proto_tree_add_item(
		    tree, row->hf_length, tvb, off, 2, ENC_BIG_ENDIAN);
		if (len == 2)
			return item;
		off += 2;
		len -= 2;
		/* fallthrough */
	case SS_BYTES:
	case SS_REST:
		item = proto_tree_add_item(
		    tree, row->hf, tvb, off, len, ENC_NA);
		break;
	default:
		item = proto_tree_add_item(
		    tree, row->hf, tvb, off, len, ENC_BIG_ENDIAN);
	}
	if (row->field->secrecy == SS_PUBLIC && row->field->kind != SS_UINT &&
	    (row->field->kind == SS_REST || strcmp(row->field->name, "magic")
	    == 0))
		append_text(item, tvb, off, len);
	if (row->zero && all_zero(tvb, off, len))
		proto_item_append_text(item, " (%s)", row->zero);
	return item;
}
