/* SPDX-License-Identifier: ISC */
/* Captures: what the file says of itself.  Its packets are another tool's. */
#include "explain_capture.h"
#include <string.h>

#define PCAPNG 0x0a0d0d0aU

/* Seconds and microseconds, or nanoseconds; either byte order. */
static const struct {
	uint32_t magic;
	int little;
	const char *value;
} kinds[] = {
	{ 0xa1b2c3d4, 0, "pcap, microseconds, big-endian" },
	{ 0xd4c3b2a1, 1, "pcap, microseconds, little-endian" },
	{ 0xa1b23c4d, 0, "pcap, nanoseconds, big-endian" },
	{ 0x4d3cb2a1, 1, "pcap, nanoseconds, little-endian" },
	{ PCAPNG, 0, "pcapng, section header block" },
};

static const struct ss_name links[] = {
	{ 0, "BSD loopback" }, { 1, "Ethernet" }, { 12, "raw IP" },
	{ 101, "raw IP" }, { 108, "OpenBSD loopback" },
	{ 113, "Linux cooked, version 1" }, { 276, "Linux cooked, version 2" },
	{ 0, NULL },
};

static const struct ss_field fields[] = {
	{ .name = "magic", .label = "Magic", .len = 4, .sentence = "The file "
	    "format, the order of bytes in numbers, the unit of time." },
	{ .name = "version", .label = "Version", .len = 4,
	    .sentence = "Major and minor, 2 bytes each." },
	{ .name = "zone", .label = "Zone, accuracy", .len = 8,
	    .sentence = "Always zero today: times are UTC." },
	{ .name = "snaplen", .label = "Longest packet", .len = 4,
	    .sentence = "Packets longer than this were cut." },
	{ .name = "link", .label = "Link type", .len = 4,
	    .sentence = "What stands before the IP header of each packet." },
};

static int
kind_of(const uint8_t *in, size_t len)
{
	for (size_t i = 0; len >= 4 && i < sizeof(kinds) / sizeof(kinds[0]);
	    i++)
		if (ss_get32(in) == kinds[i].magic)
			return (int)i;
	return -1;
}

int
ss_explain_is_capture(const uint8_t *in, size_t len)
{
	return kind_of(in, len) >= 0;
}

static uint32_t
number(const uint8_t *in, int little)
{
	return little ? (uint32_t)in[3] << 24 | (uint32_t)in[2] << 16 |
	    (uint32_t)in[1] << 8 | in[0] : ss_get32(in);
}

enum ss_err
ss_explain_capture(struct ss_sheet *s, const uint8_t *in, size_t len)
{
	int kind = kind_of(in, len);
	struct ss_part p = { .name = "capture", .title = "Capture file",
		.sentence = "Packets as they passed a network interface." };
	size_t n = kinds[kind].magic == PCAPNG ? 1 : 5, off = 0;
	enum ss_err e = SS_OK;

	ss_sheet_part(s, &p);
	for (size_t i = 0; i < n && e == SS_OK; i++) {
		char value[64] = "";
		struct ss_row r = { .name = fields[i].name,
			.label = fields[i].label, .len = fields[i].len,
			.sentence = fields[i].sentence, .off = off,
			.bytes = in + off, .have = fields[i].len };
		const char *link;

		if (off + fields[i].len > len) {
			e = SS_ERR_TRUNCATED;
			ss_sheet_note(s, e, "byte %zu of the file", len);
			break;
		}
		if (i == 0)
			snprintf(value, sizeof(value), "%s",
			    kinds[kind].value);
		if (i >= 3)
			snprintf(value, sizeof(value), "%lu", (unsigned long)
			    number(in + off, kinds[kind].little));
		link = i == 4 ? ss_name_of(links,
		    number(in + off, kinds[kind].little) & 0xfffffff) : NULL;
		r.value = link ? link : value[0] ? value : NULL;
		ss_sheet_row(s, &r);
		off += fields[i].len;
	}
	ss_sheet_note(s, SS_OK, "Its messages are read by: ss-capture-decrypt "
	    "--tls-keys tls.keys --keys epoch.keys FILE. Without keys it "
	    "reports who talked to whom, when, and how much.");
	s->style->part_end(s);
	return e;
}
