/* SPDX-License-Identifier: ISC */
#include "pcap.h"
#include <stdlib.h>
#include <string.h>

#define FILE_HEADER   24 /* magic, version 2 x 2, zone, accuracy, snap, link */
#define PACKET_HEADER 16 /* seconds, fraction, captured, on the wire */
#define MAGIC_MICRO   0xa1b2c3d4
#define MAGIC_NANO    0xa1b23c4d
#define MAGIC_NG      0x0a0d0d0a /* reads the same in both orders */

uint32_t
ss_pcap_u32(const struct ss_pcap *p, const uint8_t *in)
{
	if (p->swapped)
		return (uint32_t)in[3] << 24 | (uint32_t)in[2] << 16 |
		    (uint32_t)in[1] << 8 | in[0];
	return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 |
	    (uint32_t)in[2] << 8 | in[3];
}

uint16_t
ss_pcap_u16(const struct ss_pcap *p, const uint8_t *in)
{
	return (uint16_t)(p->swapped ? in[1] << 8 | in[0] : in[0] << 8 | in[1]);
}

/* Which form is it?  The magic number was written in the file's own order. */
static enum ss_err
start(struct ss_pcap *p, const uint8_t *in, size_t len, size_t *used)
{
	*used = 0;
	if (len < 4)
		return SS_OK;
	for (p->swapped = 0; p->swapped < 2; p->swapped++) {
		uint32_t magic = ss_pcap_u32(p, in);

		if (magic == MAGIC_NG) {
			p->format = SS_PCAP_NG;
			return SS_OK;
		}
		if (magic == MAGIC_MICRO || magic == MAGIC_NANO) {
			if (len < FILE_HEADER)
				return SS_OK;
			p->format = SS_PCAP_CLASSIC;
			p->nano = magic == MAGIC_NANO;
			/* the upper bits tell of a checksum behind frames */
			p->link = ss_pcap_u32(p, in + 20) & 0xffff;
			*used = FILE_HEADER;
			if (p->raw)
				p->raw(p->arg, in, FILE_HEADER, NULL);
			return SS_OK;
		}
	}
	return SS_ERR_CAPTURE;
}

static enum ss_err
classic(struct ss_pcap *p, const uint8_t *in, size_t len, size_t *used)
{
	struct ss_packet packet;
	uint32_t fraction;

	*used = 0;
	if (len < PACKET_HEADER)
		return SS_OK;
	fraction = ss_pcap_u32(p, in + 4);
	packet.ns = (int64_t)ss_pcap_u32(p, in) * 1000000000 +
	    (int64_t)fraction * (p->nano ? 1 : 1000);
	packet.len = ss_pcap_u32(p, in + 8);
	packet.wire = ss_pcap_u32(p, in + 12);
	packet.link = p->link;
	packet.at = in + PACKET_HEADER;
	if (packet.len > SS_PACKET_MAX)
		return SS_ERR_CAPTURE;
	if (len - PACKET_HEADER < packet.len)
		return SS_OK;
	p->packets++;
	if (p->raw)
		p->raw(p->arg, in, PACKET_HEADER + packet.len, &packet);
	p->packet(p->arg, &packet);
	*used = PACKET_HEADER + packet.len;
	return SS_OK;
}

enum ss_err
ss_pcap_push(struct ss_pcap *p, const uint8_t *in, size_t len, size_t *used)
{
	enum ss_err e = SS_OK;
	size_t n;

	*used = 0;
	if (p->format == SS_PCAP_UNKNOWN) {
		if ((e = start(p, in, len, used)) != SS_OK)
			return e;
		p->offset += *used;
		if (p->format == SS_PCAP_UNKNOWN)
			return SS_OK;
	}
	do {
		e = p->format == SS_PCAP_NG
		    ? ss_pcapng_block(p, in + *used, len - *used, &n)
		    : classic(p, in + *used, len - *used, &n);
		*used += n;
		p->offset += n;
	} while (e == SS_OK && n > 0);
	return e;
}

void
ss_pcap_free(struct ss_pcap *p)
{
	free(p->interfaces);
	p->interfaces = NULL;
	p->ninterfaces = p->size = 0;
}
