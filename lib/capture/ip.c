/* SPDX-License-Identifier: ISC */
#include "net.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { PROTO_HOP = 0, PROTO_TCP = 6, PROTO_ROUTING = 43, PROTO_FRAGMENT = 44,
	PROTO_AH = 51, PROTO_OPTIONS = 60 };

static unsigned
u16(const uint8_t *in)
{
	return (unsigned)(in[0] << 8 | in[1]);
}

static uint32_t
u32(const uint8_t *in)
{
	return (uint32_t)u16(in) << 16 | u16(in + 2);
}

void
ss_end_text(char out[static SS_END_TEXT], const struct ss_end *e)
{
	char addr[INET6_ADDRSTRLEN] = "?";

	inet_ntop(e->version == 6 ? AF_INET6 : AF_INET, e->addr, addr,
	    sizeof(addr));
	snprintf(out, SS_END_TEXT, e->version == 6 ? "[%s]:%u" : "%s:%u",
	    addr, e->port);
}

/* RFC 9293, 3.1.  wire: bytes that the packet had from here on. */
static enum ss_ip
tcp(struct ss_segment *s, const uint8_t *in, size_t len, size_t wire)
{
	size_t head;

	if (len < 20 || wire < 20)
		return SS_IP_DAMAGED;
	head = (size_t)(in[12] >> 4) * 4;
	if (head < 20 || head > wire || head > len)
		return SS_IP_DAMAGED;
	if (len > wire)
		len = wire; /* padding of short Ethernet frames */
	s->src.port = (uint16_t)u16(in);
	s->dst.port = (uint16_t)u16(in + 2);
	s->seq = u32(in + 4);
	s->ack = u32(in + 8);
	s->flags = in[13];
	s->data = in + head;
	s->len = len - head;
	s->cut = wire - len;
	return SS_IP_TCP;
}

/* RFC 791, 3.1 */
static enum ss_ip
ipv4(struct ss_segment *s, const uint8_t *in, size_t len)
{
	size_t head, total;

	if (len < 20)
		return SS_IP_DAMAGED;
	head = (size_t)(in[0] & 15) * 4;
	total = u16(in + 2);
	if (total == 0)
		total = len; /* left to the network card (TSO) */
	if (head < 20 || head > total || head > len)
		return SS_IP_DAMAGED;
	if (u16(in + 6) & 0x3fff) /* more fragments, or not the first */
		return SS_IP_FRAGMENT;
	if (in[9] != PROTO_TCP)
		return SS_IP_OTHER;
	s->src.version = s->dst.version = 4;
	memcpy(s->src.addr, in + 12, 4);
	memcpy(s->dst.addr, in + 16, 4);
	return tcp(s, in + head, len - head, total - head);
}

/* RFC 8200, 3 and 4: extension headers until one is TCP. */
static enum ss_ip
ipv6(struct ss_segment *s, const uint8_t *in, size_t len)
{
	size_t at = 40, total, n;
	unsigned proto;

	if (len < at)
		return SS_IP_DAMAGED;
	total = u16(in + 4);
	total = total == 0 ? len : total + at;
	proto = in[6];
	while (proto != PROTO_TCP) {
		if (proto != PROTO_HOP && proto != PROTO_ROUTING &&
		    proto != PROTO_OPTIONS && proto != PROTO_AH &&
		    proto != PROTO_FRAGMENT)
			return SS_IP_OTHER;
		if (len - at < 8)
			return SS_IP_DAMAGED;
		n = ((size_t)in[at + 1] + 1) * 8;
		if (proto == PROTO_AH)
			n = ((size_t)in[at + 1] + 2) * 4;
		if (proto == PROTO_FRAGMENT) {
			n = 8;
			if (u16(in + at + 2) & 0xfff9)
				return SS_IP_FRAGMENT;
		}
		if (n > len - at || at + n > total)
			return SS_IP_DAMAGED;
		proto = in[at];
		at += n;
	}
	s->src.version = s->dst.version = 6;
	memcpy(s->src.addr, in + 8, 16);
	memcpy(s->dst.addr, in + 24, 16);
	return tcp(s, in + at, len - at, total - at);
}

enum ss_ip
ss_ip_get(struct ss_segment *s, const uint8_t *in, size_t len)
{
	memset(s, 0, sizeof(*s));
	if (len < 1)
		return SS_IP_DAMAGED;
	if (in[0] >> 4 == 4)
		return ipv4(s, in, len);
	if (in[0] >> 4 == 6)
		return ipv6(s, in, len);
	return SS_IP_OTHER;
}
