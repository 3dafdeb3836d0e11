/* SPDX-License-Identifier: ISC */
#include "pcap.h"
#include <stdlib.h>
#include <string.h>

/*
 * pcapng: blocks of type, total length, body, total length again.  A section
 * header sets the byte order of all that follows and forgets the interfaces.
 */
#define OPT_TSRESOL      9
#define OPT_TSOFFSET     14
#define INTERFACES_MAX   65536

struct block {
	uint32_t type;
	const uint8_t *body;
	size_t len;
};

/* 10^-n or 2^-n seconds to nanoseconds; what does not fit is time zero */
static int64_t
to_ns(uint64_t ticks, const struct ss_interface *i)
{
	unsigned n = i->resolution & 0x7f;
	uint64_t s, f, unit = 1;

	if (i->resolution & 0x80) {
		s = n < 64 ? ticks >> n : 0;
		f = n < 64 ? ticks - (n > 0 ? s << n : s) : ticks;
		for (; n > 30; n--)
			f >>= 1;
		f = f * 1000000000 >> n;
	} else {
		if (n > 19)
			return 0;
		for (unsigned k = 0; k < n; k++)
			unit *= 10;
		s = ticks / unit;
		f = ticks % unit;
		for (; n > 9; n--)
			f /= 10;
		for (; n < 9; n++)
			f *= 10;
	}
	if (s > 9000000000 || i->offset > 9000000000 ||
	    i->offset < -9000000000)
		return 0;
	s += (uint64_t)i->offset;
	/* not before 1970: the difference of two times is a time, too */
	if ((int64_t)s > 9000000000 || (int64_t)s < 0)
		return 0;
	return (int64_t)s * 1000000000 + (int64_t)f;
}

static uint64_t
u64(const struct ss_pcap *p, const uint8_t *in)
{
	uint64_t a = ss_pcap_u32(p, in), b = ss_pcap_u32(p, in + 4);

	return p->swapped ? b << 32 | a : a << 32 | b;
}

static void
options(struct ss_pcap *p, struct ss_interface *i, const uint8_t *at,
    size_t len)
{
	while (len >= 4) {
		unsigned code = ss_pcap_u16(p, at);
		size_t n = ss_pcap_u16(p, at + 2);

		if (code == 0 || SS_PAD4(n) > len - 4)
			return;
		if (code == OPT_TSRESOL && n == 1)
			i->resolution = at[4];
		if (code == OPT_TSOFFSET && n == 8)
			i->offset = (int64_t)u64(p, at + 4);
		at += 4 + SS_PAD4(n);
		len -= 4 + SS_PAD4(n);
	}
}

static enum ss_err
interface(struct ss_pcap *p, const struct block *b)
{
	struct ss_interface *i;

	if (b->len < 8 || p->ninterfaces >= INTERFACES_MAX)
		return SS_ERR_CAPTURE;
	if (p->ninterfaces == p->size) {
		uint32_t size = p->size ? 2 * p->size : 4;

		i = realloc(p->interfaces, size * sizeof(*i));
		if (!i)
			return SS_ERR_SYSTEM;
		p->interfaces = i;
		p->size = size;
	}
	i = &p->interfaces[p->ninterfaces++];
	*i = (struct ss_interface){ .link = ss_pcap_u16(p, b->body),
		.snaplen = ss_pcap_u32(p, b->body + 4), .resolution = 6 };
	options(p, i, b->body + 8, b->len - 8);
	return SS_OK;
}

static void
told(struct ss_pcap *p, const struct block *b, const struct ss_packet *packet)
{
	p->packets++;
	if (p->raw)
		p->raw(p->arg, b->body - 8, b->len + 12, packet);
	p->packet(p->arg, packet);
}

/* Enhanced and old packet blocks: interface, time, captured, on the wire. */
static enum ss_err
timed_packet(struct ss_pcap *p, const struct block *b)
{
	struct ss_packet packet;
	uint32_t number;

	if (b->len < 20)
		return SS_ERR_CAPTURE;
	number = b->type == SS_PCAPNG_OLD_PACKET ? ss_pcap_u16(p, b->body)
				       : ss_pcap_u32(p, b->body);
	packet.len = ss_pcap_u32(p, b->body + 12);
	packet.wire = ss_pcap_u32(p, b->body + 16);
	if (number >= p->ninterfaces || packet.len > b->len - 20 ||
	    packet.len > SS_PACKET_MAX)
		return SS_ERR_CAPTURE;
	packet.link = p->interfaces[number].link;
	packet.ns = to_ns((uint64_t)ss_pcap_u32(p, b->body + 4) << 32 |
		ss_pcap_u32(p, b->body + 8),
	    &p->interfaces[number]);
	packet.at = b->body + 20;
	told(p, b, &packet);
	return SS_OK;
}

/* No time and no captured length of its own. */
static enum ss_err
simple_packet(struct ss_pcap *p, const struct block *b)
{
	struct ss_packet packet = { 0 };

	if (b->len < 4 || p->ninterfaces == 0)
		return SS_ERR_CAPTURE;
	packet.wire = packet.len = ss_pcap_u32(p, b->body);
	if (p->interfaces[0].snaplen != 0 &&
	    packet.len > p->interfaces[0].snaplen)
		packet.len = p->interfaces[0].snaplen;
	if (packet.len > b->len - 4)
		packet.len = b->len - 4;
	if (packet.len > SS_PACKET_MAX)
		return SS_ERR_CAPTURE;
	packet.link = p->interfaces[0].link;
	packet.at = b->body + 4;
	told(p, b, &packet);
	return SS_OK;
}

static enum ss_err
secrets(struct ss_pcap *p, const struct block *b)
{
	uint32_t len;

	if (b->len < 8 || (len = ss_pcap_u32(p, b->body + 4)) > b->len - 8)
		return SS_ERR_CAPTURE;
	if (ss_pcap_u32(p, b->body) == SS_PCAPNG_SECRETS_TLS)
		p->secrets(p->arg, b->body + 8, len);
	return SS_OK;
}

static enum ss_err
read_block(struct ss_pcap *p, const struct block *b)
{
	switch (b->type) {
	case SS_PCAPNG_SECTION:
		p->ninterfaces = 0;
		return b->len < 16 ? SS_ERR_CAPTURE : SS_OK;
	case SS_PCAPNG_INTERFACE:
		return interface(p, b);
	case SS_PCAPNG_OLD_PACKET:
	case SS_PCAPNG_PACKET:
		return timed_packet(p, b);
	case SS_PCAPNG_SIMPLE_PACKET:
		return simple_packet(p, b);
	case SS_PCAPNG_SECRETS:
		return secrets(p, b);
	default: /* names, statistics, other people's blocks */
		return SS_OK;
	}
}

enum ss_err
ss_pcapng_block(
    struct ss_pcap *p, const uint8_t *in, size_t len, size_t *used)
{
	struct block b;
	uint64_t packets;
	size_t total;
	enum ss_err e;

	*used = 0;
	if (len < 12)
		return SS_OK;
	b.type = ss_pcap_u32(p, in);
	if (b.type == SS_PCAPNG_SECTION) {
		for (p->swapped = 0; p->swapped < 2; p->swapped++)
			if (ss_pcap_u32(p, in + 8) == SS_PCAPNG_ORDER)
				break;
		if (p->swapped == 2) {
			p->swapped = 0;
			return SS_ERR_CAPTURE;
		}
	}
	total = ss_pcap_u32(p, in + 4);
	if (total < 12 || total % 4 != 0 || total > SS_BLOCK_MAX)
		return SS_ERR_CAPTURE;
	if (len < total)
		return SS_OK;
	if (ss_pcap_u32(p, in + total - 4) != total)
		return SS_ERR_CAPTURE;
	b.body = in + 8;
	b.len = total - 12;
	packets = p->packets;
	e = read_block(p, &b);
	if (e == SS_OK && p->raw && p->packets == packets)
		p->raw(p->arg, in, total, NULL);
	*used = e == SS_OK ? total : 0;
	return e;
}
