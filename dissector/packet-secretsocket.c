/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"
#include "../lib/proto/msg.h"
#include <string.h>

/*
 * packet-secretsocket - SecretSocket for Wireshark.  A message comes out of a
 * WebSocket, or as an exported PDU; its first byte says what it is:
 *
 *   1, 2  a routing header of the relay, then records
 *   '{'   a control message, JSON
 *   'S'   records alone
 */

WS_DLL_PUBLIC_DEF const char plugin_version[] = SS_PACKAGE_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;
WS_DLL_PUBLIC void plugin_register(void);

int ss_proto = -1;
static dissector_handle_t handle;

#define KEY_SAID 2
#define PARTS_SAID 8 /* in the Info column */

void
ss_info(struct ss_message *m, const char *fmt, ...)
{
	size_t len;
	va_list ap;

	if (!m->info)
		return;
	len = wmem_strbuf_get_len(m->info);
	if (m->said_for == m->records && len > 0 &&
	    m->records <= PARTS_SAID) {
		char last = wmem_strbuf_get_str(m->info)[len - 1];

		if (last != ' ')
			wmem_strbuf_append_c(m->info, ' ');
	} else if (m->said_for != m->records && len > 0 &&
	    m->records <= PARTS_SAID) {
		wmem_strbuf_append(m->info, "; ");
	}
	m->said_for = m->records;
	if (m->records > PARTS_SAID)
		return;
	va_start(ap, fmt);
	wmem_strbuf_append_vprintf(m->info, fmt, ap);
	va_end(ap);
}

/* One sentence for each message; a frame may hold several. */
static void
write_info(struct ss_message *m)
{
	packet_info *pinfo = m->pinfo;
	const char *said, *who, *before;

	if (!m->info)
		return;
	if (m->records > PARTS_SAID)
		wmem_strbuf_append_printf(m->info, "; and %u more",
		    m->records - PARTS_SAID);
	said = wmem_strbuf_get_str(m->info);
	who = m->from && m->to ? wmem_strdup_printf(pinfo->pool,
	    "%s" ARROW "%s: ", m->from, m->to) : "";
	proto_item_append_text(m->item, ", %s%s", who, said);
	/* who goes on speaking is not named again */
	before = p_get_proto_data(pinfo->pool, pinfo, ss_proto, KEY_SAID);
	col_append_sep_fstr(pinfo->cinfo, COL_INFO, "; ", "%s%s",
	    before && strcmp(before, who) == 0 ? "" : who, said);
	p_remove_proto_data(pinfo->pool, pinfo, ss_proto, KEY_SAID);
	p_add_proto_data(pinfo->pool, pinfo, ss_proto, KEY_SAID, (void *)who);
	/* what the next layer below says of its next frame stays out */
	col_set_fence(pinfo->cinfo, COL_INFO);
}

void
ss_carriers_add(const struct ss_message *m)
{
	if (m->from)
		ss_tree_generated(proto_tree_add_string(
		    m->tree, ss_hf.from, m->tvb, 0, 0, m->from));
	if (m->to)
		ss_tree_generated(proto_tree_add_string(
		    m->tree, ss_hf.to, m->tvb, 0, 0, m->to));
}

/* The routing header in front of the records.    docs/protocol.md, 11.4 */
static void
routed(struct ss_message *m)
{
	const int n = ws_get_uint8(m->tvb, 1);
	const char *name;
	proto_tree *tree;
	proto_item *item;
	uint64_t row;
	int head = (int)SS_ROUTE_BYTES(n);

	item = proto_tree_add_item(
	    m->tree, ss_hf.route, m->tvb, 0, head, ENC_NA);
	tree = proto_item_add_subtree(item, ss_ett.route);
	proto_tree_add_item(
	    tree, ss_hf.route_kind, m->tvb, 0, 1, ENC_BIG_ENDIAN);
	proto_tree_add_item(
	    tree, ss_hf.route_length, m->tvb, 1, 1, ENC_BIG_ENDIAN);
	name = (const char *)tvb_get_string_enc(
	    m->pinfo->pool, m->tvb, 2, n, ENC_ASCII);
	proto_tree_add_item(tree, ss_hf.route_name, m->tvb, 2, n, ENC_ASCII);
	proto_tree_add_item(
	    tree, ss_hf.route_message_id, m->tvb, 2 + n, 16, ENC_NA);
	proto_tree_add_item(
	    tree, ss_hf.route_row, m->tvb, 18 + n, 8, ENC_BIG_ENDIAN);
	row = tvb_get_ntoh64(m->tvb, 18 + n);
	if (row != 0) /* only the relay gives it */
		ss_link_client(m->link, m->pinfo, 0);
	m->where.routed = 1;
	m->where.lane = ss_link_lane(m->link, m->pinfo);
	tvb_memcpy(m->tvb, m->where.message_id, 2 + n, 16);
	m->from = m->where.lane == SS_LANE_UP ? m->link->name : name;
	m->to = m->where.lane == SS_LANE_UP ? name : m->link->name;
	proto_item_append_text(item, ", %s %s",
	    m->where.lane == SS_LANE_UP ? "to" : "from", name);
	ss_carriers_add(m);
	ss_records_dissect(m, head);
}

/* Can this be a routing header and the beginning of a record? */
static int
is_routed(tvbuff_t *tvb)
{
	uint8_t kind = ws_get_uint8(tvb, 0);
	int n;

	if (kind != SS_ROUTE_DELIVER && kind != SS_ROUTE_ROOM)
		return 0;
	if (tvb_captured_length(tvb) < SS_ROUTE_BYTES(1) + 2)
		return 0;
	n = ws_get_uint8(tvb, 1);
	return n >= 1 && n <= SS_NAME_MAX &&
	    tvb_captured_length(tvb) > (unsigned)SS_ROUTE_BYTES(n);
}

static void
dispatch(struct ss_message *m)
{
	if (is_routed(m->tvb)) {
		routed(m);
		return;
	}
	if (ws_get_uint8(m->tvb, 0) == '{') {
		ss_control_dissect(m);
		return;
	}
	ss_records_dissect(m, 0);
}

static int
dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	struct ss_message m = { .tvb = tvb, .pinfo = pinfo };

	(void)data;
	if (tvb_captured_length(tvb) == 0)
		return 0;
	col_set_str(pinfo->cinfo, COL_PROTOCOL, "SecretSocket");
	if (pinfo->cinfo && col_get_writable(pinfo->cinfo, COL_INFO)) {
		m.info = wmem_strbuf_new(pinfo->pool, "");
		col_clear(pinfo->cinfo, COL_INFO);
	} else if (tree && PTREE_DATA(tree)->visible) {
		m.info = wmem_strbuf_new(pinfo->pool, "");
	}
	m.item = proto_tree_add_item(tree, ss_proto, tvb, 0, -1, ENC_NA);
	m.tree = proto_item_add_subtree(m.item, ss_ett.message);
	m.link = ss_link_of(pinfo);
	m.where = (struct ss_where){ .frame = pinfo->num,
		.link = m.link->number };
	dispatch(&m);
	write_info(&m);
	return (int)tvb_captured_length(tvb);
}

/* Captures that miss the HTTP upgrade show a WebSocket without a name. */
static ws_yesno
heuristic(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
	int off = 0;

	if (tvb_captured_length(tvb) < SS_HEADER_BYTES)
		return FALSE;
	if (is_routed(tvb))
		off = (int)SS_ROUTE_BYTES(ws_get_uint8(tvb, 1));
	if (tvb_memeql(tvb, off, (const uint8_t *)"SS\x01", 3) != 0 &&
	    !ss_control_is_ours(tvb, pinfo))
		return FALSE;
	dissect(tvb, pinfo, tree, data);
	return TRUE;
}

static void
register_protocol(void)
{
	module_t *module;

	ss_proto = proto_register_protocol(
	    "SecretSocket", "SecretSocket", "secretsocket");
	ss_fields_register();
	ss_control_register();
	ss_expert_register();
	ss_state_init();
	module = prefs_register_protocol(ss_proto, NULL);
	ss_keys_register(module);
	/* by this name an exported PDU finds it */
	handle = register_dissector("secretsocket", dissect, ss_proto);
	ss_tap_register();
	ss_follow_register();
}

static void
hand_off(void)
{
	dissector_add_string("ws.protocol", "secretsocket.v1", handle);
	heur_dissector_add("ws", heuristic, "SecretSocket over WebSocket",
	    "secretsocket_ws", ss_proto, HEURISTIC_ENABLE);
	ss_stats_register();
}

void
plugin_register(void)
{
	static proto_plugin plugin = { register_protocol, hand_off };

	if (sodium_init() < 0)
		return;
	proto_register_plugin(&plugin);
}
