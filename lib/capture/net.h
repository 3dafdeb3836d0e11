/* SPDX-License-Identifier: ISC */
#ifndef SS_NET_H
#define SS_NET_H

#include "pcap.h"

/* One end of a connection; IPv4 addresses fill the first 4 bytes. */
struct ss_end {
	uint8_t addr[16];
	uint16_t port;
	uint8_t version; /* 4 or 6 */
	uint8_t unused;  /* zero: ends are compared as bytes */
};
#define SS_END_TEXT 64
/* "127.0.0.1:8443", "[::1]:8443" */
void ss_end_text(char out[static SS_END_TEXT], const struct ss_end *e);

#define SS_TCP_FIN 0x01
#define SS_TCP_SYN 0x02
#define SS_TCP_RST 0x04
#define SS_TCP_ACK 0x10

struct ss_segment {
	struct ss_end src, dst;
	uint32_t seq, ack;
	uint8_t flags;
	const uint8_t *data;
	size_t len; /* captured bytes of payload */
	size_t cut; /* further bytes that the capture left out */
	int64_t ns;
};

/*
 * ss_link_strip - what the link layer carries.   LINKTYPE_NULL, _ETHERNET
 * (with VLAN tags), _RAW, _LOOP, _LINUX_SLL, _LINUX_SLL2, _IPV4, _IPV6
 *
 *   ip, len  out  the IP packet, with whatever padding stands behind it
 *
 * 1; 0 if it is something other than IP; -1 if the link type is unknown or
 * the packet too short.
 */
int ss_link_strip(
    const uint8_t **ip, size_t *len, const struct ss_packet *p);

enum ss_ip {
	SS_IP_TCP,      /* s is filled */
	SS_IP_OTHER,    /* UDP and so on */
	SS_IP_FRAGMENT, /* of a larger packet; not put together */
	SS_IP_DAMAGED,  /* lengths that contradict each other, or cut off */
};

/* ss_ip_get - IPv4 or IPv6 with extension headers, then TCP. */
enum ss_ip ss_ip_get(struct ss_segment *s, const uint8_t *in, size_t len);

#endif
