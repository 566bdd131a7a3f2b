# Vireo: `make run` starts it, `make test` checks it. Both install what is missing first. See `make help`.

ID := io.github.vireo_vm.Vireo
PREFIX ?= /usr/local
DESTDIR ?=
BINDIR = $(PREFIX)/bin
DATADIR = $(PREFIX)/share
CARGO ?= cargo
ARGS ?=
LANGUAGES = $(basename $(notdir $(wildcard po/*.po)))
SHELL := /bin/sh
# Where rustup keeps Rust, also for a shell that does not know it yet.
export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)

.PHONY: help
help: ## Says what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  \1	/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: deps
deps: ## Installs what is missing (asks first when it needs root)
	@scripts/install-deps

.PHONY: build
build: deps ## Builds the release binary
	$(CARGO) build --release --locked

.PHONY: run
run: build ## Builds and starts Vireo; ARGS="--demo" opens the demo
	@scripts/run target/release/vireo $(ARGS)

.PHONY: test
test: deps ## Runs every check and every test
	@scripts/test

.PHONY: bench
bench: deps ## Measures the figures that the project promises
	@scripts/bench $(ARGS)

.PHONY: fmt
fmt: ## Formats the code
	$(CARGO) fmt

.PHONY: install
install: ## Installs what `make build` made; PREFIX=/usr/local DESTDIR=
	test -x target/release/vireo || $(MAKE) build
	install -Dm755 target/release/vireo "$(DESTDIR)$(BINDIR)/vireo"
	install -Dm755 target/release/vireo-display "$(DESTDIR)$(BINDIR)/vireo-display"
	scripts/desktop-files target/desktop
	install -Dm644 target/desktop/$(ID).desktop "$(DESTDIR)$(DATADIR)/applications/$(ID).desktop"
	install -Dm644 target/desktop/$(ID).metainfo.xml "$(DESTDIR)$(DATADIR)/metainfo/$(ID).metainfo.xml"
	install -Dm644 data/$(ID).gschema.xml "$(DESTDIR)$(DATADIR)/glib-2.0/schemas/$(ID).gschema.xml"
	install -Dm644 data/icons/hicolor/scalable/apps/$(ID).svg "$(DESTDIR)$(DATADIR)/icons/hicolor/scalable/apps/$(ID).svg"
	install -Dm644 data/icons/hicolor/symbolic/apps/$(ID)-symbolic.svg "$(DESTDIR)$(DATADIR)/icons/hicolor/symbolic/apps/$(ID)-symbolic.svg"
	install -Dm644 data/vireo.1 "$(DESTDIR)$(DATADIR)/man/man1/vireo.1"
	install -Dm644 data/vireo.bash "$(DESTDIR)$(DATADIR)/bash-completion/completions/vireo"
	install -d "$(DESTDIR)$(DATADIR)/dbus-1/services"
	sed 's|@BINDIR@|$(BINDIR)|' data/$(ID).service.in >"$(DESTDIR)$(DATADIR)/dbus-1/services/$(ID).service"
	for language in $(LANGUAGES); do \
		install -d "$(DESTDIR)$(DATADIR)/locale/$$language/LC_MESSAGES" && \
		msgfmt -o "$(DESTDIR)$(DATADIR)/locale/$$language/LC_MESSAGES/vireo.mo" "po/$$language.po" || exit 1; \
	done
	@if [ -z "$(DESTDIR)" ]; then $(MAKE) --no-print-directory caches; fi

.PHONY: caches
caches:
	-glib-compile-schemas "$(DATADIR)/glib-2.0/schemas"
	-if command -v gtk4-update-icon-cache >/dev/null; then gtk4-update-icon-cache -q -t -f "$(DATADIR)/icons/hicolor"; fi
	-if command -v update-desktop-database >/dev/null; then update-desktop-database -q "$(DATADIR)/applications"; fi

.PHONY: uninstall
uninstall: ## Removes what `make install` installed
	rm -f "$(DESTDIR)$(BINDIR)/vireo" "$(DESTDIR)$(BINDIR)/vireo-display" \
		"$(DESTDIR)$(DATADIR)/applications/$(ID).desktop" \
		"$(DESTDIR)$(DATADIR)/metainfo/$(ID).metainfo.xml" \
		"$(DESTDIR)$(DATADIR)/glib-2.0/schemas/$(ID).gschema.xml" \
		"$(DESTDIR)$(DATADIR)/icons/hicolor/scalable/apps/$(ID).svg" \
		"$(DESTDIR)$(DATADIR)/icons/hicolor/symbolic/apps/$(ID)-symbolic.svg" \
		"$(DESTDIR)$(DATADIR)/man/man1/vireo.1" \
		"$(DESTDIR)$(DATADIR)/bash-completion/completions/vireo" \
		"$(DESTDIR)$(DATADIR)/dbus-1/services/$(ID).service"
	for language in $(LANGUAGES); do rm -f "$(DESTDIR)$(DATADIR)/locale/$$language/LC_MESSAGES/vireo.mo"; done
	@if [ -z "$(DESTDIR)" ]; then $(MAKE) --no-print-directory caches; fi

.PHONY: clean
clean: ## Removes everything that was built
	$(CARGO) clean
