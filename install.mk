# SPDX-License-Identifier: GPL-2.0-or-later
# What goes where; read by the Makefile.

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/qvm
MANDIR ?= $(PREFIX)/share/man
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
UDEVDIR ?= $(PREFIX)/lib/udev/rules.d
UNITDIR ?= $(PREFIX)/lib/systemd/system
INITDIR ?= /etc/init.d

install: all
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBEXECDIR) $(BASHCOMPDIR) $(UDEVDIR) \
		$(UNITDIR) $(INITDIR))
	install $(QVM) $(DESTDIR)$(BINDIR)
	install $(SYSTEM) $(DESTDIR)$(LIBEXECDIR)
	ln -sf $(addprefix $(LIBEXECDIR)/,qrexec-daemon qrexec-client) $(DESTDIR)$(BINDIR)
	install -D -t $(DESTDIR)$(LIBEXECDIR)/guest $(M)/guest/*
	install -m 644 $(wildcard storage/*.rules) $(DESTDIR)$(UDEVDIR)
	install -D -t $(DESTDIR)/etc/qubes-rpc qrexec/rpc/*
	install -m 644 $(B)/completions/qvm $(DESTDIR)$(BASHCOMPDIR)
	sed 's,@BINDIR@,$(BINDIR),' system/qvm.service >$(DESTDIR)$(UNITDIR)/qvm.service
	sed 's,@BINDIR@,$(BINDIR),' system/qvm.openrc >$(DESTDIR)$(INITDIR)/qvm
	chmod 755 $(DESTDIR)$(INITDIR)/qvm
	set -e; for c in `$(QVM) commands`; do ln -sf qvm $(DESTDIR)$(BINDIR)/$$c; \
		ln -sf qvm $(DESTDIR)$(BASHCOMPDIR)/$$c; done; \
	for c in `$(M)/qvm-quick`; do ln -sf $(LIBEXECDIR)/qvm-quick $(DESTDIR)$(BINDIR)/$$c; done; \
	for m in $(MAN); do install -D -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done
