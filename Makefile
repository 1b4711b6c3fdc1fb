# Installs the programs, manual pages, shell completions, monitoring files, systemd unit and example settings.
#
#     make                                 a release build
#     make install PREFIX=/usr/local       see DESTDIR and PROGRAMS below
#     make uninstall PREFIX=/usr/local     leaves settings and data

PREFIX = /usr/local
DESTDIR =
# Directory of the built programs.
PROGRAMS = .build/release
UNITDIR = $(PREFIX)/lib/systemd/system
SYSUSERSDIR = $(PREFIX)/lib/sysusers.d

programs = pm-ingest pm-filter pm-enrich pm-store pm-alert pm-relay pm-inspect pm-exchange
bin = $(DESTDIR)$(PREFIX)/bin
lib = $(DESTDIR)$(PREFIX)/lib/polymarket-worker
share = $(DESTDIR)$(PREFIX)/share
doc = $(share)/doc/polymarket-worker
completions = $(share)/bash-completion/completions $(share)/zsh/vendor-completions $(share)/fish/vendor_completions.d

.PHONY: all install uninstall

all:
	scripts/setup.sh run
	scripts/build.sh

install:
	install -d $(bin) $(lib)/pipeline $(share)/man/man1 $(share)/man/man5 $(doc)/monitoring $(doc)/examples \
	    $(completions) $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR)
	for program in $(programs); do \
	    install -m 755 -s $(PROGRAMS)/$$program $(bin)/ && \
	    $(PROGRAMS)/$$program --generate-completion-script bash | \
	        sed '1{/^#!/d}' >$(share)/bash-completion/completions/$$program && \
	    $(PROGRAMS)/$$program --generate-completion-script zsh >$(share)/zsh/vendor-completions/_$$program && \
	    $(PROGRAMS)/$$program --generate-completion-script fish >$(share)/fish/vendor_completions.d/$$program.fish \
	    || exit; \
	done
	install -m 755 scripts/pipeline.sh $(lib)/
	install -m 644 scripts/pipeline/*.sh $(lib)/pipeline/
	ln -sf ../lib/polymarket-worker/pipeline.sh $(bin)/pm-pipeline
	install -m 644 man/*.1 $(share)/man/man1/
	install -m 644 man/*.5 $(share)/man/man5/
	install -m 644 monitoring/*.yml monitoring/*.json $(doc)/monitoring/
	install -m 644 packaging/pipeline.conf packaging/logrotate $(doc)/examples/
	install -m 644 README.md CHANGELOG.md LICENSE docs/*.md $(doc)/
	sed 's|@PREFIX@|$(PREFIX)|g' packaging/systemd/polymarket-worker.service \
	    >$(DESTDIR)$(UNITDIR)/polymarket-worker.service
	install -m 644 packaging/systemd/polymarket-worker.conf $(DESTDIR)$(SYSUSERSDIR)/

uninstall:
	for program in $(programs); do \
	    rm -f $(bin)/$$program $(share)/bash-completion/completions/$$program \
	        $(share)/zsh/vendor-completions/_$$program $(share)/fish/vendor_completions.d/$$program.fish; \
	done
	rm -f $(bin)/pm-pipeline $(DESTDIR)$(UNITDIR)/polymarket-worker.service \
	    $(DESTDIR)$(SYSUSERSDIR)/polymarket-worker.conf
	cd man && for page in *.[15]; do rm -f $(share)/man/man$${page##*.}/$$page; done
	rm -rf $(lib) $(doc)
