# SPDX-License-Identifier: ISC
#
# make            build everything into build/ (never installs anything)
# make demo       install missing packages, build, and show the whole thing
# make test       install missing packages, build, and run every test
# make bench      ratios against peers and raw primitives
# make install    PREFIX=/usr/local, DESTDIR=

B       ?= build
PREFIX  ?= /usr/local
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
CLANG   ?= clang
VERSION := 1.0

WARN   = -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes \
	 -Wmissing-prototypes -Wpointer-arith -Wvla
HARDEN = -fPIE -fstack-protector-strong -fstack-clash-protection \
	 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
OPT   ?= -O2 -g
SAN   ?=
CFLAGS  = -std=c11 $(OPT) $(WARN) $(if $(SAN),,$(HARDEN)) $(SAN)
CPPFLAGS = -D_POSIX_C_SOURCE=200809L -DSS_PACKAGE_VERSION='"$(VERSION)"'
LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SAN)

# The filters carry OpenSSL's cipher code inside them: loading the shared
# library would take longer than the rest of a small command.
FILTER_LIBS = -lsodium -l:libcrypto.a
SOCKET_LIBS = -lwebsockets -luv -lssl -lcrypto -ljansson -lsqlite3 -lsodium

CMDS    = ss-keygen ss-handshake ss-seal ss-open ss-explain ss-relay \
	  ss-connect ss-capture-decrypt
BINS    = $(CMDS:%=$B/bin/%)
MANS    = $(CMDS:%=cmd/%.1)

srcs    = $(sort $(wildcard $1/*.c))
objs    = $(patsubst %.c,$B/%.o,$(call srcs,$1))
PROTO   = $B/libproto.a
IO      = $B/libio.a
RELAY   = $B/librelay.a
CAPTURE = $B/libcapture.a

all: $(BINS)

$(PROTO): $(call objs,lib/proto)
$(IO): $(call objs,lib/io)
$(RELAY): $(call objs,lib/relay)
$(CAPTURE): $(call objs,lib/capture)
$B/lib%.a:
	@mkdir -p $(@D)
	rm -f $@ && ar rcs $@ $^

$B/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# What a command is made of beside the io and proto libraries.
$B/bin/ss-relay $B/bin/ss-connect: $(RELAY)
$B/bin/ss-relay $B/bin/ss-connect: LIBS = $(SOCKET_LIBS)
$B/bin/ss-capture-decrypt: $(CAPTURE)
$B/bin/ss-keygen: LIBS = -lqrencode $(FILTER_LIBS)

$(BINS): $B/bin/%: $B/cmd/%.o $(IO) $(PROTO)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $< $(filter $(RELAY) $(CAPTURE),$^) \
	    $(IO) $(PROTO) $(or $(LIBS),$(FILTER_LIBS))

clean:
	rm -rf $B

.PHONY: all clean
-include $(shell find $B -name '*.d' 2>/dev/null)
