/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dissector.h"

/*
 * -z secretsocket,tree: families, epochs, bytes and overhead, who talks to
 * whom.  A record counts where it is seen first: behind the relay it is the
 * same record again.
 */
static int tap = -1;
static int n_records, n_families, n_epochs, n_people, n_bytes, n_copies;

#define RECORDS  "Records"
#define FAMILIES "Families"
#define EPOCHS   "Epochs (data records)"
#define PEOPLE   "Who talks to whom (data records)"
#define BYTES    "Bytes"
#define COPIES   "Seen again, behind the relay"

void
ss_tap_register(void)
{
	tap = register_tap("secretsocket");
}

int
ss_tap_wanted(void)
{
	return have_tap_listener(tap);
}

void
ss_tap_queue(packet_info *pinfo, const struct ss_tap *t)
{
	tap_queue_packet(tap, pinfo,
	    wmem_memdup(pinfo->pool, t, sizeof(*t)));
}

static void
begin(stats_tree *st)
{
	n_records = stats_tree_create_node(st, RECORDS, 0, STAT_DT_INT, TRUE);
	n_families =
	    stats_tree_create_node(st, FAMILIES, 0, STAT_DT_INT, TRUE);
	n_epochs = stats_tree_create_node(st, EPOCHS, 0, STAT_DT_INT, TRUE);
	n_people = stats_tree_create_node(st, PEOPLE, 0, STAT_DT_INT, TRUE);
	n_bytes = stats_tree_create_node(st, BYTES, 0, STAT_DT_INT, TRUE);
	n_copies = stats_tree_create_node(st, COPIES, 0, STAT_DT_INT, FALSE);
}

static void
bytes(stats_tree *st, const char *what, uint32_t n)
{
	if (n == 0)
		return;
	increase_stat_node(st, BYTES, 0, TRUE, (int)n);
	increase_stat_node(st, what, n_bytes, FALSE, (int)n);
}

static void
count_bytes(stats_tree *st, const struct ss_tap *t)
{
	uint32_t text = t->data ? t->text : 0;

	bytes(st, "Routing headers", t->route);
	if (!t->data)
		bytes(st, "Handshakes and introducers", t->bytes);
	else if (!t->plain)
		bytes(st, "Sealed records", t->bytes);
	else {
		bytes(st, "Text", text);
		bytes(st, "Overhead of data records", t->bytes - text);
	}
}

static tap_packet_status
packet(stats_tree *st, packet_info *pinfo, epan_dissect_t *edt,
    const void *data, tap_flags_t flags)
{
	const struct ss_tap *t = data;

	(void)edt, (void)flags;
	if (t->copy) {
		tick_stat_node(st, COPIES, 0, FALSE);
		return TAP_PACKET_REDRAW;
	}
	tick_stat_node(st, RECORDS, 0, TRUE);
	tick_stat_node(st, t->layout ? t->layout->label : "unknown",
	    n_records, FALSE);
	if (t->lab)
		tick_stat_node(st, "LAB", n_records, FALSE);
	if (t->family) {
		tick_stat_node(st, FAMILIES, 0, TRUE);
		tick_stat_node(st, t->family, n_families, FALSE);
	}
	if (t->data) {
		tick_stat_node(st, EPOCHS, 0, TRUE);
		tick_stat_node(st, t->epoch, n_epochs, FALSE);
		tick_stat_node(st, PEOPLE, 0, TRUE);
		tick_stat_node(st, t->sender ? wmem_strdup_printf(pinfo->pool,
		    "%s" ARROW "%s", t->sender, t->recipient) : "not known",
		    n_people, FALSE);
	}
	count_bytes(st, t);
	return TAP_PACKET_REDRAW;
}

void
ss_stats_register(void)
{
	stats_tree_register_plugin("secretsocket", "secretsocket",
	    "SecretSocket", 0, packet, begin, NULL);
}
