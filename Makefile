# SPDX-License-Identifier: ISC
#
# make            build everything into build/ (never installs anything)
# make demo       install missing packages, build, and show the whole thing
# make test       install missing packages, build, and run every test
# make bench      ratios against peers and raw primitives
# make fuzz       every fuzz target for FUZZ_SECONDS (60)
# make captures   record tests/captures again
# make fault      kill -9 and full disks, more rounds than in the test
# make dissector  the Wireshark plugin: build/dissector/secretsocket.so
# make install-dissector, install-dissector-user (and uninstall-...), with the
#                 version in Lua and the profile "SecretSocket"
# make screenshots  the pictures of docs/wireshark.md
# make test-trixie  the same plugin in a Debian 13 of its own, for Wireshark 4.4
# make check-asan, check-long, check-warnings, check-purity, lint
# make install, uninstall   PREFIX=/usr/local, DESTDIR=
#
# B=DIR builds into another folder; V=1 shows every command in full; CC=clang
# and OPT="-O0 -g" do as they say.

B       ?= build
PREFIX  ?= /usr/local
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
CLANG   ?= clang
VERSION := 1.0
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(or $(shell nproc 2>/dev/null),2)
endif
MAKEFLAGS += --no-print-directory
Q       = $(if $V,,@)
silent  = $(findstring s,$(firstword -$(MAKEFLAGS)))
say     = @$(if $V$(silent),:,printf '  %-5s %s\n')

WARN   = -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes \
	 -Wmissing-prototypes -Wpointer-arith -Wvla $(WERROR)
HARDEN = -fPIE -fstack-protector-strong -fstack-clash-protection \
	 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
OPT   ?= -O2 -g
SAN   ?=
CFLAGS  = -std=c11 $(OPT) $(WARN) $(if $(SAN),,$(HARDEN)) $(SAN)
CPPFLAGS = -D_POSIX_C_SOURCE=200809L -DSS_PACKAGE_VERSION='"$(VERSION)"'
LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SAN)

# The filters load libcrypto when the first bulk text comes (lazycrypto.c):
# with it they would take longer to start than to do their work.
FILTER_LIBS = $(IO) -lsodium
CAPTURE_LIBS = -lsodium -lcrypto
SOCKET_LIBS = -lwebsockets -luv -lssl -lcrypto -ljansson -lsqlite3 -lsodium
TEST_LIBS   = -lqrencode $(SOCKET_LIBS) -lm

# Debian packages: to build, to show, to test, to compare with
BUILD_PKGS = gcc libc6-dev make binutils libsodium-dev libssl-dev \
	libwebsockets-dev libwebsockets-evlib-uv libuv1-dev libjansson-dev \
	libsqlite3-dev libqrencode-dev
DEMO_PKGS  = $(BUILD_PKGS) tshark procps gnuplot-nox
TEST_PKGS  = $(DEMO_PKGS) $(DISSECTOR_PKGS) clang libclang-rt-14-dev bats \
	mandoc openssl python3 python3-cryptography python3-dissononce curl \
	python3-doubleratchet python3-x3dh python3-xeddsa python3-websockets \
	rng-tools5
SCREENSHOTS_PKGS = $(TEST_PKGS) wireshark xvfb xdotool imagemagick
DISSECTOR_PKGS = gcc libc6-dev make binutils pkg-config wireshark-dev \
	libgcrypt20-dev libsodium-dev libssl-dev liblua5.2-dev
BENCH_PKGS = $(DEMO_PKGS) $(DISSECTOR_PKGS) age python3 python3-cryptography

CMDS    = ss-keygen ss-handshake ss-seal ss-open ss-explain ss-prim \
	  ss-mallory ss-relay ss-connect ss-capture-decrypt ss-qkd
BINS    = $(CMDS:%=$B/bin/%)
MANS    = $(CMDS:%=cmd/%.1)

srcs    = $(sort $(wildcard $1/*.c))
objs    = $(patsubst %.c,$B/%.o,$(call srcs,$1))
progs   = $(patsubst %.c,$B/%,$(call srcs,$1))
PROTO   = $B/libproto.a
IO      = $B/libio.a
RELAY   = $B/librelay.a
CAPTURE = $B/libcapture.a
QKD     = $B/libqkd.a
TESTS   = $(call progs,tests/unit) $(call progs,tests/vectors)
FUZZERS = $(patsubst %.c,$B/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
HELPERS = $(call progs,tests/interop)
BENCHES = $(call progs,tests/bench)

all: $(BINS) $(if $(SAN),,$B/purity.ok $B/completion.bash)

$(PROTO): $(call objs,lib/proto)
$(IO): $(call objs,lib/io)
$(RELAY): $(call objs,lib/relay)
$(CAPTURE): $(call objs,lib/capture)
$(QKD): $(call objs,lib/qkd)
$B/lib%.a:
	@mkdir -p $(@D)
	$(say) AR $@
	$Qrm -f $@ && ar rcs $@ $^

$B/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(say) CC $<
	$Q$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# What a command is made of beside the io and proto libraries.
$B/bin/ss-relay $B/bin/ss-connect: $(RELAY)
$B/bin/ss-relay $B/bin/ss-connect: LIBS = $(SOCKET_LIBS)
$B/bin/ss-capture-decrypt: $(CAPTURE)
$B/bin/ss-capture-decrypt: LIBS = $(CAPTURE_LIBS)
$B/bin/ss-keygen: LIBS = -lqrencode $(FILTER_LIBS)
$B/bin/ss-qkd: $(QKD)
$B/bin/ss-qkd: LIBS = -lm $(FILTER_LIBS)

$(BINS): $B/bin/%: $B/cmd/%.o $(IO) $(PROTO)
	@mkdir -p $(@D)
	$(say) LINK $@
	$Q$(CC) $(LDFLAGS) -o $@ $< $(filter $(RELAY) $(CAPTURE),$^) \
	    $(IO) $(filter $(QKD),$^) $(PROTO) $(or $(LIBS),$(FILTER_LIBS))

# The protocol core does no I/O, asks for nothing and keeps nothing.
$B/purity.ok: $(PROTO) $(QKD) tests/purity
	$(say) CHECK "$(PROTO) and $(QKD) are pure"
	$Qtests/purity $(PROTO) && tests/purity $(PROTO) $(QKD) && touch $@
check-purity: $B/purity.ok

# Every file in tests/unit, vectors, interop and bench is a program.
$(filter $B/tests/unit/relay_%,$(TESTS)): $(RELAY)
$(filter $B/tests/unit/capture_% $B/tests/bench/capture_%,\
    $(TESTS) $(BENCHES)): $(CAPTURE)
$(filter $B/tests/unit/qkd_% $B/tests/bench/qkd_% $B/tests/interop/qkd_%,\
    $(TESTS) $(BENCHES) $(HELPERS)): $(QKD)
$(TESTS) $(BENCHES) $(HELPERS): $B/%: $B/%.o $(IO) $(PROTO)
	$(say) LINK $@
	$Q$(CC) $(LDFLAGS) -o $@ $< $(filter $(RELAY) $(CAPTURE),$^) \
	    $(IO) $(filter $(QKD),$^) $(PROTO) $(TEST_LIBS)

$B/tests/demo/recorder: $B/tests/demo/recorder.o
	$(say) LINK $@
	$Q$(CC) $(LDFLAGS) -o $@ $<

# The Wireshark plugin.  A shared object needs code of another kind, so what it
# takes from lib/proto is compiled once more.  libsodium goes in whole: nothing
# but Wireshark's own libraries is asked for.  Its sources include Wireshark's
# headers, which -isystem keeps out of our warnings.
WIRESHARK_CFLAGS = $(shell pkg-config --cflags wireshark | \
	sed 's/-I/-isystem /g')
WIRESHARK_LIBS   = $(shell pkg-config --libs wireshark) -lwiretap -lgcrypt
PLUGIN   = $B/dissector/secretsocket.so
PLUGIN_C = packet-secretsocket control epoch expert fields follow \
	   handshake keys lab_open order record state stats tree
PIC      = $(subst -fPIE,-fPIC,$(CFLAGS)) -fPIC -fvisibility=hidden
$B/pic/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(say) CC "$< (pic)"
	$Q$(CC) $(CPPFLAGS) $(PIC) -MMD -MP -c -o $@ $<
$B/pic/dissector/%.o: dissector/%.c Makefile
	@pkg-config --exists wireshark || { echo \
	    "make: wireshark-dev is missing: make deps-dissector" >&2; exit 1; }
	@mkdir -p $(@D)
	$(say) CC "$< (pic)"
	$Q$(CC) $(filter -DSS_%,$(CPPFLAGS)) $(subst c11,gnu11,$(PIC)) \
	    $(WIRESHARK_CFLAGS) -MMD -MP -c -o $@ $<
$(PLUGIN): $(PLUGIN_C:%=$B/pic/dissector/%.o) $(addprefix $B/pic/,\
    $(patsubst %.c,%.o,$(call srcs,lib/proto)))
	@mkdir -p $(@D)
	$(say) LINK $@
	$Q$(CC) -shared $(filter-out -pie,$(LDFLAGS)) -Wl,--exclude-libs,ALL \
	    -o $@ $^ $(WIRESHARK_LIBS) -l:libsodium.a -lcrypto
dissector: $(PLUGIN)
# The same, so that it notices what it should not do.
SAN_BOTH = -fsanitize=address,undefined -fno-sanitize-recover=all
dissector-asan:
	@$(MAKE) B=$B/plugin-asan OPT="-O1 -g" SAN="$(SAN_BOTH)" \
	    $B/plugin-asan/dissector/secretsocket.so

# Debian 13, in a folder: Wireshark 4.4 builds the plugin and reads captures.
test-trixie: deps-test
	@$(MAKE) all
	@B=$B tests/dissector/trixie

# For the version in Lua: what decrypts, against the headers of Wireshark's own
# Lua, and what prints the table inside secretsocket.lua (make docs).
WIRESHARK  = $(shell pkg-config --modversion wireshark | cut -d. -f1-2)
LUA        = lua$(if $(filter 4.0 4.2,$(WIRESHARK)),5.2,5.4)
LUA_CRYPTO = $B/dissector/secretsocket_crypto.so
LUA_FIELDS = $B/dissector/lua_fields
$B/pic/dissector/lua_secretsocket.o: WIRESHARK_CFLAGS = \
    $(shell pkg-config --cflags $(LUA) | sed 's/-I/-isystem /g')
$(LUA_CRYPTO): $B/pic/dissector/lua_secretsocket.o \
    $B/pic/dissector/lab_open.o $(addprefix $B/pic/,\
    $(patsubst %.c,%.o,$(call srcs,lib/proto)))
	@mkdir -p $(@D)
	$(say) LINK $@
	$Q$(CC) -shared $(filter-out -pie,$(LDFLAGS)) -Wl,--exclude-libs,ALL \
	    -o $@ $^ -l:libsodium.a -lcrypto
$(LUA_FIELDS): $B/dissector/lua_fields.o $(IO) $(PROTO)
	$(say) LINK $@
	$Q$(CC) $(LDFLAGS) -o $@ $^ $(FILTER_LIBS)
dissector: $(LUA_CRYPTO) $(LUA_FIELDS)

# The shipped captures, from their seeds; a test compares.
captures: deps-demo
	@$(MAKE) all $B/tests/demo/recorder
	@B=$B tests/captures/remake

# Fuzz targets live in a build folder of their own, made by clang throughout.
FUZZ_SAN = -fsanitize=address,undefined
$(FUZZERS): $B/%: $B/%.o $(CAPTURE) $(IO) $(QKD) $(PROTO)
	$(say) LINK $@
	$Q$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< $(CAPTURE) $(IO) \
	    $(QKD) $(PROTO) $(TEST_LIBS)
fuzzers: $(FUZZERS)
build-fuzz:
	@$(MAKE) B=$B/fuzz CC=$(CLANG) OPT="-O1 -g" \
	    SAN="$(FUZZ_SAN),fuzzer-no-link -fno-sanitize-recover=all" fuzzers

tests: all dissector $B/tests/demo/recorder $(TESTS) $(HELPERS)
benches: all $(BENCHES)
objects: $(patsubst %.c,$B/%.o,$(sort $(wildcard cmd/*.c lib/*/*.c \
	tests/unit/*.c tests/vectors/*.c tests/bench/*.c tests/fuzz/*.c \
	tests/interop/*.c)))

# Every file under both compilers, where a warning is an error; the plugin
# where Wireshark's headers are.
objects: $(if $(shell pkg-config --exists wireshark && echo yes),$(PLUGIN))
check-warnings:
	@$(MAKE) B=$B/warn-gcc CC=gcc WERROR=-Werror objects
	@$(MAKE) B=$B/warn-clang CC=$(CLANG) WERROR=-Werror objects

lint:
	mandoc -T lint -W warning $(MANS)

# A package is installed only if dpkg does not have it.
deps: deps-build
deps-build deps-demo deps-test deps-bench deps-dissector \
    deps-screenshots: deps-%:
	@tests/deps $($(shell echo $* | tr a-z A-Z)_PKGS)

demo: deps-demo
	@$(MAKE) all $B/tests/demo/recorder
	@B=$B tests/demo/run

test: deps-test
	@$(MAKE) tests build-fuzz dissector dissector-asan
	@B=$B tests/run

# Commands are not dumpable: leaks can be looked for in unit tests only.
check-asan: deps-test
	@$(MAKE) B=$B/asan OPT="-O1 -g" \
	    SAN="-fsanitize=address,undefined -fno-sanitize-recover=all" tests
	@B=$B/asan tests/run unit vectors
	@B=$B/asan ASAN_OPTIONS=detect_leaks=0 tests/run cli/keygen \
	    cli/handshake cli/x3dh cli/seal cli/open cli/wrap cli/explain \
	    cli/prim cli/mallory cli/relay cli/connect cli/capture \
	    cli/annotate cli/parties cli/follow cli/qkd cli/lab \
	    cli/lab_records cli/lab_sessions cli/lab_handshakes cli/lab_x3dh

check-long: deps-test
	@$(MAKE) tests build-fuzz
	@B=$B SS_LONG=1 tests/run unit vectors cli fault

fault: deps-test
	@$(MAKE) tests
	@B=$B SS_LONG=1 tests/run fault

fuzz: deps-test
	@$(MAKE) build-fuzz
	@B=$B FUZZ_SEED=$${FUZZ_SEED:-0} \
	    FUZZ_SECONDS=$${FUZZ_SECONDS:-60} tests/run fuzz

bench: deps-bench
	@$(MAKE) benches dissector
	@B=$B tests/bench/run

$B/completion.bash: docs/completion.sh $(MANS)
	$(say) MAKE $@
	$Qdocs/completion.sh $(MANS) >$@.new && mv $@.new $@

share = $(DESTDIR)$(PREFIX)/share
bash  = $(share)/bash-completion/completions
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(share)/man/man1 $(bash)
	install -m 755 $(BINS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(MANS) $(share)/man/man1
	for c in $(CMDS); do \
	    install -m 644 $B/completion.bash $(bash)/$$c || exit 1; done

uninstall:
	rm -f $(CMDS:%=$(DESTDIR)$(PREFIX)/bin/%) \
	    $(CMDS:%=$(share)/man/man1/%.1) $(CMDS:%=$(bash)/%)

# Wireshark finds plugins in C below the folder of its version, those in Lua one
# folder up, and profiles where it keeps its data.
ws_plugins = $(DESTDIR)$(shell pkg-config --variable=plugindir wireshark)
ws_data    = $(DESTDIR)$(shell pkg-config --variable=prefix \
	wireshark)/share/wireshark
my_plugins = $(DESTDIR)$(HOME)/.local/lib/wireshark/plugins/$(WIRESHARK)
my_data    = $(DESTDIR)$(or $(XDG_CONFIG_HOME),$(HOME)/.config)/wireshark
LUA_FILE   = dissector/secretsocket.lua
PROFILE    = $(wildcard dissector/profile/*)
put_dissector = install -d $1/epan $2/profiles/SecretSocket && \
	install -m 755 $(PLUGIN) $1/epan && \
	install -m 755 $(LUA_CRYPTO) $1 && \
	install -m 644 $(LUA_FILE) $(dir $1) && \
	install -m 644 $(PROFILE) $2/profiles/SecretSocket
take_dissector = rm -f $1/epan/$(notdir $(PLUGIN)) \
	$1/$(notdir $(LUA_CRYPTO)) $(dir $1)$(notdir $(LUA_FILE)) && \
	rm -rf $2/profiles/SecretSocket
install-dissector: dissector
	$(call put_dissector,$(ws_plugins),$(ws_data))
install-dissector-user: dissector
	$(call put_dissector,$(my_plugins),$(my_data))
uninstall-dissector:
	$(call take_dissector,$(ws_plugins),$(ws_data))
uninstall-dissector-user:
	$(call take_dissector,$(my_plugins),$(my_data))

# What docs/wireshark.md shows, taken from Wireshark itself.
screenshots: deps-screenshots
	@$(MAKE) all dissector $B/tests/demo/recorder
	@B=$B tests/screenshots

# The tables and the worked example inside docs/protocol.md, and the table that
# the dissector in Lua carries with it.
docs: $B/bin/ss-explain $B/tests/unit/example $(LUA_FIELDS)
	@B=$B tests/docs-refresh
	@B=$B dissector/refresh

# The plots of docs/qkd.md; from a seed, so that they stay as they are.
qkd-plots: $B/bin/ss-qkd
	@mkdir -p docs/img
	@for p in fraction distance cascade sample; do \
	    SS_LAB=1 $B/bin/ss-qkd sweep $$p -R 100 -Z plots \
		-P $B/qkd-$$p >/dev/null && \
	    sed '1a <!-- SPDX-License-Identifier: ISC -->' \
		$B/qkd-$$p.svg >docs/img/qkd-$$p.svg || exit 1; done

clean:
	rm -rf $B

# for tests and scripts: make -s print-CMDS
print-%:
	@echo '$($*)'

.PHONY: all bench benches build-fuzz captures check-asan check-long \
	check-purity check-warnings clean demo docs deps deps-bench \
	deps-build deps-demo deps-dissector deps-screenshots deps-test \
	dissector dissector-asan fault fuzz fuzzers install install-dissector \
	install-dissector-user lint objects qkd-plots screenshots test \
	test-trixie tests uninstall uninstall-dissector uninstall-dissector-user
.SECONDARY:
-include $(shell find $B -name trixie -prune -o -type f -name '*.d' -print \
	2>/dev/null)
