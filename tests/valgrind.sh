#!/bin/sh
# Runs under valgrind what hands memory to libvirt and takes it back: the event loop, and the answers to credential
# questions. No invalid access, no lost memory.
set -eu
cd "$(dirname "$0")/.."

binary_of() { # NAME CARGO-ARGUMENTS…
    name=$1
    shift
    cargo test --no-run "$@" --message-format=json 2>/dev/null |
        sed -n "s/.*\"name\":\"$name\".*\"executable\":\"\([^\"]*\)\".*/\1/p" | tail -n 1
}

check() { # NAME BINARY ARGUMENTS…
    name=$1
    shift
    [ -x "$1" ] || { echo "$name does not build" >&2; exit 1; }
    # Threads that hand work to each other need the fair scheduler.
    G_SLICE=always-malloc valgrind --error-exitcode=9 --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite --fair-sched=yes --suppressions=tests/valgrind.supp "$@" --test-threads=1
}

check "tests/event_loop.rs" "$(binary_of event_loop --test event_loop)"
check "the library" "$(binary_of vireo --lib)" virt::auth::
