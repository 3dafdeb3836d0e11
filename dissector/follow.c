/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"

/*
 * Follow stream: the conversation of two people, as plaintext, each record
 * once although it crosses the relay.  Of the two, the one with the lower id
 * is shown as the client.
 */

static char *
conversation_filter(epan_dissect_t *edt, packet_info *pinfo, ws_uint *stream,
    ws_uint *sub_stream)
{
	GPtrArray *found;
	fvalue_t *v;

	(void)pinfo;
	*sub_stream = 0;
	if (!edt || !edt->tree)
		return NULL;
	found = proto_get_finfo_ptr_array(edt->tree, ss_hf.stream);
	if (!found || found->len == 0)
		return NULL;
#if WS_VERSION >= 402
	v = ((field_info *)g_ptr_array_index(found, 0))->value;
#else
	v = &((field_info *)g_ptr_array_index(found, 0))->value;
#endif
	*stream = fvalue_get_uinteger(v);
	return g_strdup_printf("secretsocket.stream eq %u", *stream);
}

static char *
index_filter(ws_uint stream, ws_uint sub_stream)
{
	(void)sub_stream;
	return g_strdup_printf("secretsocket.stream eq %u", stream);
}

static char *
address_filter(address *src, address *dst, int src_port, int dst_port)
{
	/* people are not addresses */
	(void)src, (void)dst, (void)src_port, (void)dst_port;
	return g_strdup("secretsocket.data");
}

static void
take_ends(follow_info_t *f, const packet_info *pinfo, int backwards)
{
	if (f->client_port != 0 || f->client_ip.type != AT_NONE)
		return;
	copy_address(&f->client_ip, backwards ? &pinfo->dst : &pinfo->src);
	copy_address(&f->server_ip, backwards ? &pinfo->src : &pinfo->dst);
	f->client_port = backwards ? pinfo->destport : pinfo->srcport;
	f->server_port = backwards ? pinfo->srcport : pinfo->destport;
}

static tap_packet_status
record(void *arg, packet_info *pinfo, epan_dissect_t *edt, const void *data,
    tap_flags_t flags)
{
	follow_info_t *f = arg;
	const struct ss_tap *t = data;
	follow_record_t *r;

	(void)edt, (void)flags;
	if (!t->data || t->copy || t->text == 0)
		return TAP_PACKET_DONT_REDRAW;
	take_ends(f, pinfo, t->backwards);
	r = g_new0(follow_record_t, 1);
	r->is_server = t->backwards != 0;
	r->packet_num = pinfo->num;
	r->abs_ts = pinfo->abs_ts;
	r->data = g_byte_array_sized_new(t->text + 1);
	g_byte_array_append(r->data, t->plain, t->text);
	f->bytes_written[r->is_server] += r->data->len;
	f->payload = g_list_prepend(f->payload, r);
	return TAP_PACKET_DONT_REDRAW;
}

void
ss_follow_register(void)
{
#if WS_VERSION >= 404
	register_follow_stream(ss_proto, "secretsocket", conversation_filter,
	    index_filter, address_filter, tcp_port_to_display, record,
	    ss_stream_count, NULL);
#else
	register_follow_stream(ss_proto, "secretsocket", conversation_filter,
	    index_filter, address_filter, tcp_port_to_display, record);
#endif
}
