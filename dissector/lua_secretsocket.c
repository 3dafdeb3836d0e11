/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * secretsocket_crypto - what the Lua dissector needs to decrypt: lines of a
 * key log, and records opened with them, by the same code as ss-open.  It is
 * loaded into Wireshark, whose Lua it uses; libproto's part of it is under the
 * licence of the whole project.
 *
 *   crypto.epoch(line)      an epoch, its id, family, AEAD, sender, audience;
 *                           nil: the line is of somebody else; nil and a
 *                           sentence: it is damaged
 *   epoch:open(record)      the text of a data record with its padding, how
 *                           long it is without, and the lab profile if it
 *                           opens only as that makes records
 *   epoch:verify(record)    true if the epoch's key made this introducer's MAC
 *
 * Or these two give nil, a sentence, and true if authentication failed.
 */
#include "../lib/proto/epoch.h"
#include "../lib/proto/keylog.h"
#include "lab_open.h"
#include <lauxlib.h>
#include <lua.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH "secretsocket.epoch"

int luaopen_secretsocket_crypto(lua_State *L);

/*
 * Lua's own memory is not aligned for the key schedule inside.  Thousands of
 * epochs are too many for sodium_malloc's pages, and their keys stand in a
 * file that was made to be read.
 */
static struct ss_epoch *
check_epoch(lua_State *L)
{
	struct ss_epoch **e = luaL_checkudata(L, 1, EPOCH);

	luaL_argcheck(L, *e != NULL, 1, "no epoch");
	return *e;
}

/* An epoch on the stack that Lua's collector ends. */
static struct ss_epoch *
push_epoch(lua_State *L)
{
	struct ss_epoch **e = lua_newuserdata(L, sizeof(*e));

	*e = NULL;
	luaL_getmetatable(L, EPOCH);
	lua_setmetatable(L, -2);
	*e = aligned_alloc(_Alignof(struct ss_epoch), sizeof(**e));
	if (!*e)
		luaL_error(L, "no memory");
	memset(*e, 0, sizeof(**e));
	return *e;
}

static int
wipe(lua_State *L)
{
	struct ss_epoch **e = luaL_checkudata(L, 1, EPOCH);

	ss_epoch_wipe(*e);
	free(*e);
	*e = NULL;
	return 0;
}

/* nil, why, and whether the key said so (or the record's form before it) */
static int
fail(lua_State *L, enum ss_err e)
{
	lua_pushnil(L);
	lua_pushstring(L, ss_strerror(e));
	lua_pushboolean(L, e == SS_ERR_AUTH);
	return 3;
}

static void
push(lua_State *L, const uint8_t *bytes, size_t len)
{
	lua_pushlstring(L, (const char *)bytes, len);
}

static int
new_epoch(lua_State *L)
{
	size_t len;
	const char *line = luaL_checklstring(L, 1, &len);
	struct ss_keylog k;
	enum ss_err e = ss_keylog_get(&k, line, len);

	if (e != SS_OK) {
		lua_pushnil(L);
		if (e == SS_ERR_EMPTY)
			return 1;
		lua_pushstring(L, ss_strerror(e));
		return 2;
	}
	ss_epoch_open(push_epoch(L), (enum ss_aead_id)k.aead, k.key);
	sodium_memzero(k.key, sizeof(k.key));
	push(L, k.id, sizeof(k.id));
	lua_pushstring(L, ss_name_of(ss_introducer_names, k.family));
	lua_pushstring(L, ss_name_of(ss_aead_names, k.aead));
	push(L, k.sender, sizeof(k.sender));
	push(L, k.audience, sizeof(k.audience));
	return 6;
}

/* Memory of Lua's: its collector frees it, whatever a push throws. */
static int
open_record(lua_State *L)
{
	struct ss_epoch *epoch = check_epoch(L);
	size_t len, textlen;
	const char *rec = luaL_checklstring(L, 2, &len);
	uint8_t *text = lua_newuserdata(L, len + 1);
	const struct ss_lab *lab;
	enum ss_err e = ss_lab_open(
	    text, &textlen, &lab, (const uint8_t *)rec, len, epoch);

	if (e != SS_OK)
		return fail(L, e);
	/* the tag has held: padding, if there is any, can be shown as well */
	push(L, text, len - SS_DATA_OVERHEAD);
	lua_pushinteger(L, (lua_Integer)textlen);
	lua_pushstring(L, lab ? lab->name : NULL); /* NULL: nil */
	return 3;
}

static int
verify_record(lua_State *L)
{
	struct ss_epoch *epoch = check_epoch(L);
	struct ss_introducer i;
	size_t len;
	const uint8_t *rec = (const uint8_t *)luaL_checklstring(L, 2, &len);
	enum ss_err e;

	memset(&i, 0, sizeof(i));
	if ((e = ss_introducer_get(&i, rec, len)) == SS_OK)
		e = ss_introducer_verify(&i, rec, len, epoch);
	if (e != SS_OK)
		return fail(L, e);
	lua_pushboolean(L, 1);
	return 1;
}

static void
set_function(lua_State *L, const char *name, lua_CFunction f)
{
	lua_pushcfunction(L, f);
	lua_setfield(L, -2, name);
}

/* Only what Lua 5.2 and 5.4 have in common. */
__attribute__((visibility("default"))) int
luaopen_secretsocket_crypto(lua_State *L)
{
	luaL_checkversion(L);
	if (sodium_init() < 0)
		return luaL_error(L, "libsodium does not start");
	luaL_newmetatable(L, EPOCH);
	set_function(L, "open", open_record);
	set_function(L, "verify", verify_record);
	set_function(L, "__gc", wipe);
	lua_pushvalue(L, -1);
	lua_setfield(L, -2, "__index");
	lua_newtable(L);
	set_function(L, "epoch", new_epoch);
	return 1;
}
