#!/bin/sh
# Prepares the four nodes of compose.yaml under /nodes, each once.
set -eu
members="fi ee lv lt"
links="fi:ee ee:lv lv:lt"

# on MEMBER ARGUMENTS...: the command line of one node
on() {
    on_member=$1
    shift
    tocsin --config "/nodes/$on_member/tocsin.conf" "$@"
}

if [ -e /nodes/lt/.ready ]; then
    exit 0
fi
for m in $members; do
    on "$m" init --member "$m" --name "CSIRT $m" --root-out /roots \
        --store /var/lib/tocsin --run /run/tocsin
    cp /setup/policy.conf "/nodes/$m/policy/10-national.conf"
    on "$m" card export >"/tmp/$m.card"
done
# Everybody believes everybody's alerts; links are between neighbours only.
for m in $members; do
    for other in $members; do
        [ "$m" = "$other" ] || on "$m" card import "/tmp/$other.card" \
            --as "$other" --yes
    done
done
for link in $links; do
    a=${link%:*}
    b=${link#*:}
    on "$a" peer add "$b" --connect "tcp://$b:7400"
    on "$b" peer add "$a" --connect "tcp://$a:7400"
done
touch /nodes/lt/.ready
