"""Cores with one fault each, which the oracles must find.

usage: mutants.py BUILD [NAME...]

A mutant is node/mesh or common/policy with one text replaced, in a copy; a text
that is not found any more is an error, so that a mutant cannot die unnoticed.
Only the changed file is compiled: it is linked before the library, whose own
version of it is then left out.
"""
import json
import os
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SEEDS = "1500"

# name, file (of node/mesh, or with its path), text, what stands there instead;
# where chaos comes across it too seldom, the test that must fail, or the number
# of the seed to begin with
MUTANTS = [
    ("filter skipped on WANT", "resume.c",
     "        !may_send(mesh, event->peer, at, alert, &verdict)) {\n",
     "        (!may_send(mesh, event->peer, at, alert, &verdict) && !wanted)) {\n"),
    ("filter skipped on resume", "resume.c",
     "        !may_send(mesh, event->peer, at, alert, &verdict)) {\n",
     "        (!may_send(mesh, event->peer, at, alert, &verdict) && wanted)) {\n"),
    ("filter skipped on OFFER", "handover.c",
     "    if (!allowed || !is_news) {",
     "    if (peer->query_class == TURN_PAST && !allowed) {\n"
     "        verdict.form = alert->form;\n"
     "        allowed = true;\n"
     "    }\n"
     "    if (!allowed || !lacks(mesh, number, at, verdict.form)) {"),
    ("number given before the filter", "handover.c",
     "    if (!allowed || !is_news) {",
     "    if (!allowed) {\n"
     "        (void)ledger_add(mesh, number, TCN_LANE_BULK, at, 0);\n"
     "    }\n"
     "    if (!allowed || !lacks(mesh, number, at, verdict.form)) {"),
    ("ACK before the row is settled", "settle.c",
     "    while (lane->reach < lane->high &&\n"
     "           slot_at(lane, lane->reach + 1)->state == SLOT_SETTLED) {",
     "    while (lane->reach < lane->high) {"),
    ("cursor moves past a row that is being verified", "settle.c",
     "slot_at(lane, lane->reach + 1)->state == SLOT_SETTLED) {",
     "(slot_at(lane, lane->reach + 1)->state == SLOT_SETTLED ||\n"
     "            slot_at(lane, lane->reach + 1)->state == SLOT_VERIFYING)) {"),
    ("revocation held back by a filter", "export.c",
     "    if (thread_exported(mesh, entry->thread, peer)) {\n",
     "    if (thread_exported(mesh, entry->thread, peer) &&\n"
     "        filters_let(mesh, peer, entry, alert, verdict)) {\n"),
    ("revocation goes to who has it against filters", "export.c",
     "    if (thread_is_had(mesh, entry->thread, peer) &&\n"
     "        filters_let(mesh, peer, entry, alert, verdict)) {\n",
     "    (void)filters_let(mesh, peer, entry, alert, verdict);\n"
     "    if (thread_is_had(mesh, entry->thread, peer)) {\n"
     "        verdict->outcome = TCN_ALLOW;\n"),
    ("revocation goes only to who is in the ledger", "export.c",
     "    if (thread_is_had(mesh, entry->thread, peer) &&\n",
     "    if (thread_exported(mesh, entry->thread, peer) &&\n", "stories_rules_test"),
    ("revocation goes to everybody", "threads.c",
     "            return true;\n        }\n    }\n    return false;",
     "            return true;\n        }\n    }\n    return true;"),
    ("remark goes to who lacks its subject", "export.c",
     "    if (!entry->has_ref || subject == NOBODY) {\n        return false;\n    }",
     "    if (peer < TCN_PEERS_MAX || subject == NOBODY) {\n        return true;\n    }"),
    ("given back to who gave it", "export.c",
     "    return ((form | HAS) & ~*known_of(mesh, at, peer)) != 0;",
     "    (void)form;\n    return (*known_of(mesh, at, peer) & EXPORTED) == 0;"),
    ("quota ignored", "score.c",
     "    return flow->quota_tokens >= QUOTA_ONE;",
     "    flow->quota_tokens = QUOTA_BURST * QUOTA_ONE;\n    return true;"),
    ("session check left out", "session.c",
     "    return peer->established &&\n"
     "           memcmp(frame->session.bytes, peer->their_nonce, 4) == 0 &&\n"
     "           memcmp(frame->session.bytes + 4, peer->nonce, 4) == 0;",
     "    (void)frame;\n    return peer->established;"),
    ("their nonce is not looked at", "session.c",
     "           memcmp(frame->session.bytes, peer->their_nonce, 4) == 0 &&\n",
     ""),
    ("refusal forgotten", "settle.c",
     "    if (row->err != TCN_ERR_OK || row->again) {",
     "    if (row->again) {"),
    ("refusals not asked for after a policy change", "refusals.c",
     "    case TCN_ERR_IMPORT_DENIED: return (why & RETRY_POLICY) != 0;",
     "    case TCN_ERR_IMPORT_DENIED: return false;"),
    ("refusals not asked for after a card came", "refusals.c",
     "    case TCN_ERR_UNPINNED: return (why & RETRY_KEYS) != 0;",
     "    case TCN_ERR_UNPINNED: return false;"),
    ("merge drops classes", "accept.c",
     "    uint8_t grown = entry->form | a->alert->form;",
     "    uint8_t grown = a->alert->form;"),
    ("a larger form is taken for held", "receive.c",
     "    return !entry->has_contents || (form & ~entry->form & ~EXPORTED) == 0;",
     "    (void)form;\n    return entry->id.bytes[0] != 0 || !entry->has_contents;"),
    ("redaction ignored on PUSH", "handover.c",
     "    effect->form = push->form;",
     "    effect->form = alert->form;"),
    ("expired is sent", "export.c",
     "        .now_ms = mesh->now_ms,\n        .received_ms",
     "        .now_ms = entry->created_ms,\n        .received_ms"),
    ("withdrawn is sent", "export.c",
     "    if (entry->status != TCN_STATUS_LIVE ||\n",
     "    if (\n"),
    ("epoch is not renewed", "session.c",
     "    } else if (peer->held_done) {\n        ledger_renew(mesh, number);",
     "    } else if (peer->held_done) {\n"
     "        cursor_heard(mesh, number, &(struct tcn_cursor){0});"),
    ("a cursor beyond the ledger is believed", "resume.c",
     "        return DIFFERS; /* they know more of it than we do */",
     "        return AGREES;"),
    ("HELD ignored", "held.c",
     "    *known_of(mesh, at, number) |= form | EXPORTED;",
     "    (void)form;"),
    ("import filter skipped", "receive.c",
     "    return verdict.outcome != TCN_DENY;",
     "    return verdict.outcome <= TCN_DELAY;"),
    ("revocation refused by the import filter", "receive.c",
     "    if ((header->kind == TCN_KIND_REVOKE && is_about_ours(mesh, header)) ||\n"
     "        tcn_view_is(header->origin, mesh->self)) {",
     "    if (tcn_view_is(header->origin, mesh->self)) {"),
    ("bad signature accepted", "receive.c",
     "    if (err != TCN_ERR_OK) {\n        return err;\n    }\n    if (!passes",
     "    (void)err;\n    if (!passes"),
    ("withdrawal does not reach its thread", "accept.c",
     "        withdraw_thread(mesh, a->thread);\n",
     ""),
    ("a withdrawal that came first is forgotten", "accept.c",
     "    if (thread->revoked) {\n        return TCN_STATUS_REVOKED;\n    }\n",
     ""),
    ("superseded stays live", "accept.c",
     "        supersede(mesh, a->thread, at);\n",
     "        ;\n"),
    ("contradiction overlooked", "accept.c",
     "    if (twin != NOBODY) {\n        return TCN_STATUS_EQUIVOCAL;\n    }\n",
     ""),
    ("shown twice", "threads.c",
     "    effect(mesh, TCN_EFFECT_FEED, OF_US)->id = entry->id;\n",
     "    effect(mesh, TCN_EFFECT_FEED, OF_US)->id = entry->id;\n"
     "    effect(mesh, TCN_EFFECT_FEED, OF_US)->id = entry->id;\n"),
    ("policy change not decided again", "handover.c",
     "    rescan(mesh);\n    retry_all(mesh, RETRY_POLICY);",
     "    retry_all(mesh, RETRY_POLICY);"),
    ("row window ignored", "ledger.c",
     "out->sent + 1 - out->acked <= out->rows &&",
     "out->rows > 0 &&", 930),
    ("denied alerts leave their mark on the turns", "schedule.c",
     "    if (bytes == 0 && peer->may_undo && turn < FLOW_CLASSES) {",
     "    if (false) {"),
    ("grant of bytes ignored by the sender", "ledger.c",
     "    return out->pushed + bytes <= out->grant;",
     "    return out->rows > 0 || bytes > out->grant;"),
    ("what was put off is not granted again", "receive.c",
     "        put_off(mesh, coming, alert, elsewhere_ms);\n        return true;",
     "        put_off(mesh, coming, alert, elsewhere_ms);\n        return false;",
     "mesh_score_test"),
    ("a grant that is owed is not told", "settle.c",
     "    if (grant_of(lane, which) - lane->granted >= window_bytes[which] / 4) {",
     "    if (lane->granted > lane->done + window_bytes[which]) {", "mesh_score_test"),
    ("widened audience not decided on", "export.c",
     "            (!is_remark(entry) || knows_subject(mesh, number, entry)));",
     "            (entry->kind != TCN_KIND_UPDATE ||\n"
     "             thread_exported(mesh, entry->thread, number)) &&\n"
     "            (!is_remark(entry) || knows_subject(mesh, number, entry)));"),
    ("key revocation that came too soon is forgotten", "keys.c",
     "        wait_for_proof(mesh, peer, frame);",
     "        (void)wait_for_proof;", "stories_rules_test"),
    ("key revocation not passed on", "keys.c",
     "    for (unsigned i = 0; i < mesh->peer_count && has_room(mesh, 1); i++) {\n"
     "        tell(mesh, i, krev);\n    }\n",
     ""),
    ("WANT serves what is held", "resume.c",
     "        !may_send(mesh, event->peer, at, alert, &verdict)) {\n",
     "        (!may_send(mesh, event->peer, at, alert, &verdict) &&\n"
     "         !(wanted && verdict.outcome == TCN_HOLD))) {\n"),
    ("what is delayed goes on resume", "resume.c",
     "        !may_send(mesh, event->peer, at, alert, &verdict)) {\n",
     "        (!may_send(mesh, event->peer, at, alert, &verdict) &&\n"
     "         verdict.outcome != TCN_DELAY)) {\n"),
    ("a delay that begins when a row is served is forgotten", "resume.c",
     "    if (asks_people(&verdict) || verdict.outcome == TCN_DELAY) {",
     "    if (asks_people(&verdict)) {", 600),
    ("nobody is asked about a row that is held when it is served", "resume.c",
     "    if (asks_people(&verdict) || verdict.outcome == TCN_DELAY) {",
     "    if (verdict.outcome == TCN_DELAY) {"),
    ("only the step in which it came knows the quarantine", "export.c",
     "    if (mesh->quarantining || (told != NULL && told->quarantined)) {",
     "    if (mesh->quarantining) {"),
    ("a step forgets that what came goes into quarantine", "export.c",
     "    if (mesh->quarantining || (told != NULL && told->quarantined)) {",
     "    if (told != NULL && told->quarantined) {"),
    ("what a backup forgot is not quarantined", "receive.c",
     "    bool is_new = at == NOBODY || entry_at(mesh, at)->ghost;\n",
     "    bool is_new = at == NOBODY;\n", "stories_people_test"),
    ("a delay counts from when it was made", "export.c",
     "told == NULL ? mesh->now_ms : told->received_ms",
     "told == NULL ? mesh->now_ms : entry->created_ms - TCN_MINUTE_MS"),
    ("what people said is not told", "export.c",
     "told == NULL ? 0 : told->release_count",
     "0"),
    ("an agreement is for every peer", "export.c",
     "told == NULL ? 0 : told->requested",
     "told == NULL || told->requested == 0 ? 0 : UINT64_MAX", 360),
    ("an agreement is not told", "export.c",
     "told == NULL ? 0 : told->requested",
     "0"),
    ("being asked again is ignored", "again.c",
     "        flow_touch(mesh, at);\n",
     "        ;\n"),
    ("after a restart new alerts fall behind what was looked at", "restore.c",
     "        mesh->seq = held->scanned_seq;\n",
     "        ;\n", "stories_people_test"),
    ("a restart forgets what was refused", "common/policy/waits.c",
     "    return held->state != TCN_HOLD_WAITING;",
     "    return released;"),
    ("a restart forgets what was released", "common/policy/waits.c",
     "    return (struct tcn_overdue){set_back ? 0 : asked_ms, until_ms};",
     "    return (struct tcn_overdue){\n"
     "        set_back || asked_ms == 0 ? until_ms : asked_ms, until_ms};"),
    ("a release opens all that was asked", "common/policy/waits.c",
     ".form = held->form,",
     ".form = held->asked,"),
    ("a release is of every form", "common/policy/decide.c",
     "            (form & ~release->asked) == 0) {",
     "            form != 0) {"),
    ("a release is of every rule", "common/policy/decide.c",
     "(verdict->holds & ~release->holds) == 0 &&",
     "!release->refused &&"),
    ("a policy that waits to be confirmed holds nothing", "common/policy/both.c",
     "    tally->held |= other->held;\n",
     "    ;\n"),
    ("a policy that waits to be confirmed delays nothing", "common/policy/both.c",
     "    tally->delayed |= other->delayed;\n",
     "    ;\n"),
    ("a policy that waits to be confirmed cuts nothing", "common/policy/both.c",
     "        tally->cut[c] |= other->cut[c];\n",
     "        ;\n"),
    ("a question that has changed is not asked anew", "common/policy/waits.c",
     "    case TCN_HOLD_RELEASED: return covered ? TCN_HOLD_GOES : TCN_HOLD_ASKS_ANEW;",
     "    case TCN_HOLD_RELEASED: return covered ? TCN_HOLD_GOES : TCN_HOLD_STANDS;"),
    ("who greets again echoes, and is not answered", "session.c",
     "    memset(last_effect(mesh)->frame.session.bytes + 4, 0, 4);\n",
     "", "stories_rules_test"),
    ("who is open late does not say where to go on", "session.c",
     "(is_new || !echoes || is_late)", "((void)is_late, is_new || !echoes)",
     "stories_rules_test"),
    ("signatures are not counted", "receive.c",
     "    bool later = elsewhere_ms != 0 || !may_verify(mesh, coming->peer);\n",
     "    bool later = elsewhere_ms != 0;\n", "stories_limits_test"),
    ("what is being verified is verified again", "receive.c",
     "    uint64_t elsewhere_ms = proven_elsewhere(mesh, alert, open);\n",
     "    uint64_t elsewhere_ms = 0 * proven_elsewhere(mesh, alert, open);\n",
     "stories_limits_test"),
    ("who may no longer give it is waited for", "receive.c",
     "        unchase(mesh, coming->slot->id, coming->peer);\n",
     "        ;\n", "stories_rules_test"),
    ("what does not hold keeps others waiting", "receive.c",
     "    unchase(mesh, alert->id.bytes, event->peer);\n",
     "", "stories_rules_test"),
    ("who went away is waited for", "chase.c",
     "            unchase(mesh, at->id, peer); /* what it was asked for */\n",
     "            ;\n", "stories_rules_test"),
    ("bytes beyond the grant are taken", "receive.c",
     "        fault(mesh, event->peer, TCN_ERR_CREDIT);\n        return;\n",
     "", "stories_limits_test"),
    ("more is wanted than fits", "offers.c",
     "           (in->wants == 0 || in->want_bytes + bytes <= WANT_BYTES);",
     "           (in->wants == 0 || bytes > 0);", "stories_limits_test"),
    ("more rows are wanted than allowed", "offers.c",
     "    return in->wants < TCN_WANTS_MAX &&\n",
     "    return in->wants < 2 * TCN_WANTS_MAX &&\n", "stories_limits_test"),
    ("what could not be wanted yet is forgotten", "settle.c",
     "            lane->due_ms = 0; /* there is room for others */\n",
     "            ;\n", "stories_limits_test"),
    ("ids of HELD without room are not asked for again", "held.c",
     "        peer->held_short = peer->held_dropped;\n",
     "        peer->held_short = false;\n", "stories_limits_test"),
    ("what one peer holds takes all the room", "held.c",
     "    return peer->ghosts < mesh->capacity / 8 &&\n",
     "    return peer->ghosts < mesh->capacity &&\n", "stories_limits_test"),
    ("the oldest key revocations wait, not the newest", "keys.c",
     "        waiting_drop(peer, 0);\n",
     "        return;\n", "stories_limits_test"),
    ("key revocations are told once and never again", "keys.c",
     "        mesh->krevs[i].told &= ~(1ull << number);\n",
     "        ;\n", "stories_limits_test"),
    ("high is no more than normal", "schedule.c",
     "    [FLOW_HIGH] = 4 * QUANTUM,\n",
     "    [FLOW_HIGH] = 2 * QUANTUM,\n", "stories_limits_test"),
    ("the turn of an origin is four times as long", "schedule.c",
     "            *deficit += QUANTUM;\n",
     "            *deficit += 4 * QUANTUM;\n", "stories_limits_test"),
    ("a clock that is set back stretches what is wanted", "clock.c",
     "            shift_rows(&peer->in[lane], by_ms);\n",
     "            (void)shift_rows;\n"
     "            shift(&peer->in[lane].due_ms, by_ms);\n", "stories_again_test"),
    ("a clock that jumps ends what is live", "clock.c",
     "        mesh->clock_ask_ms = now_ms;\n        mesh->sweep_ms = now_ms + SWEEP_MS;\n",
     "        mesh->clock_ask_ms = now_ms;\n", "stories_again_test"),
    ("a wrong clock at the start ends what is live", "clock.c",
     "        mesh->sweep_ms = now_ms + SWEEP_MS;\n        return;\n",
     "        return;\n", "stories_again_test"),
    ("what nobody could serve is held against a peer", "clock.c",
     "slot->due_ms += slot->state == SLOT_WANTED ? by_ms : 0;",
     "slot->due_ms += slot->state == SLOT_WANTED ? 0 * by_ms : 0;", "stories_again_test"),
    ("a WANT does not bring the certificate", "resume.c",
     "        mesh->certs[i].sent[frame->lane] &= ~(1ull << number);\n",
     "        ;\n", "stories_again_test"),
    ("refusals not asked for when a certificate was missing", "refusals.c",
     "    case TCN_ERR_CERT_UNKNOWN: return (why & (RETRY_KEYS | RETRY_CERT)) != 0;",
     "    case TCN_ERR_CERT_UNKNOWN: return false;", "stories_again_test"),
    ("what was not served is never asked for", "refusals.c",
     "    case TCN_ERR_UNSERVED: return (why & RETRY_SERVICE) != 0;",
     "    case TCN_ERR_UNSERVED: return false;", "stories_again_test"),
    ("what a wrong clock took for expired is never asked for", "refusals.c",
     "    case TCN_ERR_EXPIRED: return (why & RETRY_CLOCK) != 0;",
     "    case TCN_ERR_EXPIRED: return false;", "stories_again_test"),
    ("what a wrong clock took for early waits for its time", "refusals.c",
     "    case TCN_ERR_EARLY: return due || mesh->stats.clock_alarm;",
     "    case TCN_ERR_EARLY: return due;", "stories_again_test"),
    ("withdrawals of what was lost are not asked for", "held.c",
     "            retry_all(mesh, RETRY_POLICY); /* withdrawals of what we lost */\n",
     "            ;\n", "stories_again_test"),
    ("who lost what it said may contradict it", "accept.c",
     "    if (mesh->own_ghosts > 0 && a->header->kind == TCN_KIND_UPDATE) {",
     "    if (mesh->own_ghosts > 1000 && a->header->kind == TCN_KIND_UPDATE) {",
     "stories_again_test"),
    ("what was lost is waited for for ever", "expire.c",
     "        mesh->stats.ghosts = --mesh->own_ghosts;\n",
     "        mesh->stats.ghosts = mesh->own_ghosts;\n", "stories_again_test"),
    ("key revocations are not told to who holds more than was known", "held.c",
     "        keys_tell_more(mesh, number);\n",
     "        ;\n", "stories_again_test"),
    ("what is wanted goes before what is new", "handover.c",
     "    peer->wants_next = !peer->wants_next || !lane_open(peer, TCN_LANE_BULK);\n",
     "    peer->wants_next = true;\n", "stories_again_test"),
    ("withdrawals have no quota", "handover.c",
     "            quota_has(mesh, number, mesh->entries[peer->revokes].origin);\n",
     "            quota_has(mesh, number, mesh->entries[peer->revokes].origin) || true;\n"),
    ("the mark of an old row is believed", "resume.c",
     "        memcmp(event->served.mark.bytes, out->check.mark.bytes, 8) != 0) {",
     "        out->check.n == 0) {", "stories_numbers_test"),
]


def path_of(file):
    return os.path.join(ROOT, file if "/" in file else f"node/mesh/{file}")


def patched(mutant, folder):
    name, file, old, new = mutant[:4]
    with open(path_of(file)) as source:
        text = source.read()
    if text.count(old) != 1:
        sys.exit(f"mutant '{name}': its text stands {text.count(old)} times in {file}")
    path = os.path.join(folder, os.path.basename(file))
    with open(path, "w") as out:
        out.write(text.replace(old, new))
    return path


def compile_command(build, file):
    with open(os.path.join(build, "compile_commands.json")) as source:
        for row in json.load(source):
            if row["file"] == path_of(file):
                return shlex.split(row["command"])
    sys.exit(f"mutants: {file} is not built here")


def test_of(mutant):
    return mutant[4] if len(mutant) > 4 and isinstance(mutant[4], str) else None


def make(build, mutant, number, folder):
    """The program of one mutant."""
    name = test_of(mutant) or "sim_chaos"
    place = os.path.join(folder, str(number))
    os.mkdir(place)
    source, output = patched(mutant, place), os.path.join(place, "mutant.o")
    command = compile_command(build, mutant[1])
    command[command.index("-o") + 1] = output
    command[-1] = source
    # A fault may leave something without use.
    subprocess.run(command + ["-w"], cwd=build, check=True)
    lines = subprocess.run(["ninja", "-t", "commands", f"bin/{name}"], cwd=build,
                           check=True, capture_output=True, text=True).stdout.splitlines()
    link = [word for word in shlex.split(lines[-1]) if word not in (":", "&&")]
    link[link.index("-o") + 1] = os.path.join(place, name)
    first = next(i for i, word in enumerate(link) if word.endswith(".o"))
    link.insert(first, output)
    subprocess.run(link, cwd=build, check=True)
    return os.path.join(place, name)


def try_one(build, mutant, number, folder):
    program = make(build, mutant, number, folder)
    chaos = program.endswith("sim_chaos")
    first = str(mutant[4]) if chaos and len(mutant) > 4 else "1"
    options = ["--until-caught", SEEDS, "--from", first] if chaos else []
    run = subprocess.run([program, *options], capture_output=True, text=True,
                         errors="replace", timeout=1500)
    lines = run.stdout.splitlines() or [""]
    # An assertion that fails in the core is a catch too.
    caught = run.returncode < 0 or (run.returncode == 0) == chaos
    why = next((line for line in lines if line.startswith("VIOLATION")), run.stderr.strip()[-120:])
    print(f"{'caught' if caught else 'NOT CAUGHT'}: {mutant[0]}"
          f"{': ' + lines[-1] + ': ' + why if caught else ''}", flush=True)
    return caught


def main():
    build, names = os.path.abspath(sys.argv[1]), sys.argv[2:]
    chosen = [m for m in MUTANTS if not names or m[0] in names]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(try_one, build, mutant, i, folder)
                 for i, mutant in enumerate(chosen)]
        caught = sum(t.result() for t in tries)
    print(f"{caught} of {len(chosen)} mutants caught")
    sys.exit(caught < len(chosen))


if __name__ == "__main__":
    main()
