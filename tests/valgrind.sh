#!/bin/sh
# Runs the tests of the event loop under valgrind: no invalid access, no lost memory.
set -eu
cd "$(dirname "$0")/.."
binary=$(cargo test --no-run --test event_loop --message-format=json 2>/dev/null |
    sed -n 's/.*"name":"event_loop".*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
[ -x "$binary" ] || { echo "tests/event_loop.rs does not build" >&2; exit 1; }
# Threads that hand work to each other need the fair scheduler.
G_SLICE=always-malloc exec valgrind --error-exitcode=9 --leak-check=full --show-leak-kinds=definite \
    --errors-for-leak-kinds=definite --fair-sched=yes --suppressions=tests/valgrind.supp \
    "$binary" --test-threads=1
