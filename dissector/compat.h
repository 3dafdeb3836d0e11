/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SS_DISSECTOR_COMPAT_H
#define SS_DISSECTOR_COMPAT_H

/*
 * What differs between Wireshark 4.0 (Debian 12) and 4.4 (Debian 13), in one
 * place: GLib's types gave way to C's own.
 */
#define WS_BUILD_DLL
#include <wireshark.h>
#include <ws_version.h>

#define WS_VERSION (WIRESHARK_VERSION_MAJOR * 100 + WIRESHARK_VERSION_MINOR)

#include <epan/addr_resolv.h>
#include <epan/conversation.h>
#include <epan/epan_dissect.h>
#include <epan/expert.h>
#include <epan/follow.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto_data.h>
#include <epan/secrets.h>
#include <epan/stats_tree.h>
#include <epan/strutil.h>
#include <epan/tap.h>
#include <epan/to_str.h>

#if WS_VERSION >= 404
#define ws_yesno bool
#define ws_uint  unsigned
#define ws_get_uint8(tvb, at) tvb_get_uint8(tvb, at)
#define ws_format_text(pool, text, len) format_text(pool, text, len)
#else
#define ws_yesno gboolean
#define ws_uint  guint
#define ws_get_uint8(tvb, at) tvb_get_guint8(tvb, at)
#define ws_format_text(pool, text, len)                                      \
	format_text(pool, (const guint8 *)(text), len)
#endif

#endif
