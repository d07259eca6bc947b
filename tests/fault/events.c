/* SPDX-License-Identifier: Apache-2.0 */
#include "fault/events.h"

#include "fault/oracle.h"
#include "fault/site.h"
#include "unit/plugins/metrics_client.h"

#include <stdarg.h>
#include <stdlib.h>

#define SLOTS      6
#define IDS_MAX    32
#define STORY      40
#define STORY_LINE 200

/* What Bednet ought to remember under a client pointer. */
struct entry {
    enum { NOTHING, PENDING, LIVE, RETIRED } state;
    bool indexed;  /* it answers for its names */
    bool unproven; /* of an enhanced authentication that did not succeed so far */
    char client_id[64];
    char username[64];
    bool has_username;
    const struct site_token *token; /* NULL: let in by other means */
};

/* A client object of the broker. They lie at the same addresses all the time. */
struct slot {
    struct mosquitto client;
    enum { FREE, HALF, CONNECTED, OFFLINE } state; /* HALF: another plugin still wants more of it */
    bool is_enhanced;
    const char *password; /* as the broker keeps it */
    struct entry entry;
};

/* More than a story has subscriptions. */
#define GRANTED_MAX 4096

static struct {
    struct slot slots[SLOTS];
    const struct oracle_policy *policy;
    const struct oracle_policy *next; /* is being read; whoever is kicked meanwhile is kicked by it */
    bool ticked;
    bool asked_again; /* since the last tick, every session was */
    struct {
        char id[64];
        size_t sent;
    } senders[IDS_MAX];
    size_t sender_count;
    size_t burst; /* of the limits that they have sent under */
    struct {
        char id[64];
        char filter[512];
    } granted[GRANTED_MAX]; /* what sessions may be subscribed to, ever */
    size_t granted_count;
    const char *difference;
} world;

static char story[STORY][STORY_LINE];
static size_t story_lines;
static char yaml[ORACLE_POLICIES][8192];
static uint16_t port;
static struct event_counts *happened;
static struct chooser *chooser_of_kicks;

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void tell(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(story[story_lines++ % STORY], STORY_LINE, format, arguments);
    va_end(arguments);
}

static void differ(const char *what)
{
    if (world.difference == NULL)
        world.difference = what;
}

/* ---- choices ---- */

static bool has_choice(const struct chooser *chooser)
{
    return chooser->count > 0 || chooser->generator != 0;
}

static size_t choose(struct chooser *chooser, size_t below)
{
    if (chooser->count > 0) {
        chooser->count--;
        return *chooser->bytes++ % below;
    }
    chooser->generator ^= chooser->generator << 13;
    chooser->generator ^= chooser->generator >> 7;
    chooser->generator ^= chooser->generator << 17;
    return (size_t)(chooser->generator >> 11) % below;
}

static const char *const words[] = {"site",   "s0",   "s1",  "dev-0", "dev-1", "dev-2", "up",
                                    "down",   "news", "all", "name",  "plain", "x",     "user-0",
                                    "secret", "",     "a",   "b",     "$SYS",  "broker"};
static const char *const wildcards[] = {"+", "#", "$share/g"};

/* No broker passes on what is no topic or no filter. */
static bool can_be_sent(const char *topic, bool is_filter)
{
    for (const char *at = topic; (at = strpbrk(at, "+#")) != NULL; at++) {
        bool whole = (at == topic || at[-1] == '/') && (at[1] == '\0' || at[1] == '/');
        if (!is_filter || !whole || (*at == '#' && at[1] != '\0'))
            return false;
    }
    return topic[0] != '\0';
}

/* Topics that rules speak of, filled in as a client would for itself; the others are put together of words.
 */
static void choose_topic(struct chooser *chooser, bool is_filter, const struct slot *slot, char *out,
                         size_t out_bytes)
{
    const char *id = slot->client.id;
    const char *site = slot->entry.token != NULL ? slot->entry.token->site : "s0";
    if (choose(chooser, 2) == 0) {
        static const char *const suffixes[] = {"up", "down/x", "down/#"};
        size_t which = choose(chooser, 6);
        if (which == 0)
            snprintf(out, out_bytes, "news/%s", id);
        else if (which == 1)
            snprintf(out, out_bytes, "name/%s/x",
                     slot->client.username != NULL ? slot->client.username : "x");
        else if (which == 2)
            snprintf(out, out_bytes, "plain/%s",
                     slot->client.username != NULL ? slot->client.username : "guest");
        else
            snprintf(out, out_bytes, "site/%s/%s/%s", site, id, suffixes[choose(chooser, 3)]);
        if (can_be_sent(out, is_filter))
            return;
    }
    size_t levels = 1 + choose(chooser, 7);
    size_t used = 0;
    out[0] = '\0';
    if (is_filter && choose(chooser, 8) == 0)
        used = (size_t)snprintf(out, out_bytes, "%s/", wildcards[2]);
    for (size_t i = 0; i < levels; i++) {
        const char *word = words[choose(chooser, sizeof words / sizeof *words)];
        if (is_filter && choose(chooser, 4) == 0)
            word = wildcards[i + 1 == levels ? choose(chooser, 2) : 0];
        used += (size_t)snprintf(out + used, out_bytes - used, "%s%s", i > 0 ? "/" : "", word);
    }
    if (out[0] == '\0' || strcmp(out, "$share/g/") == 0)
        snprintf(out, out_bytes, "news/x");
}

/* ---- the model ---- */

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const char *name_of(const struct entry *entry)
{
    return entry->has_username ? entry->username : NULL;
}

static bool is_called(const struct entry *entry, const char *client_id, const char *username)
{
    return entry->state != NOTHING && same(entry->client_id, client_id) && same(name_of(entry), username);
}

/* Nobody else answers for these names from now on. */
static void unindex(const char *client_id, const char *username)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (is_called(&world.slots[i].entry, client_id, username))
            world.slots[i].entry.indexed = false;
}

static void remember(struct slot *slot, const struct site_token *token)
{
    struct entry entry = {.state = token != NULL ? LIVE : PENDING, .token = token};
    const char *username = slot->client.username;
    snprintf(entry.client_id, sizeof entry.client_id, "%s", slot->client.id);
    entry.has_username = username != NULL;
    snprintf(entry.username, sizeof entry.username, "%s", username != NULL ? username : "");
    if (token != NULL)
        unindex(entry.client_id, name_of(&entry));
    entry.indexed = token != NULL;
    slot->entry = entry;
}

static void confirm(struct slot *slot)
{
    if (slot->entry.state != PENDING || slot->entry.unproven)
        return;
    unindex(slot->entry.client_id, name_of(&slot->entry));
    slot->entry.state = LIVE;
}

static void retire(struct slot *slot)
{
    if (slot->entry.state == PENDING && !slot->entry.unproven)
        slot->entry.state = NOTHING;
    else if (slot->entry.state != NOTHING)
        slot->entry.state = RETIRED;
}

/* Whoever left before it was let in speaks for nobody, whatever it is called. */
static bool is_nobody(const struct slot *slot, const char *client_id)
{
    return slot != NULL && slot->entry.unproven && slot->entry.state == RETIRED &&
           same(slot->entry.client_id, client_id);
}

/* Who speaks when the broker asks with this pointer and these names. `slot` NULL: a pointer never seen. */
static struct oracle_subject subject_of(const struct slot *slot, const char *client_id, const char *username)
{
    struct oracle_subject subject = {.client_id = client_id, .username = username};
    const struct entry *entry = NULL;
    if (slot != NULL && !slot->entry.unproven && is_called(&slot->entry, client_id, username))
        entry = &slot->entry;
    for (size_t i = 0; i < SLOTS && entry == NULL; i++)
        if (world.slots[i].entry.indexed && is_called(&world.slots[i].entry, client_id, username))
            entry = &world.slots[i].entry;
    if (entry != NULL && entry->token != NULL) {
        subject.site = entry->token->site;
        subject.roles = entry->token->roles;
    }
    return subject;
}

/* Other limits begin anew with the first message under them, the same ones go on. */
static size_t *sent_by(const char *id)
{
    if (world.burst != world.policy->burst)
        world.sender_count = 0;
    world.burst = world.policy->burst;
    for (size_t i = 0; i < world.sender_count; i++)
        if (strcmp(world.senders[i].id, id) == 0)
            return &world.senders[i].sent;
    snprintf(world.senders[world.sender_count].id, sizeof world.senders[0].id, "%s", id);
    world.senders[world.sender_count].sent = 0;
    return &world.senders[world.sender_count++].sent;
}

/* ---- events ---- */

static size_t number_of(const struct slot *slot)
{
    return (size_t)(slot - world.slots);
}

/* The broker forgets the client object; its address will be used again. */
static void release(struct slot *slot)
{
    fake_client_clear(&slot->client);
    slot->is_enhanced = false;
    slot->state = FREE;
    slot->password = NULL;
}

static void end(struct slot *slot, bool session_stays, bool without_id)
{
    char *id = slot->client.id;
    tell("%zu: connection of %s ends%s%s", number_of(slot), id, session_stays ? ", session stays" : "",
         without_id ? ", told without id" : "");
    if (without_id)
        slot->client.id = NULL;
    fake_disconnected(&slot->client, session_stays);
    slot->client.id = id;
    retire(slot);
}

static void grant(const char *id, const char *filter)
{
    size_t i = 0;
    while (i < world.granted_count &&
           (strcmp(world.granted[i].id, id) != 0 || strcmp(world.granted[i].filter, filter) != 0))
        i++;
    if (i == GRANTED_MAX || i < world.granted_count)
        return;
    snprintf(world.granted[i].id, sizeof world.granted[i].id, "%s", id);
    snprintf(world.granted[i].filter, sizeof world.granted[i].filter, "%s", filter);
    world.granted_count++;
}

static void check(struct slot *slot, struct mosquitto *client, int access, const char *topic)
{
    if (slot != NULL && !world.ticked)
        confirm(slot);
    struct oracle_subject subject = subject_of(slot, client->id, client->username);
    bool expected = oracle_allows(world.policy, &subject, access, topic) &&
                    (access == MOSQ_ACL_UNSUBSCRIBE || !is_nobody(slot, client->id));
    tell("%d: check of %s, %s, access %d on %s: %s", slot != NULL ? (int)number_of(slot) : -1, client->id,
         client->username != NULL ? client->username : "(nobody)", access, topic,
         expected ? "allowed" : "denied");
    if (fake_access(client, access, topic) != expected)
        differ("a check");
    if (access == MOSQ_ACL_SUBSCRIBE && expected)
        grant(client->id, topic);
    *(expected ? &happened->checks_allowed : &happened->checks_denied) += 1;
}

static void check_something(struct chooser *chooser, struct slot *slot)
{
    static const int accesses[] = {MOSQ_ACL_READ,      MOSQ_ACL_WRITE, MOSQ_ACL_SUBSCRIBE,  MOSQ_ACL_READ,
                                   MOSQ_ACL_SUBSCRIBE, MOSQ_ACL_WRITE, MOSQ_ACL_UNSUBSCRIBE};
    char topic[512];
    int access = accesses[choose(chooser, 7)];
    choose_topic(chooser, access == MOSQ_ACL_SUBSCRIBE, slot, topic, sizeof topic);
    check(slot, &slot->client, access, topic);
}

/* As with check_retain_source: an object with names only, at an address that no session has. */
static void check_by_names(struct chooser *chooser, const struct slot *slot)
{
    struct mosquitto stand_in = {.id = slot->client.id, .username = slot->client.username};
    char topic[512];
    choose_topic(chooser, false, slot, topic, sizeof topic);
    check(NULL, &stand_in, MOSQ_ACL_WRITE, topic);
}

static void send_message(struct slot *slot)
{
    struct oracle_subject subject = subject_of(slot, slot->client.id, slot->client.username);
    size_t *sent = sent_by(slot->client.id);
    bool expected = *sent < world.policy->burst;
    *sent += expected;
    expected = expected || oracle_lifts_limits(world.policy, &subject);
    tell("%zu: message of %s: %s", number_of(slot), slot->client.id, expected ? "passes" : "is dropped");
    if (fake_message(&slot->client, "news/x", 10) != expected)
        differ("a message");
    *(expected ? &happened->messages : &happened->messages_dropped) += 1;
}

/* A token with one letter changed, where every bit of it counts. */
static const char *tampered(const char *token)
{
    static char text[8192];
    snprintf(text, sizeof text, "%s", token);
    char *at = text + strlen(text) - 8;
    *at = *at == 'A' ? 'B' : 'A';
    return text;
}

struct attempt {
    const char *client_id;
    const char *username;
    const char *password;
    bool good;
    const struct site_token *token; /* that a good attempt is by */
};

/* The quick key set has no key for RS256. */
static bool is_valid(const struct site_token *token)
{
    return strcmp(token->name, "expired") != 0 && strcmp(token->name, "audience") != 0 &&
           strcmp(token->name, "RS256") != 0;
}

static struct attempt choose_attempt(struct chooser *chooser)
{
    static const char *const ids[] = {"dev-0", "dev-1", "plain-1", "a/b", "+"};
    const struct site_tokens *tokens = site_tokens();
    const struct site_token *token = &tokens->token[choose(chooser, tokens->count)];
    const char *id = ids[choose(chooser, sizeof ids / sizeof *ids)];
    const char *name = choose(chooser, 3) == 0 ? NULL : "whoever";
    bool valid = is_valid(token);
    switch (choose(chooser, 8)) {
    case 0:
        return (struct attempt){id, "plain", "plain password", true, NULL};
    case 1:
        return (struct attempt){"dev-0", "user-0", "other password", true, NULL};
    case 2:
        return (struct attempt){id, choose(chooser, 2) == 0 ? "plain" : "user-0", "wrong", false, NULL};
    case 3:
        return (struct attempt){id, NULL, NULL, true, NULL};
    case 4:
        return (struct attempt){token->client_id, name, tampered(token->text), false, NULL};
    case 5:
        return (struct attempt){id, name, token->text, valid && strcmp(id, token->client_id) == 0, token};
    default:
        return (struct attempt){token->client_id, name, token->text, valid, token};
    }
}

static void take_over(const struct slot *winner)
{
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *old = &world.slots[i];
        if (old == winner || old->state == FREE || old->state == HALF ||
            !same(old->client.id, winner->client.id))
            continue;
        happened->takeovers++;
        end(old, false, false);
        release(old);
    }
}

static void tick(struct chooser *chooser);
static struct slot *choose_slot(struct chooser *chooser, bool used);

/*
 * 2.0 does not tell a session that it asks for again from a new one with the same names at the same address;
 * the tick that ends a reload does. Who has no right to be let in is not, for all that.
 */
static bool is_doubtful(const struct slot *slot, const struct attempt *attempt)
{
    return attempt->good && world.asked_again &&
           is_called(&slot->entry, attempt->client_id, attempt->username);
}

static void log_in(struct chooser *chooser, struct slot *slot)
{
    struct attempt attempt = choose_attempt(chooser);
    if (is_doubtful(slot, &attempt))
        tick(chooser);
    fake_client_set(&slot->client, attempt.client_id, attempt.username, "192.0.2.7");
    tell("%zu: login of %s, %s, by %s: %s", number_of(slot), attempt.client_id,
         attempt.username != NULL ? attempt.username : "(nobody)",
         attempt.token != NULL ? attempt.token->name : "password", attempt.good ? "good" : "bad");
    slot->entry.state = NOTHING;
    bool granted = fake_login(&slot->client, attempt.password);
    if (granted != attempt.good)
        differ("a login");
    happened->logins += granted;
    happened->logins_refused += !granted;
    if (!granted) {
        /* 2.0.11 tells the end of it without an id, the others with the one that was claimed. */
        end(slot, false, choose(chooser, 2) == 0);
        release(slot);
        return;
    }
    if (attempt.token != NULL && !same(slot->client.username, attempt.token->username))
        differ("the user name of a session");
    remember(slot, attempt.token);
    slot->state = CONNECTED;
    slot->password = attempt.password;
    take_over(slot);
    fake_connected(&slot->client);
    if (fake_is_2_1())
        confirm(slot);
}

static void disconnect(struct chooser *chooser, struct slot *slot)
{
    bool stays = slot->state == OFFLINE || choose(chooser, 2) == 0;
    end(slot, stays, choose(chooser, 6) == 0);
    for (size_t again = choose(chooser, 3); again > 1; again--)
        end(slot, stays, choose(chooser, 2) == 0);
    /* The will is judged after the end was told. */
    if (choose(chooser, 2) == 0 && slot->entry.state != NOTHING)
        check_something(chooser, slot);
    if (stays && slot->entry.state != NOTHING) {
        slot->state = OFFLINE;
        free(slot->client.address);
        slot->client.address = NULL;
    } else {
        release(slot);
    }
}

/* ---- enhanced authentication, and the end of tokens ---- */

static int show(struct slot *slot, const char *method, const char *token)
{
    return fake_enhanced(&slot->client, method, token, strlen(token));
}

static void let_in(struct slot *slot, const struct site_token *token)
{
    remember(slot, token);
    slot->state = CONNECTED;
    slot->is_enhanced = true;
    slot->password = NULL;
    take_over(slot);
    fake_connected(&slot->client);
}

/* 2.0 tells the end of it without an id, 2.1 not at all. */
static void refuse_enhanced(struct slot *slot)
{
    slot->entry.state = NOTHING;
    if (!fake_is_2_1())
        end(slot, false, true);
    release(slot);
}

static void log_in_by_token(struct chooser *chooser, struct slot *slot)
{
    const struct site_tokens *tokens = site_tokens();
    const struct site_token *token = &tokens->token[choose(chooser, tokens->count)];
    bool forged = choose(chooser, 4) == 0, elsewhere = choose(chooser, 6) == 0;
    const char *id = elsewhere ? "plain-1" : token->client_id;
    bool good = is_valid(token) && !forged && !elsewhere;
    fake_client_set(&slot->client, id, choose(chooser, 2) == 0 ? NULL : "plain", "192.0.2.7");
    tell("%zu: enhanced login of %s by %s: %s", number_of(slot), id, token->name, good ? "good" : "bad");
    int code = show(slot, SITE_METHOD, forged ? tampered(token->text) : token->text);
    if (code != (good ? MOSQ_ERR_SUCCESS : MOSQ_ERR_AUTH))
        differ("an enhanced login");
    *(good ? &happened->enhanced : &happened->enhanced_refused) += 1;
    if (good && !same(slot->client.username, token->username))
        differ("the user name of a session");
    if (good)
        let_in(slot, token);
    else
        refuse_enhanced(slot);
}

static void log_in_by_another_method(struct chooser *chooser, struct slot *slot)
{
    static const char *const ids[] = {"dev-0", "dev-1", "plain-1"};
    static const char *const names[] = {"user-0", "plain", NULL};
    fake_client_set(&slot->client, ids[choose(chooser, 3)], names[choose(chooser, 3)], "192.0.2.7");
    tell("%zu: another's enhanced login of %s, %s", number_of(slot), slot->client.id,
         slot->client.username != NULL ? slot->client.username : "(nobody)");
    if (show(slot, "SCRAM-SHA-256", "x") != MOSQ_ERR_PLUGIN_DEFER)
        differ("a login of another method");
    remember(slot, NULL);
    slot->entry.unproven = true;
    slot->state = HALF;
}

static void leave_early(struct chooser *chooser, struct slot *slot)
{
    happened->left_early++;
    bool stays = choose(chooser, 2) == 0;
    end(slot, stays, false);
    for (size_t i = choose(chooser, 3); i > 0; i--)
        check_something(chooser, slot);
    release(slot);
}

/* The plugin that lets it in says what it is called. On 2.0 the first thing that it does tells that it is. */
static void come_in(struct chooser *chooser, struct slot *slot)
{
    static const char *const names[] = {"plain", "user-0", NULL};
    const char *name = names[choose(chooser, 3)];
    tell("%zu: %s is let in as %s", number_of(slot), slot->client.id, name != NULL ? name : "(nobody)");
    free(slot->client.username);
    slot->client.username = name != NULL ? strdup(name) : NULL;
    fake_enhanced_done(&slot->client);
    let_in(slot, NULL);
    confirm(slot);
    check(slot, &slot->client, MOSQ_ACL_READ, "news/x");
}

static void go_on(struct chooser *chooser, struct slot *slot)
{
    switch (choose(chooser, 8)) {
    case 0:
    case 1:
        leave_early(chooser, slot);
        break;
    case 2:
    case 3:
        come_in(chooser, slot);
        break;
    case 4:
        tell("%zu: is refused by another", number_of(slot));
        refuse_enhanced(slot);
        break;
    default:
        tell("%zu: another step", number_of(slot));
        if (fake_enhanced_step(&slot->client, "SCRAM-SHA-256", "y", 1) != MOSQ_ERR_PLUGIN_DEFER)
            differ("a step of another method");
    }
}

static void disconnect(struct chooser *chooser, struct slot *slot);

/* Refused, the broker ends the connection, and the session is what it was up to then. */
static void renew(struct chooser *chooser, struct slot *slot)
{
    const struct site_tokens *tokens = site_tokens();
    const struct site_token *own = slot->entry.token;
    const struct site_token *token =
        choose(chooser, 4) == 0 || own == NULL ? &tokens->token[choose(chooser, tokens->count)] : own;
    bool forged = choose(chooser, 6) == 0;
    if (own == NULL)
        return; /* by another method, which the broker holds it to */
    bool good = is_valid(token) && !forged && same(token->client_id, own->client_id) &&
                same(token->username, own->username);
    tell("%zu: renewal of %s by %s: %s", number_of(slot), slot->client.id, token->name,
         good ? "good" : "bad");
    if (show(slot, SITE_METHOD, forged ? tampered(token->text) : token->text) !=
        (good ? MOSQ_ERR_SUCCESS : MOSQ_ERR_AUTH))
        differ("a renewal");
    *(good ? &happened->renewals : &happened->renewals_refused) += 1;
    if (good)
        remember(slot, token);
    else
        disconnect(chooser, slot);
}

/* After a reload, by which something is refused that the session was granted once. */
static bool has_lost_something(const struct slot *slot)
{
    struct oracle_subject subject = subject_of(slot, slot->client.id, slot->client.username);
    for (size_t i = 0; i < world.granted_count; i++)
        if (strcmp(world.granted[i].id, slot->client.id) == 0 &&
            !oracle_allows(world.policy, &subject, MOSQ_ACL_SUBSCRIBE, world.granted[i].filter))
            return true;
    return false;
}

/* Mosquitto asks about stored subscriptions before it ends the connection, and about the will after it. */
static void be_kicked(struct mosquitto *client, bool with_will)
{
    struct slot *slot = (struct slot *)((char *)client - offsetof(struct slot, client));
    tell("%zu: %s is kicked", number_of(slot), client->id);
    if (world.next != NULL)
        world.policy = world.next;
    bool may_end = slot->entry.state == LIVE && slot->entry.token != NULL;
    if (slot->state != CONNECTED || !with_will || (!may_end && !has_lost_something(slot)))
        differ("a kick");
    happened->ends++;
    check_something(chooser_of_kicks, slot);
    disconnect(chooser_of_kicks, slot);
}

/* For two ticks it is 2101, and no session of a token lives on. */
static void pass_the_end(struct chooser *chooser)
{
    tell("all tokens end");
    chooser_of_kicks = chooser;
    fake_clock_step(SITE_AFTER_2100);
    tick(chooser);
    fake_clock_step(0);
    for (size_t i = 0; i < SLOTS; i++)
        if (world.slots[i].state == CONNECTED && world.slots[i].entry.token != NULL)
            differ("a session that outlives its token");
}

/* What Mosquitto does after RELOAD: whoever is not let in again is thrown out. */
static void authenticate_again(void)
{
    world.asked_again = !fake_is_2_1();
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &world.slots[i];
        if (slot->state == FREE || slot->state == HALF)
            continue;
        happened->kept++;
        tell("%zu: %s is asked again", i, slot->client.id);
        int code = fake_login_code(&slot->client, slot->state == OFFLINE ? NULL : slot->password);
        bool passes =
            code == MOSQ_ERR_SUCCESS || (code == MOSQ_ERR_PLUGIN_DEFER && slot->entry.token == NULL);
        if (!passes)
            differ("a session after a reload");
    }
}

/* Of nobody whom the broker knows: what Bednet does first at any event, and no more. */
static void nudge(void)
{
    static struct mosquitto nobody;
    fake_access(&nobody, MOSQ_ACL_UNSUBSCRIBE, "a");
}

/* Where the broker has ticked only ticks bring another policy, and before the first one any event may. */
static void settle(struct chooser *chooser)
{
    struct slot *slot = choose_slot(chooser, true);
    if (world.ticked) {
        if (slot != NULL && slot->state == CONNECTED)
            check_something(chooser, slot); /* by the old one */
        fake_settle(fake_tick);
        tick(chooser);
    } else {
        fake_settle(nudge);
    }
}

static void reload(struct chooser *chooser)
{
    size_t next = choose(chooser, ORACLE_POLICIES + 1);
    bool good = next < ORACLE_POLICIES;
    tell("reload with policy %zu", next);
    if (good) {
        site_write_policy("events.yaml", yaml[next], port);
    } else {
        static const char *const bad[] = {"", "bednet: 1\nroles: [x\n", "bednet: 1\nrolls: {}\n",
                                          "bednet: one\n"};
        site_write("events.yaml", bad[choose(chooser, sizeof bad / sizeof *bad)]);
    }
    fake_log_clear();
    if (!fake_sighup())
        differ("a reload");
    *(good ? &happened->reloads : &happened->reloads_refused) += 1;
    authenticate_again();
    world.next = good ? &oracle_policies[next] : NULL;
    chooser_of_kicks = chooser;
    settle(chooser);
    world.next = NULL;
    if (fake_log_holds("was not reloaded") == good)
        differ("the end of a reload");
    if (good)
        world.policy = &oracle_policies[next];
}

/* The page counts those who are connected, as far as the broker let Bednet see it. */
static void count_connections(void)
{
    static char page[65536];
    static const char name[] = "\nmosquitto_connections ";
    size_t connected = 0;
    for (size_t i = 0; i < SLOTS; i++)
        connected += world.slots[i].state == CONNECTED;
    client_ask(port, SCRAPE, strlen(SCRAPE), page, sizeof page);
    const char *at = strstr(page, name);
    if (at == NULL || (size_t)atol(at + sizeof name - 1) != connected) {
        tell("counted: %.30s, connected: %zu", at != NULL ? at + 1 : "no page", connected);
        differ("the number of connections");
    }
}

static void tick(struct chooser *chooser)
{
    tell("tick");
    fake_tick();
    fake_tick(); /* what 2.0 does not say is taken to be so one turn of the loop later */
    world.ticked = true;
    world.asked_again = false;
    /* A guess, which takes nothing from earlier sessions of the same names. */
    for (size_t i = 0; i < SLOTS && !fake_is_2_1(); i++)
        if (world.slots[i].entry.state == PENDING && !world.slots[i].entry.unproven)
            world.slots[i].entry.state = LIVE;
    if (choose(chooser, 8) == 0)
        count_connections();
}

static struct slot *choose_slot(struct chooser *chooser, bool used)
{
    size_t first = choose(chooser, SLOTS);
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &world.slots[(first + i) % SLOTS];
        if ((slot->state != FREE) == used)
            return slot;
    }
    return NULL;
}

static void step(struct chooser *chooser)
{
    size_t kind = choose(chooser, 72);
    bool comes = kind < 10 || (kind >= 60 && kind < 64);
    struct slot *slot = choose_slot(chooser, !comes);
    if (kind == 59)
        reload(chooser);
    else if (kind == 71 && choose(chooser, 4) == 0)
        pass_the_end(chooser);
    else if (kind >= 56 && kind < 59)
        tick(chooser);
    else if (slot == NULL)
        return;
    else if (slot->state == HALF)
        go_on(chooser, slot);
    else if (kind >= 62 && kind < 64)
        log_in_by_token(chooser, slot);
    else if (kind >= 60 && kind < 62)
        log_in_by_another_method(chooser, slot);
    else if (kind >= 64 && slot->state == CONNECTED && slot->is_enhanced)
        renew(chooser, slot);
    else if (kind < 10)
        log_in(chooser, slot);
    else if (kind < 13)
        disconnect(chooser, slot);
    else if (kind < 17)
        check_by_names(chooser, slot);
    else if (kind < 27 && slot->state == CONNECTED)
        send_message(slot);
    else
        check_something(chooser, slot);
}

/* ---- runs ---- */

void events_open(void)
{
    site_open();
    site_use_keys("quick.jwks.json");
    port = site_free_port();
    for (size_t i = 0; i < ORACLE_POLICIES; i++)
        oracle_write(&oracle_policies[i], yaml[i], sizeof yaml[i]);
    fake_password_add("plain", "plain password");
    fake_password_add("user-0", "other password");
    fake_allow_anonymous(true);
    fake_on_kick(be_kicked);
}

void events_close(void)
{
    site_close();
}

static void start(void)
{
    struct fake_line lines[SITE_PLUGINS];
    memset(&world, 0, sizeof world);
    world.policy = &oracle_policies[0];
    story_lines = 0;
    fake_log_clear();
    fake_violation_clear();
    site_write_policy("events.yaml", yaml[0], port);
    site_lines(lines, FAKE_GLOBAL, site_path("events.yaml"), NULL);
    if (fake_start(lines, SITE_PLUGINS, NULL) != 0) {
        fake_log_print();
        abort();
    }
}

static void print_story(void)
{
    for (size_t i = story_lines > STORY ? story_lines - STORY : 0; i < story_lines; i++)
        fprintf(stderr, "%s\n", story[i % STORY]);
    fprintf(stderr, "differs: %s (Mosquitto %s)\n", world.difference, fake_is_2_1() ? "2.1" : "2.0");
}

bool events_run(struct chooser *chooser, size_t count, struct event_counts *counts)
{
    happened = counts;
    start();
    for (size_t i = 0; i < count && has_choice(chooser) && world.difference == NULL; i++) {
        step(chooser);
        if (fake_violation() != NULL)
            differ(fake_violation());
    }
    bool agreed = world.difference == NULL;
    if (!agreed)
        print_story();
    fake_stop();
    for (size_t i = 0; i < SLOTS; i++)
        fake_client_clear(&world.slots[i].client);
    return agreed;
}
