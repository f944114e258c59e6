# SPDX-License-Identifier: GPL-2.0-or-later
#
# make [V=1] [SAN=1] [install [DESTDIR=] [PREFIX=/usr/local]]   SAN=1: with sanitizers
# make check                  all tests; check-unit, -cli, -peers, -crash, -fuzz, -lab: a part
# make check-netns            the packet filter in network namespaces, as root
# make demo | bench | clean

VERSION ?= 0.1
CC ?= cc
PKG_CONFIG ?= pkg-config
B := $(if $(SAN),build-san,build)
, := ,
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $@;)

CFLAGS ?= $(if $(SAN),-O1 -g1,-O2 -g)
FLAGS := -std=gnu11 -D_GNU_SOURCE -iquote . -fPIC -fvisibility=hidden -ffunction-sections \
	-fstack-protector-strong -Wall -Wextra -Wvla -Wshadow -Wformat=2 -Wstrict-prototypes \
	-Wmissing-prototypes -Wno-missing-field-initializers -Werror
LDFLAGS += -Wl,-z,relro,-z,now -Wl,--as-needed
ifdef SAN
# Two warnings that depend on how much is optimised are the usual build's to give.
FLAGS += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer \
	-Wno-maybe-uninitialized -Wno-format-truncation
LDFLAGS += -fsanitize=address,undefined
else
FLAGS += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
VERSION_FLAGS := -DQVM_VERSION='"$(VERSION)"'
libs = $(shell $(PKG_CONFIG) --libs $(1))
libs_static = $(shell $(PKG_CONFIG) --static --libs $(1))
# What every command needs is linked in: finding libraries is most of a short run.
inside = $(if $(SAN),$(call libs_static,$(1)),-Wl$(,)-Bstatic $(filter-out -lm,$(call libs_static,$(1))) \
	-Wl$(,)-Bdynamic -lm)
LIBS_qvm := $(call inside,sqlite3 popt json-c xenvchan xenstore yaml-0.1)
LIBS_xen := $(call libs,xenlight xencontrol xenstore xentoollog xenevtchn json-c)
LIBS_storage := $(call libs,devmapper json-c)
LIBS_tui := $(call libs,ncursesw json-c)
LIBS_fill := $(call libs,libarchive json-c libcrypto)
LIBS_archive := $(call libs,libarchive libcrypto zlib libzstd expat) -lscrypt-kdf
LIBS_vchan := $(call libs,--static xenvchan xenstore)
LIBS_test := $(call libs,cmocka) $(foreach l,tui qvm xen storage fill archive vchan,$(LIBS_$(l))) $(call inside,libsodium)

# One archive a folder, lower ones last; folders without sources are left out. Files with a
# main of their own and the one-line module files are linked by name.
ROOMS := $(patsubst %/,%,$(sort $(dir $(wildcard $(addsuffix /*.c,tui qvm-tools ops templates dispvm backup netvm agent \
	qrexec xen storage core lib tests/fake)))))
MAINS := tui/main.c xen/hotplug.c templates/fill.c qvm-tools/load_modules.c \
	$(wildcard */main*.c */module_*.c tests/fake/module_*.c)
objects = $(patsubst %.c,$(B)/%.o,$(filter-out $(MAINS),$(wildcard $(1)/*.c)))
room = $(patsubst %,$(B)/%.a,$(filter $(ROOMS),$(1)))
BELOW_lib := lib
BELOW_core := core lib
$(foreach r,storage xen templates qrexec netvm dispvm tui backup,$(eval BELOW_$r := $r tests/fake $(BELOW_core)))
BELOW_agent := agent netvm qrexec $(BELOW_core)
BELOW_ops := ops templates qrexec netvm dispvm backup tests/fake $(BELOW_core)
BELOW_tools := qvm-tools $(BELOW_ops)
below = $(foreach r,$(1),$(call room,$(r)))
QVM := $(B)/qvm
M := $(B)/modules
SYSTEM := $(addprefix $(M)/,qvm-quick qvm-hotplug qvm-fill qvm-fill-alone qvm-archive qvm-chunks qvm-tui hv-xen.so view-xen.so pool-lvm.so \
	pool-reflink.so pool-thin.so scratch-thin.so) $(patsubst qrexec/main_%.c,$(M)/qrexec-%,$(wildcard qrexec/main_*.c))
FAKES := $(patsubst tests/fake/module_%.c,$(M)/%-fake.so,$(wildcard tests/fake/module_*.c))
TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*_test.c))
MAN := $(patsubst %.in,$(B)/%,$(wildcard man/*.in))

all: $(QVM) $(SYSTEM) $(M)/guest/links $(FAKES) $(if $(SAN),,$(MAN) $(B)/completions/qvm)
$(foreach r,$(ROOMS),$(eval $(B)/$(r).a: $(call objects,$(r))))
$(patsubst %,$(B)/%.a,$(ROOMS)):
	$(call say,AR) rm -f $@ && $(AR) rcsD $@ $^

$(B)/xen/%.o $(B)/tests/%.o: FLAGS += -DLIBXL_API_VERSION=0x041400
$(B)/qvm-tools/%.o: FLAGS += $(VERSION_FLAGS)
$(B)/qvm-tools/%.o: $(B)/version
$(B)/%.o: %.c Makefile
	$(call say,CC) mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(FLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
-include $(shell find $(B) -name '*.d' 2>/dev/null)
.SECONDARY:
$(B)/version: FORCE
	@mkdir -p $(@D); echo '$(VERSION_FLAGS)' | cmp -s - $@ || echo '$(VERSION_FLAGS)' >$@
link = $(call say,LD) mkdir -p $(@D) && $(CC) $(LDFLAGS) $(1) -o $@ $(filter %.o %.a,$^) $(2)
ALONE := $(if $(SAN),-pie,-static) -Wl$(,)--gc-sections
$(B)/qvm: $(B)/qvm-tools/main.o $(B)/qvm-tools/load_modules.o \
		$(call below,qvm-tools $(filter-out tests/fake,$(BELOW_ops)))
	$(call link,-pie -Wl$(,)--gc-sections,$(LIBS_qvm))
$(M)/qvm-quick: $(B)/qvm-tools/main_quick.o $(B)/xen/module_view.o \
		$(call below,qvm-tools $(filter-out tests/fake core lib,$(BELOW_ops)) xen core lib)
	$(call link,$(ALONE)$(,)--no-warnings,$(call $(if $(SAN),libs,libs_static),\
		sqlite3 popt json-c xenvchan xencontrol xenstore xentoollog xenevtchn xengnttab))
$(M)/qvm-fill: $(B)/templates/fill.o $(call below,templates core lib)
$(M)/qvm-archive: $(B)/backup/main_archive.o $(call below,backup core lib)
$(M)/qvm-fill $(M)/qvm-archive:
	$(call link,-pie,$(LIBS_$(patsubst qvm-%,%,$(@F))))
# What it reads with goes to domains whose libraries nobody knows; -lxml2 is for other formats.
$(M)/qvm-fill-alone: $(B)/templates/fill.o $(call below,templates core lib)
	$(call link,$(ALONE)$(,)--no-warnings -s,$(filter-out -lxml2,$(call libs_static,libarchive json-c libcrypto)))
$(M)/qvm-chunks: $(B)/backup/main_chunks.o $(call below,backup core lib)
	$(call link,$(ALONE),$(call libs_static,libsodium libzstd))
$(M)/qvm-tui: $(B)/tui/main.o $(call below,$(BELOW_tui))
	$(call link,-pie -Wl$(,)--gc-sections,$(LIBS_tui))
$(M)/qvm-hotplug: $(B)/xen/hotplug.o $(call below,xen lib)
	$(call link,$(ALONE))
$(filter $(M)/qrexec-%,$(SYSTEM)): $(M)/qrexec-%: $(B)/qrexec/main_%.o $(call below,qrexec core lib)
	$(call link,$(if $(findstring client,$@),$(ALONE),-pie -Wl$(,)--gc-sections),$(LIBS_$(if $(findstring client,$@),vchan,qvm)))
$(M)/qvm-agent: $(B)/agent/main.o $(call below,agent netvm qrexec lib)
	$(call link,$(ALONE),$(LIBS_vchan))

$(M)/guest/links: $(M)/qvm-agent $(wildcard agent/init/*)
	$(call say,GEN) rm -rf $(@D) && mkdir -p $(@D) && cp $^ $(@D) && $< --names >$@

module = -shared -Wl$(,)--exclude-libs$(,)ALL $(if $(SAN),,-Wl$(,)-z$(,)defs)
$(M)/hv-xen.so: $(B)/xen/module_hv.o $(call below,xen core lib)
$(M)/view-xen.so: $(B)/xen/module_view.o $(call below,xen core lib)
$(M)/pool-lvm.so: $(B)/storage/module_pool.o $(call below,storage core lib)
$(M)/pool-reflink.so: $(B)/storage/module_reflink.o $(call below,storage core lib)
$(M)/pool-thin.so: $(B)/storage/module_thin.o $(call below,storage core lib)
$(M)/scratch-thin.so: $(B)/storage/module_scratch.o $(call below,storage core lib)
$(FAKES): $(M)/%-fake.so: $(B)/tests/fake/module_%.o $(call below,tests/fake core lib)
	$(call link,$(module),-ljson-c)
$(filter %.so,$(SYSTEM)):
	$(call link,$(module),$(if $(findstring xen,$@),$(LIBS_xen),$(LIBS_storage)))

$(foreach t,$(TESTS),$(eval $t: $(call below,$(BELOW_$(firstword $(subst _, ,$(notdir $t)))))))
$(B)/tests/unit/%_test: $(B)/tests/unit/%_test.o
	$(call link,-pie,$(LIBS_test))
$(B)/man/%: man/%.in $(B)/qvm
	$(call say,MAN) mkdir -p $(@D) && $(B)/qvm __man $< >$@.tmp && mv $@.tmp $@
$(B)/completions/qvm: $(B)/qvm
	$(call say,GEN) mkdir -p $(@D) && $(B)/qvm __complete bash >$@.tmp && mv $@.tmp $@

include install.mk
deps:; @sh tests/deps.sh
check: deps
	@FUZZ_SECONDS=3 sh tests/check.sh '$(MAKE)' lint check-unit san-unit check-cli san-cli \
		check-peers check-crash check-fuzz check-lab
check-unit: all $(TESTS); @sh tests/unit/run.sh $(B) $(TESTS)
check-cli: all; @sh tests/cli/run.sh $(B)
check-peers check-crash: check-%: all; @bash tests/$*/run.sh $(B)
check-lab check-fuzz check-netns: check-%:; @sh tests/$*/run.sh
lint: all; @sh tests/lint/run.sh $(B)
demo: deps; @lab/lab demo
bench: all; @sh bench/run.sh
format:
	@. tests/lint/files.sh; { sources c h; test_sources c h; } | xargs clang-format -i
clean:; rm -rf build build-san build-fuzz
FORCE:
.PHONY: all install format deps check check-unit check-cli check-peers check-crash check-fuzz check-netns check-lab lint demo \
	bench clean FORCE
.DELETE_ON_ERROR:
