/* What the clients do on their connections: take snapshots, answer, and send inputs. */
#include "swarm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

static const uint64_t INPUT_TIMER_NS = 1000000, HOLD_NS = 300000000;

static const uint32_t SETTLING_TICKS = 4; /* until what was left out shows */

static int timer_fd;

/* Inputs go round: number k of them goes to client k * stride (mod players), at began + k * period / players. */
static struct {
    uint64_t began_ns, sent;
    uint32_t players, stride;
} schedule;

static bool read_varint(const uint8_t **at, const uint8_t *end, uint32_t *value)
{
    *value = 0;
    for (unsigned shift = 0; *at < end && shift < 35; shift += 7) {
        uint8_t byte = *(*at)++;
        *value |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool read_u32(const uint8_t **at, const uint8_t *end, uint32_t *value)
{
    const uint8_t *byte = *at;
    if (end - byte < 4)
        return false;
    *value = byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
    *at += 4;
    return true;
}

/* Reads the head of a binary snapshot (docs/protocol.md); false where it isn't one. */
static bool read_snapshot(const uint8_t *data, size_t length, uint32_t *tick, bool *has_ack, uint32_t *ack,
                          int8_t *margin)
{
    const uint8_t *at = data + 3, *end = data + length;
    uint32_t handle, secret_bytes = 0;
    if (length < 4 || data[2] != 1 || !read_varint(&at, end, &handle) || at == end)
        return false;
    uint8_t flags = *at++;
    *has_ack = flags & 1;
    if (*has_ack && !read_u32(&at, end, ack))
        return false;
    if (flags & 2) {
        if (at == end)
            return false;
        *margin = (int8_t)*at++;
    }
    if (flags & 4 && !read_varint(&at, end, &secret_bytes))
        return false;
    if ((uint64_t)(end - at) < secret_bytes)
        return false;
    at += secret_bytes;
    return read_u32(&at, end, tick);
}

static void take_snapshot(struct client *client, const uint8_t *data, size_t length, uint64_t now)
{
    uint32_t tick = 0, ack = 0;
    int8_t margin = -1;
    bool has_ack = false;
    if (dialect.reads_gameserver) {
        if (!read_snapshot(data, length, &tick, &has_ack, &ack, &margin)) {
            lose(client, "a binary frame that isn't a snapshot");
            return;
        }
        if (client->state == PLAYING && tick > client->tick + 1)
            window.missed += tick - client->tick - 1;
        client->tick = tick;
        /* An input that still waits after its tick makes every later one wait, as one is taken per tick. A client of
         * the SDKs bends its clock then (docs/netcode.md); this one leaves one out. */
        if (margin > 0 && tick - client->waited_tick > SETTLING_TICKS)
            client->waits = true;
    }
    window.snapshots++;
    if (client->state == PLAYING)
        record(&window.interval, now - client->snapshot_ns);
    else
        enter(client, PLAYING);
    client->snapshot_ns = now;
    while (has_ack && client->acked < ack && client->acked < client->seq) {
        client->acked++;
        record(&window.ack, now - client->sent_ns[client->acked % UNACKNOWLEDGED]);
    }
}

void take_message(struct client *client, uint8_t opcode, const uint8_t *data, size_t length, uint64_t now)
{
    static const char error[] = "{\"type\":\"error\"", left[] = "{\"type\":\"left\"";
    int shown = length < 200 ? (int)length : 200;
    if (opcode == dialect.snapshot_opcode && begins_with(data, length, dialect.snapshot.at, dialect.snapshot.used))
        take_snapshot(client, data, length, now);
    if (opcode == TEXT && begins_with(data, length, error, sizeof error - 1)) {
        window.errors++;
        char what[256];
        snprintf(what, sizeof what, "%.*s", shown, (const char *)data);
        if (client->state == PLAYING)
            complain(client, what);
        else
            lose(client, "%s", what);
    }
    if (dialect.reads_gameserver && opcode == TEXT && begins_with(data, length, left, sizeof left - 1))
        lose(client, "put out of the room: %.*s", shown, (const char *)data);
    for (size_t i = 0; i < dialect.reply_count && client->state != LOST; i++) {
        const struct reply *reply = &dialect.replies[i];
        if (opcode == reply->opcode && begins_with(data, length, reply->prefix.at, reply->prefix.used)) {
            say(client, reply->answer_opcode, reply->answer.at, reply->answer.used);
            return;
        }
    }
}

/* Inputs. */

static uint32_t random_below(struct client *client, uint32_t bound)
{
    client->random ^= client->random << 13; /* xorshift32, by Marsaglia */
    client->random ^= client->random >> 17;
    client->random ^= client->random << 5;
    return (uint32_t)((uint64_t)client->random * bound >> 32);
}

static void send_input(struct client *client)
{
    uint64_t now = clock_ns(CLOCK_MONOTONIC);
    uint32_t choice = (uint32_t)dialect.input_count;
    if (now >= client->change_ns) {
        if (choice > 1)
            client->input = (client->input + 1 + random_below(client, choice - 1)) % choice;
        client->change_ns = now + HOLD_NS + random_below(client, (uint32_t)HOLD_NS);
    }
    const struct template *template = &dialect.inputs[client->input];
    uint8_t text[MAX_INPUT_BYTES];
    size_t length = template->head.used;
    if (length > 0)
        memcpy(text, template->head.at, length);
    client->seq++;
    if (template->numbered)
        length += (size_t)sprintf((char *)text + length, "%" PRIu32, client->seq);
    if (template->tail.used > 0)
        memcpy(text + length, template->tail.at, template->tail.used);
    length += template->tail.used;
    if (client->seq - client->acked > UNACKNOWLEDGED) {
        /* It took longer than can be remembered: at least so long. */
        client->acked++;
        if (dialect.reads_gameserver)
            record(&window.ack, now - client->sent_ns[client->acked % UNACKNOWLEDGED]);
    }
    client->sent_ns[client->seq % UNACKNOWLEDGED] = now;
    window.inputs++;
    say(client, dialect.input_opcode, text, length);
}

int make_input_timer(void)
{
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return timer_fd;
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b > 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Lets all who are there send inputs from now on, spread evenly over the period. Neighbours, who share a room, are as
 * far apart in it as the golden section puts them: a room's inputs don't come in one burst. */
void begin_schedule(void)
{
    if (dialect.input_period_ns == 0 || dialect.input_count == 0)
        return;
    schedule.players = crowd.count;
    schedule.stride = (uint32_t)(0.618 * crowd.count) + 1;
    while (common_divisor(schedule.stride, schedule.players) != 1)
        schedule.stride++;
    schedule.began_ns = clock_ns(CLOCK_MONOTONIC);
    schedule.sent = 0;
    uint64_t step_ns = dialect.input_period_ns / schedule.players;
    if (step_ns < INPUT_TIMER_NS)
        step_ns = INPUT_TIMER_NS;
    struct timespec step = {.tv_sec = (time_t)(step_ns / SECOND_NS), .tv_nsec = (long)(step_ns % SECOND_NS)};
    struct itimerspec timer = {.it_interval = step, .it_value = step};
    timerfd_settime(timer_fd, 0, &timer, NULL);
}

void send_due_inputs(void)
{
    uint64_t expirations;
    if (read(timer_fd, &expirations, sizeof expirations) != sizeof expirations)
        return;
    uint64_t past_ns = clock_ns(CLOCK_MONOTONIC) - schedule.began_ns;
    uint64_t due = (uint64_t)((double)past_ns * schedule.players / (double)dialect.input_period_ns);
    /* Whoever was held up sends one input, not all that he missed. */
    if (due > schedule.sent + schedule.players)
        schedule.sent = due - schedule.players;
    for (; schedule.sent < due; schedule.sent++) {
        struct client *client = crowd.all[schedule.sent * schedule.stride % schedule.players];
        if (client->state != PLAYING)
            continue;
        if (client->waits) {
            client->waits = false;
            client->waited_tick = client->tick;
        } else {
            send_input(client);
        }
    }
}

